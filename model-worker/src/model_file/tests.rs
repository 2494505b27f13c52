use std::{fs, os::unix::fs::symlink};

use algorithm::{Features, Part, Parts, Scores, Signature};

use super::*;
use crate::testing::{Log, Toy};

/// Files of a number, which the model answers; `?` is broken. `many` takes two features.
/// Those that begin with `p` are parts of a number; all three are.
const TOY: ModelFormat =
    ModelFormat::new("toy", "toy", |file| load_number(file, 1)).in_parts(Parts {
        is_part: |file| file.starts_with(b"p"),
        join: |parts| match parts {
            [Part { name: "a.toy", .. }, _, Part { name: "c.toy", .. }] => Ok(parts
                .iter()
                .flat_map(|part| &part.content[1..])
                .copied()
                .collect()),
            _ => Err(LoadError::new(format!("found {} parts", parts.len()))),
        },
    });
const MANY: ModelFormat = ModelFormat::new("many", "many", |file| load_number(file, 2));
/// Recognised by its first byte, or by its name; `!` is another game.
const GAME: ModelFormat = ModelFormat::new("game", "json", |file| load_number(file, 1))
    .recognized_by(|head| head.starts_with(b"+"))
    .refusing(|head| {
        head.starts_with(b"!")
            .then(|| LoadError::new("found chess"))
    })
    .named(&["old-game"]);

fn load_number(file: &[u8], n_features: usize) -> algorithm::Loaded {
    let text = str::from_utf8(file).map_err(LoadError::new)?;
    let number: f32 = text.parse().map_err(|_| LoadError::new("no number"))?;
    let signature = Signature::regressor(Features::unnamed(n_features), 1);
    Ok(Box::new(Toy::new(
        signature,
        move |values, scores, signature| {
            scores.resize(values.len() / signature.features.len(), signature);
            scores.values_mut().fill(number);
            Ok(())
        },
    )))
}

/// A directory of files, each `NAME` or `NAME=CONTENT`; `NAME/` is a directory.
fn directory(files: &[&str]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for file in files {
        let (name, content) = file.split_once('=').unwrap_or((file, ""));
        let path = directory.path().join(name);
        match name.ends_with('/') {
            true => fs::create_dir(path).unwrap(),
            false => fs::write(path, content).unwrap(),
        }
    }
    directory
}

/// The answer and the names of the files that gave it.
fn loaded_as(several: Several, files: &[&str]) -> Result<(f32, Vec<String>), String> {
    let directory = directory(files);
    match load(directory.path(), &[TOY, GAME, MANY], several) {
        Ok(LoadedModel { predictor, files }) => {
            let mut scores = Scores::new();
            let rows = algorithm::Rows::F32(&[0.0]);
            predictor.predict(rows, &mut scores).unwrap();
            let name = |path: PathBuf| {
                assert_eq!(path.parent(), Some(directory.path()));
                path.file_name().unwrap().to_str().unwrap().to_owned()
            };
            Ok((scores.values()[0], files.into_iter().map(name).collect()))
        }
        Err(error) => {
            let directory = directory.path().display().to_string();
            Err(error.to_string().replace(&directory, "DIR"))
        }
    }
}

fn loaded(files: &[&str]) -> Result<(f32, Vec<String>), String> {
    loaded_as(Several::Ensemble, files)
}

fn answer(number: f32, files: &[&str]) -> Result<(f32, Vec<String>), String> {
    Ok((number, files.iter().copied().map(str::to_owned).collect()))
}

#[test]
fn the_only_model_counts_whatever_its_name() {
    let others = [
        "._leaf.toy",
        ".toy",
        "README.md",
        "code/",
        "requirements.txt=numpy",
    ];
    for model in ["leaf.toy", "old-game", "-"] {
        let file = format!("{model}=+7");
        let files = [&[&*file][..], &others].concat();
        assert_eq!(loaded(&files), answer(7.0, &[model]));
    }
    // A file whose bytes say nothing is a model by its whole name alone.
    assert_eq!(
        loaded(&["old-game=7", "config.json={}"]),
        answer(7.0, &["old-game"])
    );
    // A directory is none, even if it is called like a model.
    assert_eq!(loaded(&["a.toy/", "b.toy=2"]), answer(2.0, &["b.toy"]));
}

#[test]
fn several_models_are_an_ensemble_in_the_order_of_their_names() {
    let files = ["model.toy=1", "old-game=4", "a=+7", "README.md"];
    assert_eq!(loaded(&files), answer(4.0, &["a", "model.toy", "old-game"]));
}

#[test]
fn without_an_ensemble_the_usual_name_or_the_first_counts() {
    let loaded = |files: &[&str]| loaded_as(Several::Choice, files);
    assert_eq!(
        loaded(&["a.toy=1", "model.toy=2"]),
        answer(2.0, &["model.toy"])
    );
    assert_eq!(
        loaded(&["a.toy=1", "old-game=3"]),
        answer(3.0, &["old-game"])
    );
    // Two usual names, or none.
    let two = ["a.toy=1", "model.toy=2", "old-game=3"];
    assert_eq!(loaded(&two), answer(1.0, &["a.toy"]));
    assert_eq!(loaded(&["b.toy=2", "a.toy=1"]), answer(1.0, &["a.toy"]));
    assert_eq!(loaded(&["b.toy=2"]), answer(2.0, &["b.toy"]));
    // What is not served need not load, nor fit.
    let files = ["a.many=1", "model.toy=2", "z.toy=?"];
    assert_eq!(loaded(&files), answer(2.0, &["model.toy"]));
}

