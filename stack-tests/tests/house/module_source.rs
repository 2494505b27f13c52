//! What a module's file names: a reader of source text that rustfmt has formatted.

use std::collections::BTreeMap;

/// The parts of a path such as `crate::a::B`.
pub(crate) type ModulePath = Vec<String>;

/// What a module's file says about other modules.
#[derive(Default)]
pub(crate) struct ModuleSource {
    /// All paths that begin with `crate`, `self` or `super`, and those of `use` lines.
    pub(crate) paths: Vec<ModulePath>,
    /// What the `use` lines bring, by the names under which they bring it.
    pub(crate) imports: BTreeMap<String, ModulePath>,
    /// The children that are for tests only.
    pub(crate) test_modules: Vec<String>,
}

impl ModuleSource {
    pub(crate) fn read(source: &str) -> Self {
        let mut module = Self::default();
        let code = module.without_tests_and_comments(source);
        let tokens = tokens(&code);
        let mut at = 0;
        while at < tokens.len() {
            let is_path = tokens.get(at + 1) == Some(&"::");
            let continues_a_path = at > 0 && tokens[at - 1] == "::";
            match tokens[at] {
                "use" => {
                    at += 1;
                    let first = module.paths.len();
                    let mut names = Vec::new();
                    module.read_paths(&tokens, &mut at, &[], &mut names);
                    module
                        .imports
                        .extend(names.into_iter().zip(module.paths[first..].iter().cloned()));
                }
                "crate" | "self" | "super" if is_path && !continues_a_path => {
                    module.read_paths(&tokens, &mut at, &[], &mut Vec::new());
                }
                _ => at += 1,
            }
        }
        module
    }

    /// Reads a path, or several that share `prefix`, from `at` on; moves `at` past them.
    fn read_paths(
        &mut self,
        tokens: &[&str],
        at: &mut usize,
        prefix: &[String],
        names: &mut Vec<String>,
    ) {
        let mut path = prefix.to_vec();
        while let Some(&token) = tokens.get(*at) {
            if token == "{" {
                *at += 1;
                while tokens.get(*at).is_some_and(|&token| token != "}") {
                    self.read_paths(tokens, at, &path, names);
                    if tokens.get(*at) == Some(&",") {
                        *at += 1;
                    }
                }
                *at += 1;
                return;
            }
            if !is_word(token) && token != "*" {
                *at += usize::from(path.len() == prefix.len());
                break;
            }
            *at += 1;
            // `a::{self}` is `a`.
            if token != "self" || path.is_empty() {
                path.push(token.to_owned());
            }
            if tokens.get(*at) != Some(&"::") {
                break;
            }
            *at += 1;
        }
        let Some(mut name) = path.last().cloned() else {
            return;
        };
        if tokens.get(*at) == Some(&"as") {
            name = tokens.get(*at + 1).copied().unwrap_or("_").to_owned();
            *at += 2;
        }
        names.push(name);
        self.paths.push(path);
    }

    /// The source without comments and without the items under `#[cfg(test)]`. Such an item ends with the
    /// first line that is indented as its attribute and that ends with `;` or `}`.
    fn without_tests_and_comments(&mut self, source: &str) -> String {
        let mut code = String::new();
        let mut test_item: Option<usize> = None;
        for line in source.lines() {
            let comment = line.find(" //").or(line.starts_with("//").then_some(0));
            let line = line[..comment.unwrap_or(line.len())].trim_end();
            let text = line.trim_start();
            let indent = line.len() - text.len();
            if let Some(indent_of_test) = test_item {
                if indent == indent_of_test && !text.is_empty() {
                    let child = text
                        .split_once("mod ")
                        .and_then(|(_, name)| name.strip_suffix(';'));
                    self.test_modules.extend(child.map(str::to_owned));
                    if text.ends_with([';', '}']) {
                        test_item = None;
                    }
                }
            } else if text == "#[cfg(test)]" {
                test_item = Some(indent);
            } else {
                code.push_str(line);
                code.push('\n');
            }
        }
        code
    }
}

fn is_word(token: &str) -> bool {
    token.starts_with(|character: char| character.is_alphanumeric() || character == '_')
}

/// Words, `::`, and all other characters one by one.
fn tokens(mut code: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    while let Some(first) = code.chars().next() {
        let length = if is_word(code) {
            code.find(|character: char| !character.is_alphanumeric() && character != '_')
                .unwrap_or(code.len())
        } else if code.starts_with("::") {
            2
        } else {
            first.len_utf8()
        };
        let (token, rest) = code.split_at(length);
        if !first.is_whitespace() {
            tokens.push(token);
        }
        code = rest;
    }
    tokens
}
