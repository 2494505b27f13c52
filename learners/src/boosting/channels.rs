//! The channels of a job, by the rules of AWS's XGBoost container (`channel_validation.py`, `data_utils.py`).

use algorithm::{ChosenChannel, ChosenChannels, Data, FitError, FoundChannel, Settings, Watch};
use tracing::info;

use super::python;

/// Content types in the order of the container.
const CONTENT_TYPES: [&str; 9] = [
    "csv",
    "libsvm",
    "parquet",
    "recordio-protobuf",
    "text/csv",
    "text/libsvm",
    "text/x-libsvm",
    "application/x-parquet",
    "application/x-recordio-protobuf",
];

const DEFAULT_CONTENT_TYPE: &str = "text/libsvm";

/// What may separate the fields of CSV instead of commas, the preferred one first.
const SEPARATORS: &str = "\t;: |";

/// Chooses among the channels, for [`Learner::channels`](algorithm::Learner::channels): `train`, and `validation` if
/// it is there. `code`, where scripts are, is passed over.
///
/// # Errors
/// A channel that is missing, unknown, empty or of a kind that can't be read, in the container's words.
pub fn channels(settings: &Settings, found: &[FoundChannel]) -> Result<ChosenChannels, FitError> {
    choose(settings, found).map_err(FitError::new)
}

/// Prints the lines about the sizes of the channels that users of the container look for.
pub fn print_sizes(data: Data<'_>, watch: &dyn Watch) {
    let (n_rows, n_columns) = data.train.records.dim();
    watch.print(&format!(
        "Train matrix has {n_rows} rows and {n_columns} columns"
    ));
    if let Some(validation) = data.validation {
        let n_rows = validation.n_rows();
        watch.print(&format!("Validation matrix has {n_rows} rows"));
    }
}

fn choose(settings: &Settings, found: &[FoundChannel]) -> Result<ChosenChannels, String> {
    let find = |name: &str| found.iter().find(|channel| channel.name == name);
    let train = find("train").ok_or("Missing required channel: train")?;
    for channel in found {
        match channel.name.as_str() {
            "train" | "validation" => check(channel)?,
            "code" => {}
            other => return Err(format!("Extraneous channel found: {other}")),
        }
    }
    let validation = find("validation");
    for (channel, called) in [(Some(train), "training"), (validation, "validation")] {
        if let Some(channel) = channel {
            check_files(channel, called)?;
        }
    }
    // The container reads both channels as this type.
    let content_type = match train.setting("ContentType").filter(|text| !text.is_empty()) {
        Some(content_type) => content_type,
        None => {
            info!("channel train has no ContentType: it is read as {DEFAULT_CONTENT_TYPE}");
            DEFAULT_CONTENT_TYPE
        }
    };
    let one_based = settings.whole("indexing_mode") == 1;
    let content_type = match content_type {
        "libsvm" | "text/libsvm" | "text/x-libsvm" if one_based => {
            format!("{content_type};indexing_mode=1")
        }
        _ => content_type.to_owned(),
    };
    let chosen = |channel: &FoundChannel| ChosenChannel {
        name: channel.name.clone(),
        content_type: content_type.clone(),
        separators: SEPARATORS,
    };
    Ok(ChosenChannels {
        train: chosen(train),
        validation: validation.map(chosen),
    })
}

