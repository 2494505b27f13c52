//! A learner that does what few learners do: it has rules of its own, counts rounds, keeps checkpoints, is stopped, and
//! shares its work. Its model tells zeros and ones apart by the first feature.

use std::{
    thread,
    time::{Duration, Instant},
};

use algorithm::{
    ChosenChannel, ChosenChannels, Data, Features, FitError, Fitted, FoundChannel, Kind, Labels,
    Learner, LoadError, ModelFormat, Parameter, PredictError, Predictor, Rows, Scores, Settings,
    SettingsError, Signature, Task, Values, Watch,
};
use rustix::process::{Signal, getpid, kill_process};
use serde_json::{Value, json};

pub(crate) struct Rounds;

const COUNT: Kind = Kind::Whole {
    from: 0,
    to: u64::MAX,
};

static PARAMETERS: &[Parameter] = &[
    Parameter::new("num_round", "1", COUNT, "rounds"),
    Parameter::new("folds", "0", COUNT, "further models"),
    Parameter::new(
        "shares",
        "0",
        Kind::Switch,
        "whether hosts share the rounds",
    ),
    Parameter {
        words: &["None"],
        ..Parameter::new(
            "stop_after",
            "None",
            COUNT,
            "the round that SIGTERM comes after",
        )
    },
];

/// How long a signal may take.
const DEADLINE: Duration = Duration::from_secs(30);

impl Learner for Rounds {
    fn name(&self) -> &'static str {
        "rounds"
    }

    fn parameters(&self) -> &'static [Parameter] {
        PARAMETERS
    }

    fn settings(
        &self,
        tables: &[&'static [Parameter]],
        given: &[(String, String)],
    ) -> Result<Settings, SettingsError> {
        let mut given = given.to_vec();
        if !given.iter().any(|(name, _)| name == "num_round") {
            let order: Vec<&str> = given.iter().map(|(name, _)| name.as_str()).collect();
            let sentence = format!("no rounds among {}", order.join(", "));
            return Err(SettingsError::Own(sentence));
        }
        given.retain(|(name, _)| name != "passed_over");
        Settings::parse(tables, &given.into_iter().collect())
    }

    fn failure_prefix(&self) -> Option<&'static str> {
        Some("UserError")
    }

    fn channels(
        &self,
        _: &Settings,
        found: &[FoundChannel],
    ) -> Option<Result<ChosenChannels, FitError>> {
        let chosen = |channel: &FoundChannel| ChosenChannel {
            name: channel.name.clone(),
            content_type: "text/csv".to_owned(),
            separators: "; ",
        };
        let find = |name: &str| found.iter().find(|channel| channel.name == name);
        let Some(train) = find("rows") else {
            return Some(Err(FitError::new(format!("no rows among {found:?}"))));
        };
        Some(Ok(ChosenChannels {
            train: chosen(train),
            validation: find("others").map(chosen),
        }))
    }

    fn task(&self, _: &Settings) -> Task {
        Task::Numbers
    }

    fn checkpoint_name(&self) -> Option<&'static str> {
        Some("rounds-checkpoint")
    }

    fn is_saved_when_stopped(&self, settings: &Settings) -> bool {
        settings.whole_or_none("stop_after").is_some()
    }

    fn shares_work(&self, settings: &Settings) -> bool {
        settings.is_on("shares")
    }

    fn fit(
        &self,
        data: Data<'_>,
        settings: &Settings,
        watch: &dyn Watch,
    ) -> Result<Fitted, FitError> {
        let last = watch.last_checkpoint();
        let first = last.map_or(0, |checkpoint| checkpoint.number + 1);
        let share = watch.share();
        let mut done = 0;
        for round in first..settings.whole("num_round") {
            watch.print(&format!("[{round}]\ttrain-rounds:{round:.5}"));
            watch.checkpoint(round, &mut || b"a checkpoint".to_vec());
            done += 1;
            if settings.whole_or_none("stop_after") == Some(round) {
                stop(watch);
            }
            if watch.is_stopped() {
                break;
            }
        }
        let file = json!({
            "n_features": data.train.features.len(),
            "first": first,
            "done": done,
            "share": [share.index, share.count],
        });
        let bytes = file.to_string().into_bytes();
        let n_folds = settings.whole("folds");
        let more = (1..n_folds).map(|fold| (format!("rounds-{fold}"), bytes.clone()));
        let file_name = match (n_folds, share.count) {
            (0, 1) => "rounds".to_owned(),
            (0, count) => format!("rounds-{}-of-{count}", share.index + 1),
            _ => "rounds-0".to_owned(),
        };
        Ok(Fitted {
            file_name: Some(file_name),
            more_files: more.collect(),
            metrics: vec![("accuracy", 0.125), ("own", 0.25)],
            validation_metrics: vec![("own", 0.5)],
            files: vec![("predictions.csv", b"1,1\n".to_vec())],
            ..Fitted::new(FORMAT, bytes.clone(), "Rounds")
        })
    }
}

/// Sends SIGTERM to this process, and waits until the job knows.
fn stop(watch: &dyn Watch) {
    kill_process(getpid(), Signal::TERM).unwrap();
    let asked = Instant::now();
    while !watch.is_stopped() {
        assert!(asked.elapsed() < DEADLINE);
        thread::yield_now();
    }
}

const FORMAT: ModelFormat = ModelFormat::new("rounds", "json", load);

struct Model(Signature);

fn load(bytes: &[u8]) -> Result<Box<dyn Predictor>, LoadError> {
    let file: Value = serde_json::from_slice(bytes).map_err(LoadError::new)?;
    let n_features = file["n_features"].as_u64();
    let n_features = n_features.ok_or_else(|| LoadError::new("no features"))?;
    Ok(Box::new(Model(Signature {
        values: Values::Probabilities,
        ..Signature::classifier(
            Features::unnamed(n_features as usize),
            Labels::Integers(vec![0, 1]),
        )
    })))
}

impl Predictor for Model {
    fn signature(&self) -> &Signature {
        &self.0
    }

    fn predict(&self, rows: Rows<'_>, scores: &mut Scores) -> Result<(), PredictError> {
        let rows = rows.float32(&self.0)?;
        scores.resize(rows.len(), &self.0);
        for (row, values) in rows.enumerate() {
            let is_one = values[0] > 0.5;
            scores.labels_mut()[row] = u32::from(is_one);
            let one = f32::from(u8::from(is_one));
            scores.values_mut()[2 * row..][..2].copy_from_slice(&[1.0 - one, one]);
        }
        Ok(())
    }
}
