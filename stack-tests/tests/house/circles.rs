//! No circle between the modules of a crate.
//!
//! The rule compares modules that share a parent: `a` depends on `b` if `a`, or a module below it, names
//! something of `b`, or of a module below it. The parent is not compared with its children, so a child may use
//! what its parent's file defines, and the parent may use its children. A path is followed through the `use`
//! lines of the modules that it names, so a re-export by the parent hides nothing unless it is a `*`. Test code
//! does not count.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use crate::{
    Violations, assert_none,
    module_source::{ModulePath, ModuleSource},
    workspace::{packages, sources, text},
};

/// The modules of a crate by their paths; the root's is empty.
type Modules = BTreeMap<ModulePath, ModuleSource>;

/// The children of a module, and the siblings that each of them uses.
type Siblings = BTreeMap<String, BTreeSet<String>>;

/// Longest chain of re-exports that is followed.
const MAX_REEXPORTS: usize = 8;

#[test]
fn no_crate_has_a_circle_of_modules() {
    let mut violations = Violations::new();
    let mut n_modules = 0;
    for package in packages() {
        let manifest = Path::new(text(&package, "manifest_path"));
        let modules = read_modules(&manifest.with_file_name("src"));
        n_modules += modules.len();
        let circles = circles(&modules);
        if !circles.is_empty() {
            let explanation = format!("\n  {}", circles.join("\n  "));
            violations.insert(text(&package, "name").to_owned(), explanation);
        }
    }
    assert!(n_modules > 100, "only {n_modules} modules were found");
    assert_none(&violations);
}

fn read_modules(folder: &Path) -> Modules {
    let is_library = folder.join("lib.rs").exists();
    let mut files = Vec::new();
    for file in sources(folder) {
        let path = file.strip_prefix(folder).unwrap().with_extension("");
        let mut name: ModulePath = path
            .iter()
            .map(|part| part.to_str().unwrap().to_owned())
            .collect();
        match name[..] {
            [ref root] if root == "lib" || (root == "main" && !is_library) => name.clear(),
            // The binary beside a library is a crate of its own.
            [ref root] if root == "main" => continue,
            _ => {}
        }
        files.push((name, fs::read_to_string(&file).unwrap()));
    }
    modules(files)
}

/// Reads the files, without those that are for tests.
fn modules(files: Vec<(ModulePath, String)>) -> Modules {
    let modules: Modules = files
        .into_iter()
        .map(|(name, source)| (name, ModuleSource::read(&source)))
        .collect();
    let for_tests: Vec<ModulePath> = modules
        .iter()
        .flat_map(|(name, source)| source.test_modules.iter().map(|test| child(name, test)))
        .collect();
    modules
        .into_iter()
        .filter(|(name, _)| !for_tests.iter().any(|test| name.starts_with(test)))
        .collect()
}

fn child(parent: &ModulePath, name: &str) -> ModulePath {
    [parent.as_slice(), &[name.to_owned()]].concat()
}

/// The circles, a line for each parent: the dependencies between those of its children that are in a circle.
fn circles(modules: &Modules) -> Vec<String> {
    let mut levels: BTreeMap<&[String], Siblings> = BTreeMap::new();
    for (user, source) in modules {
        for path in &source.paths {
            let Some(used) = module_of(path, user, modules, MAX_REEXPORTS) else {
                continue;
            };
            let same = user.iter().zip(&used).take_while(|(a, b)| a == b).count();
            // There are no siblings if one of the two is above the other.
            if let (Some(user_child), Some(used_child)) = (user.get(same), used.get(same)) {
                let siblings = levels.entry(&user[..same]).or_default();
                let used = siblings.entry(user_child.clone()).or_default();
                used.insert(used_child.clone());
            }
        }
    }
    let mut circles = Vec::new();
    for (parent, mut siblings) in levels {
        keep_circles(&mut siblings);
        let arrows: Vec<String> = siblings
            .iter()
            .map(|(user, used)| {
                let used: Vec<&str> = used.iter().map(String::as_str).collect();
                format!("{user} -> {}", used.join(", "))
            })
            .collect();
        if !arrows.is_empty() {
            let parent = [&["crate".to_owned()], parent].concat().join("::");
            circles.push(format!("{parent}: {}", arrows.join("; ")));
        }
    }
    circles
}

/// Removes the siblings that use no other, or that no other uses, until there is no such sibling.
fn keep_circles(siblings: &mut Siblings) {
    loop {
        let users: BTreeSet<String> = siblings.keys().cloned().collect();
        let used: BTreeSet<String> = siblings.values().flatten().cloned().collect();
        siblings.retain(|user, uses| {
            uses.retain(|name| users.contains(name));
            !uses.is_empty() && used.contains(user)
        });
        if siblings.len() == users.len() {
            return;
        }
    }
}

/// The module that defines what `path` names in the file of `user`; `None` if another crate does.
fn module_of(
    path: &[String],
    user: &ModulePath,
    modules: &Modules,
    reexports: usize,
) -> Option<ModulePath> {
    let first = path.first()?.as_str();
    let mut at = if first == "crate" {
        ModulePath::new()
    } else {
        user.clone()
    };
    let is_ours = ["crate", "self", "super"].contains(&first);
    if !is_ours && !modules.contains_key(&child(user, first)) {
        return None;
    }
    for (index, part) in path.iter().enumerate() {
        match part.as_str() {
            "crate" | "self" => continue,
            "super" => {
                at.pop();
                continue;
            }
            _ => at.push(part.clone()),
        }
        if !modules.contains_key(&at) {
            at.pop();
            let imported = modules.get(&at).and_then(|module| module.imports.get(part));
            return match imported {
                Some(imported) if reexports > 0 => {
                    let path = [imported, &path[index + 1..]].concat();
                    module_of(&path, &at, modules, reexports - 1)
                }
                _ => Some(at),
            };
        }
    }
    Some(at)
}

#[test]
fn a_circle_is_found() {
    let found = |files: &[(&str, &str)]| {
        let files = files.iter().map(|(name, source)| {
            let name = name.split("::").filter(|part| !part.is_empty());
            (name.map(str::to_owned).collect(), (*source).to_owned())
        });
        circles(&modules(files.collect()))
    };
    let root = ("", "mod a;\nmod b;\nmod c;\npub use a::A;");
    let b = ("b", "use crate::A;\n");
    let c = ("c", "fn c() { crate::b::b() }\n");
    assert_eq!(found(&[root, ("a", "pub struct A;\n"), b, c]), [""; 0]);
    // Through the root's re-export and a module below.
    let a_uses_c = ("a::x", "use super::super::c::{self as d, other::*};\n");
    assert_eq!(
        found(&[root, ("a", "mod x;\n"), a_uses_c, b, c]),
        ["crate: a -> c; b -> a; c -> b"]
    );
    // Tests and comments do not count.
    let a = (
        "a",
        "// crate::c\n#[cfg(test)]\nmod tests {\n    use crate::c;\n}\n#[cfg(test)]\nmod x;\n",
    );
    assert_eq!(found(&[root, a, a_uses_c, b, c]), [""; 0]);
    // A parent and its children use each other, siblings below it may not.
    let parent = ("a", "mod x;\nmod y;\nuse self::y::Y;\nfn f() -> x::X {}\n");
    let x = ("a::x", "use super::f;\n");
    assert_eq!(
        found(&[parent, x, ("a::y", "use super::{f, x};\n")]),
        [""; 0]
    );
    let x = ("a::x", "use super::Y;\n");
    assert_eq!(
        found(&[parent, x, ("a::y", "use super::x;\n")]),
        ["crate::a: x -> y; y -> x"]
    );
}