/// Checks what the job says of a channel.
fn check(channel: &FoundChannel) -> Result<(), String> {
    let FoundChannel { name, settings, .. } = channel;
    let content_type = channel
        .setting("ContentType")
        .unwrap_or(DEFAULT_CONTENT_TYPE);
    // File systems and local mode leave these out, and Fast File mode is read as files are.
    let mode = channel.setting("TrainingInputMode").unwrap_or("File");
    let distribution = channel
        .setting("S3DistributionType")
        .unwrap_or("FullyReplicated");
    let is_known = CONTENT_TYPES.contains(&content_type)
        && ["File", "FastFile", "Pipe"].contains(&mode)
        && ["FullyReplicated", "ShardedByS3Key"].contains(&distribution)
        && !(mode == "Pipe" && content_type.contains("libsvm"));
    if !is_known {
        let members = settings.iter().map(|(key, value)| {
            format!("{}: {}", python::repr_text(key), python::repr_text(value))
        });
        let members: Vec<String> = members.collect();
        return Err(format!(
            "Channel configuration for '{name}' channel is not supported: {{{}}}",
            members.join(", ")
        ));
    }
    if mode == "Pipe" {
        let format = match content_type {
            "csv" | "text/csv" => "CSV",
            "parquet" | "application/x-parquet" => "Parquet",
            _ => "RecordIO-Protobuf",
        };
        return Err(format!(
            "Pipe mode for {format} is no longer supported. Please use Fast File mode (default) instead. Set input_mode='File' in your SageMaker Estimator or TrainingInput."
        ));
    }
    if content_type.ends_with("parquet") {
        return Err(format!(
            "Channel '{name}': Parquet is not supported by this image, expected one of {}",
            python::repr_texts(
                CONTENT_TYPES
                    .iter()
                    .filter(|known| !known.ends_with("parquet"))
            )
        ));
    }
    Ok(())
}