#[test]
fn the_parts_of_a_model_are_one_model() {
    let parts = ["a.toy=p1", "b.toy=p0", "c.toy=p0", "README.md"];
    let names = ["a.toy", "b.toy", "c.toy"];
    assert_eq!(loaded(&parts), answer(100.0, &names));
    assert_eq!(loaded_as(Several::Choice, &parts), answer(100.0, &names));
    // Beside others they are a member of the ensemble, or the choice.
    let parts = [&parts[..], &["aa.toy=5", "model.toy=3"]].concat();
    let all = ["a.toy", "b.toy", "c.toy", "aa.toy", "model.toy"];
    assert_eq!(loaded(&parts), answer(36.0, &all));
    assert_eq!(
        loaded_as(Several::Choice, &parts),
        answer(3.0, &["model.toy"])
    );
    let parts = [&parts[..], &["old-game=3"]].concat();
    assert_eq!(loaded_as(Several::Choice, &parts), answer(100.0, &names));
}

#[test]
fn parts_that_are_not_all_of_a_model_are_refused() {
    assert_eq!(
        loaded(&["a.toy=p1", "b.toy=p0", "d.toy=1"]),
        Err("DIR: found 2 parts".to_owned())
    );
    assert_eq!(
        loaded(&["a.toy=p1", "b.toy=p?", "c.toy=p0"]),
        Err("DIR/a.toy: no number".to_owned())
    );
    assert_eq!(
        loaded(&["a.toy=p1", "b.toy=p0", "c.toy=p0", "d.many=1"]),
        Err("DIR: the model files can't be one ensemble: a.toy takes 1 feature, d.many takes 2 features".to_owned())
    );
}

#[test]
fn no_model_is_refused_with_what_was_found_and_what_is_expected() {
    let expected =
        "DIR: no model file, expected toy (NAME.toy), game (any name) or many (NAME.many)";
    for (files, found) in [
        (
            &["config.json={}", "code/", ".toy=1"][..],
            "code/, config.json",
        ),
        (&[".hidden"], "no file"),
        (&["old-game.bak=1", "a\nb"], "a\u{fffd}b, old-game.bak"),
    ] {
        assert_eq!(loaded(files), Err(format!("{expected}; found {found}")));
    }
    let many: Vec<String> = (10..22).map(|n| format!("{n}")).collect();
    let many: Vec<&str> = many.iter().map(|name| &**name).collect();
    let error = loaded(&many).unwrap_err();
    assert!(error.ends_with("18, 19 and 2 more"), "{error}");
}

#[test]
fn a_broken_model_is_refused_and_so_are_models_that_do_not_fit() {
    assert_eq!(
        loaded(&["a.toy=1", "b.toy=?"]),
        Err("DIR/b.toy: no number".to_owned())
    );
    assert_eq!(
        loaded(&["a.toy=1", "b.toy=2", "c.many=3"]),
        Err(
            "DIR: the model files can't be one ensemble: a.toy takes 1 feature, c.many takes 2 \
             features"
                .to_owned()
        )
    );
}

#[test]
fn what_only_looks_like_a_model_is_left_out_beside_one_and_refused_without() {
    let files = ["a=!", "b=+1", "c=+3", "z=!"];
    assert_eq!(loaded(&files), answer(2.0, &["b", "c"]));
    let choice = loaded_as(Several::Choice, &files);
    assert_eq!(choice, answer(1.0, &["b"]));

    let refused = |file: &str| Err(format!("DIR/{file}: found chess"));
    assert_eq!(loaded(&["README", "z=!"]), refused("z"));
    assert_eq!(loaded(&["a=!", "z=!"]), refused("a"));
    // A name that says model is taken at its word, beside another model too.
    let error = Err("DIR/old-game: no number".to_owned());
    assert_eq!(loaded(&["b=+1", "old-game=!"]), error);
}

#[test]
fn the_log_says_why_a_file_is_left_out() {
    let directory = directory(&["a=!", "b=+1", "code/"]);
    let formats = [TOY, GAME];
    let log = Log::start();
    load(directory.path(), &formats, Several::Ensemble).unwrap();
    assert_eq!(log.lines_with(&["left out", "a (found chess), code/"]), 1);
}

#[test]
fn a_link_is_the_file_that_it_leads_to() {
    let directory = directory(&[".data=5"]);
    symlink(".data", directory.path().join("a.toy")).unwrap();
    symlink("nowhere", directory.path().join("b.toy")).unwrap();
    let model = load(directory.path(), &[TOY], Several::Ensemble).unwrap();
    assert_eq!(model.files, [directory.path().join("a.toy")]);
}
