//! The format of a file: the channel's content type, else what the file's name ends in, else CSV.

use std::path::Path;

use records::{ContentType, Format};

/// What names end in, without the dot and in lower case.
const ENDINGS: [(&str, Format); 14] = [
    ("csv", Format::Csv),
    ("txt", Format::Csv),
    ("json", Format::Json),
    ("jsonl", Format::JsonLines),
    ("jsonlines", Format::JsonLines),
    ("ndjson", Format::JsonLines),
    ("libsvm", Format::Libsvm),
    ("svm", Format::Libsvm),
    ("svmlight", Format::Libsvm),
    ("npy", Format::Npy),
    ("pbr", Format::RecordIo),
    ("rec", Format::RecordIo),
    ("recordio", Format::RecordIo),
    ("recordio-protobuf", Format::RecordIo),
];

/// The format of the file at `path` in a channel of this content type. An ending `.gz` does not count.
pub(super) fn of_file(path: &Path, channel: Option<ContentType>) -> ContentType {
    channel.unwrap_or_else(|| by_ending(path).unwrap_or(Format::Csv).into())
}

fn by_ending(path: &Path) -> Option<Format> {
    let name = path.file_name()?.to_string_lossy().to_ascii_lowercase();
    let (_, ending) = name.strip_suffix(".gz").unwrap_or(&name).rsplit_once('.')?;
    let found = ENDINGS.iter().find(|(known, _)| *known == ending);
    found.map(|(_, format)| *format)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_type_decides_then_the_ending() {
        let found = |name: &str| of_file(Path::new(name), None).format();
        for (name, format) in [
            ("a/train.csv", Format::Csv),
            ("train.JSONL.gz", Format::JsonLines),
            ("part-0.recordio", Format::RecordIo),
            ("a.libsvm/part-00000", Format::Csv),
            ("training_0", Format::Csv),
            ("x.npy", Format::Npy),
        ] {
            assert_eq!(found(name), format, "{name}");
        }
        let given = of_file(Path::new("a.csv"), Some(Format::Libsvm.into()));
        assert_eq!(given.format(), Format::Libsvm);
    }
}