/// Checks that there are data, and no hidden files among them.
fn check_files(channel: &FoundChannel, called: &str) -> Result<(), String> {
    let Some(files) = &channel.files else {
        return Err(format!("{called} data's path is not existed"));
    };
    let is_hidden = |name: &str| name.split('/').any(|part| part.starts_with('.'));
    if files.iter().any(|(name, _)| is_hidden(name)) {
        return Err("Hidden file found in the data path! Remove that before training.".to_owned());
    }
    if files.iter().all(|(_, bytes)| *bytes == 0) {
        return Err(format!(
            "No data in {called} channel path {}",
            channel.path.display()
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex, atomic::AtomicUsize};

    use algorithm::{Features, Table, Target};
    use ndarray::Array2;

    use super::*;
    use crate::boosting::{parameters::TABLE, validate};

    fn settings(given: &[(&str, &str)]) -> Settings {
        let given: Vec<(String, String)> = [("num_round", "1")]
            .iter()
            .chain(given)
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        validate::settings(&[TABLE], &given).unwrap()
    }

    /// A channel with these settings and files.
    fn channel(
        name: &str,
        settings: &[(&str, &str)],
        files: Option<&[(&str, u64)]>,
    ) -> FoundChannel {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        FoundChannel {
            name: name.to_owned(),
            settings: settings.iter().map(owned).collect(),
            path: format!("/opt/ml/input/data/{name}").into(),
            files: files.map(|files| {
                let files = files.iter();
                files
                    .map(|(name, bytes)| ((*name).to_owned(), *bytes))
                    .collect()
            }),
        }
    }

    const FILES: Option<&[(&str, u64)]> = Some(&[("a/b.csv", 10), ("_SUCCESS", 0)]);

    #[test]
    fn train_and_validation_are_read_as_the_type_of_train() {
        let csv = [
            ("ContentType", "text/csv"),
            ("TrainingInputMode", "FastFile"),
        ];
        let found = [
            channel("code", &[("ContentType", "x")], None),
            channel("validation", &[], FILES),
            channel("train", &csv, FILES),
        ];
        let chosen = channels(&settings(&[]), &found).unwrap();
        assert_eq!(chosen.train.name, "train");
        let validation = chosen.validation.unwrap();
        assert_eq!(
            (validation.name.as_str(), validation.content_type.as_str()),
            ("validation", "text/csv")
        );
        let found = [channel("train", &[], FILES)];
        let chosen = channels(&settings(&[]), &found).unwrap();
        assert_eq!(
            (chosen.train.content_type.as_str(), chosen.validation),
            ("text/libsvm", None)
        );
        let chosen = channels(&settings(&[("indexing_mode", "1")]), &found).unwrap();
        assert_eq!(chosen.train.content_type, "text/libsvm;indexing_mode=1");
    }

    #[derive(Default)]
    struct Printed(Mutex<Vec<String>>);

    impl Watch for Printed {
        fn begin(&self, _: &'static str, _: &'static str, _: u64) -> Arc<AtomicUsize> {
            Arc::default()
        }

        fn print(&self, line: &str) {
            self.0.lock().unwrap().push(line.to_owned());
        }
    }

    #[test]
    fn the_sizes_of_the_channels_are_printed() {
        let table = |n_rows| Table {
            records: Array2::zeros((n_rows, 3)),
            target: Target::None,
            weights: None,
            features: Features::unnamed(3),
            absent: None,
        };
        let printed = Printed::default();
        let data = Data {
            train: &table(5),
            validation: Some(&table(2)),
        };
        print_sizes(data, &printed);
        assert_eq!(
            printed.0.into_inner().unwrap(),
            [
                "Train matrix has 5 rows and 3 columns",
                "Validation matrix has 2 rows"
            ]
        );
    }

    #[test]
    fn what_is_wrong_is_said_in_the_words_of_the_container() {
        let of = |settings: &[(&str, &str)]| vec![channel("train", settings, FILES)];
        let pipe =
            |content_type| of(&[("TrainingInputMode", "Pipe"), ("ContentType", content_type)]);
        for (found, sentence) in [
            (vec![], "Missing required channel: train"),
            (
                vec![channel("training", &[], FILES)],
                "Missing required channel: train",
            ),
            (
                vec![channel("train", &[], FILES), channel("test", &[], FILES)],
                "Extraneous channel found: test",
            ),
            (
                of(&[
                    ("ContentType", "text/csv; label_size=1"),
                    ("TrainingInputMode", "File"),
                ]),
                "Channel configuration for 'train' channel is not supported: {'ContentType': 'text/csv; label_size=1', 'TrainingInputMode': 'File'}",
            ),
            (
                of(&[("ContentType", "Text/CSV")]),
                "Channel configuration for 'train' channel is not supported: {'ContentType': 'Text/CSV'}",
            ),
            (
                pipe("text/libsvm"),
                "Channel configuration for 'train' channel is not supported: {'TrainingInputMode': 'Pipe', 'ContentType': 'text/libsvm'}",
            ),
            (
                pipe("text/csv"),
                "Pipe mode for CSV is no longer supported. Please use Fast File mode (default) instead. Set input_mode='File' in your SageMaker Estimator or TrainingInput.",
            ),
            (
                pipe("recordio-protobuf"),
                "Pipe mode for RecordIO-Protobuf is no longer supported. Please use Fast File mode (default) instead. Set input_mode='File' in your SageMaker Estimator or TrainingInput.",
            ),
            (
                vec![channel("train", &[], None)],
                "training data's path is not existed",
            ),
            (
                vec![channel("train", &[], Some(&[("a", 0)]))],
                "No data in training channel path /opt/ml/input/data/train",
            ),
            (
                vec![
                    channel("train", &[], FILES),
                    channel("validation", &[], Some(&[])),
                ],
                "No data in validation channel path /opt/ml/input/data/validation",
            ),
            (
                vec![channel("train", &[], Some(&[("a", 1), ("b/.c", 1)]))],
                "Hidden file found in the data path! Remove that before training.",
            ),
            (
                of(&[("ContentType", "parquet")]),
                "Channel 'train': Parquet is not supported by this image, expected one of ['csv', 'libsvm', 'recordio-protobuf', 'text/csv', 'text/libsvm', 'text/x-libsvm', 'application/x-recordio-protobuf']",
            ),
        ] {
            let error = channels(&settings(&[]), &found).unwrap_err();
            assert_eq!(error.to_string(), sentence);
        }
    }
}
