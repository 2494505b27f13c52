//! The program that a worker is.

use std::path::Path;

use rustix::fs::{Access, access};

use super::environment::{Environment, SettingError};

const NAME: &str = "MODEL_SERVER_WORKER_COMMAND";

/// `MODEL_SERVER_WORKER_COMMAND`: words as a shell splits them, each quoted again if it needs quotes, so that
/// supervisord finds the same words. `None` stands for the model-worker binary.
pub(super) fn read<F: Fn(&str) -> Option<String>>(
    env: &Environment<F>,
) -> Result<Option<String>, SettingError> {
    let Some(value) = env.text(NAME) else {
        return Ok(None);
    };
    let refuse = |expected: &str| SettingError {
        name: NAME,
        value: value.clone(),
        expected: expected.to_owned(),
    };
    let words = shlex::split(&value)
        .ok_or_else(|| refuse("every quote to be closed, and a character after a backslash"))?;
    let path = env.text("PATH").unwrap_or_default();
    if !words
        .first()
        .is_some_and(|program| is_found(program, &path))
    {
        return Err(refuse(
            "the first word to be an executable file, or to be found on PATH",
        ));
    }
    shlex::try_join(words.iter().map(String::as_str))
        .map(Some)
        .map_err(|_| refuse("no NUL character"))
}

/// Whether `program` can be run: a path if there is a slash in it, else a name to look up on `path`.
fn is_found(program: &str, path: &str) -> bool {
    if program.contains('/') {
        return is_executable(Path::new(program));
    }
    let mut folders = std::env::split_paths(path);
    !program.is_empty() && folders.any(|folder| is_executable(&folder.join(program)))
}

fn is_executable(path: &Path) -> bool {
    path.is_file() && access(path, Access::EXEC_OK).is_ok()
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt as _};

    use super::*;

    fn read_value(value: &str, path: &str) -> Result<Option<String>, String> {
        let env = Environment(|name: &str| match name {
            NAME => Some(value.to_owned()),
            "PATH" => Some(path.to_owned()),
            _ => None,
        });
        read(&env).map_err(|error| error.to_string())
    }

    #[test]
    fn the_words_survive_and_the_program_is_looked_up() {
        let folder = tempfile::tempdir().unwrap();
        let bin = folder.path().join("a b");
        fs::create_dir(&bin).unwrap();
        let program = bin.join("it's");
        fs::write(&program, "").unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        fs::write(bin.join("data"), "").unwrap();
        let (bin, program) = (bin.to_str().unwrap(), program.to_str().unwrap());
        let path = format!("/no/such:{bin}");

        for (value, words) in [
            (
                r#""it's" -u '50 %' "%(x)s""#,
                vec!["it's", "-u", "50 %", "%(x)s"],
            ),
            (
                "it\\'s\n  a\\ b \"\" # says nothing",
                vec!["it's", "a b", ""],
            ),
            (
                &format!("\"{program}\" ';x' \"#\" '\"' \\\\ é"),
                vec![program, ";x", "#", "\"", "\\", "é"],
            ),
        ] {
            let joined = read_value(value, &path).unwrap().unwrap();
            assert_eq!(shlex::split(&joined).unwrap(), words, "{value}");
            assert_eq!(read_value(&joined, &path), Ok(Some(joined)), "{value}");
        }
        assert_eq!(read_value(" ", &path), Ok(None));

        let quote = "every quote to be closed, and a character after a backslash";
        let program = "the first word to be an executable file, or to be found on PATH";
        for (value, shown, expected) in [
            ("it\\'s 'a", "it\\'s 'a", quote),
            ("it\\'s \"a", "it\\'s \"a", quote),
            ("it\\'s\n\\", "it\\'s\\n\\", quote),
            ("no-such-program -u", "no-such-program -u", program),
            // A file that can't be executed, a folder, a path that starts at the working directory.
            ("data", "data", program),
            (bin, bin, program),
            ("./it\\'s", "./it\\'s", program),
            ("'' it\\'s", "'' it\\'s", program),
            ("# it\\'s", "# it\\'s", program),
        ] {
            let message = format!("{NAME}={shown}: expected {expected}");
            assert_eq!(read_value(value, &path), Err(message));
        }
    }
}
