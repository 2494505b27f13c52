//! The hyperparameters of a job: those that every job has, and those of the learner that it names.

use std::collections::BTreeMap;

use algorithm::{Kind, Learner, Parameter, Settings, SettingsError};
use records::Header;
use thiserror::Error;

/// The hyperparameter that names the learner.
const ALGORITHM: &str = "algorithm";

/// Hyperparameters of every job besides [`ALGORITHM`].
const READING: [Parameter; 2] = [
    Parameter {
        name: "csv_weights",
        aliases: &[],
        default: "0",
        kind: Kind::Switch,
        words: &[],
        meaning: "1: the second column is the row's weight",
    },
    Parameter {
        name: "header",
        aliases: &[],
        default: "auto",
        kind: Kind::Choice(&[("auto", "auto"), ("true", "true"), ("false", "false")]),
        words: &[],
        meaning: "`true`, `false`: whether files begin with a header line",
    },
];

/// The learners that a job can choose from, and the hyperparameters of all of them.
pub struct Parameters {
    learners: &'static [&'static dyn Learner],
    /// Those of every job.
    common: &'static [Parameter],
}

/// Hyperparameters that can't be used, in one sentence.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ParametersError {
    /// A value or a name.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A hyperparameter of an algorithm that the job does not train.
    #[error("hyperparameter {name} belongs to algorithm={owners}, this job trains {chosen}")]
    Foreign {
        /// The hyperparameter, as it was given.
        name: String,
        /// The algorithms that have it.
        owners: String,
        /// The algorithm that the job trains.
        chosen: &'static str,
    },
}

impl Parameters {
    /// The hyperparameters of jobs that choose from `learners`; the first is the default.
    ///
    /// Call it once a process: its table lives as long as the process does.
    ///
    /// # Panics
    /// `learners` is empty, or two of them have the same name, or a learner has a hyperparameter of every
    /// job.
    pub fn new(learners: &'static [&'static dyn Learner]) -> Self {
        let parameters = Self {
            learners,
            common: Vec::leak(common(learners)),
        };
        for (position, learner) in learners.iter().enumerate() {
            let name = learner.name();
            assert!(
                learners[..position]
                    .iter()
                    .all(|other| other.name() != name),
                "two learners are called {name}"
            );
            for parameter in learner.parameters() {
                let is_taken = |own: &Parameter| {
                    let mut names = parameter.aliases.iter().chain([&parameter.name]);
                    names.any(|name| own.is_called(name))
                };
                assert!(
                    !parameters.common.iter().any(is_taken),
                    "the hyperparameter {} of {name} is one of every job",
                    parameter.name
                );
            }
        }
        parameters
    }

    /// Reads hyperparameters, given as text by name. SageMaker's own (`_tuning_objective_metric`,
    /// `sagemaker_...`) are passed over.
    ///
    /// # Errors
    /// The first name that is unknown or belongs to another algorithm, or the first value that is not
    /// allowed.
    pub fn parse(&self, given: &BTreeMap<String, String>) -> Result<Settings, ParametersError> {
        let given: BTreeMap<String, String> = given
            .iter()
            .filter(|(name, _)| !is_sagemakers(name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let algorithm: BTreeMap<String, String> = given
            .iter()
            .filter(|(name, _)| *name == ALGORITHM)
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let learner = self.learner(&Settings::parse(&[self.common], &algorithm)?);
        let tables = [self.common, learner.parameters()];
        for name in given.keys() {
            let has_it = |table: &&[Parameter]| table.iter().any(|one| one.is_called(name));
            let owners: Vec<&str> = self
                .learners
                .iter()
                .filter(|learner| has_it(&learner.parameters()))
                .map(|learner| learner.name())
                .collect();
            if !owners.is_empty() && !tables.iter().any(has_it) {
                return Err(ParametersError::Foreign {
                    name: name.clone(),
                    owners: owners.join(" or "),
                    chosen: learner.name(),
                });
            }
        }
        Ok(Settings::parse(&tables, &given)?)
    }

    /// The learner that the hyperparameter `algorithm` names.
    pub fn learner(&self, settings: &Settings) -> &'static dyn Learner {
        let name = settings.choice(ALGORITHM);
        match self.learners.iter().find(|learner| learner.name() == name) {
            Some(learner) => *learner,
            None => unreachable!("the choices of {ALGORITHM} are the names of the learners"),
        }
    }

    /// Every hyperparameter of every learner.
    pub(crate) fn all(&self) -> impl Iterator<Item = &'static Parameter> {
        let of_learners = self
            .learners
            .iter()
            .flat_map(|learner| learner.parameters());
        self.common.iter().chain(of_learners)
    }

    /// The documentation: a table for every job, then a table for each learner below its name; none for a
    /// learner without hyperparameters.
    pub fn markdown(&self) -> String {
        let mut text = table(self.common);
        let has_any = |learner: &&&dyn Learner| !learner.parameters().is_empty();
        for learner in self.learners.iter().filter(has_any) {
            text.push_str(&format!("\n`{}`:\n\n", learner.name()));
            text.push_str(&table(learner.parameters()));
        }
        text
    }
}

/// What the hyperparameter `header` says.
pub fn header(settings: &Settings) -> Header {
    match settings.choice("header") {
        "auto" => Header::Auto,
        "true" => Header::Present,
        "false" => Header::Absent,
        other => unreachable!("the table of hyperparameters has no header={other}"),
    }
}

/// Whether the hyperparameter `csv_weights` is on.
pub fn csv_weights(settings: &Settings) -> bool {
    settings.is_on("csv_weights")
}

/// The hyperparameters of every job: the choice among `learners`, and [`READING`].
fn common(learners: &[&dyn Learner]) -> Vec<Parameter> {
    assert!(!learners.is_empty(), "a trainer needs at least one learner");
    let names: Vec<&'static str> = learners.iter().map(|learner| learner.name()).collect();
    let choices = names.iter().map(|name| (*name, *name)).collect();
    let mut common = vec![Parameter {
        name: ALGORITHM,
        aliases: &[],
        default: names[0],
        kind: Kind::Choice(Vec::leak(choices)),
        words: &[],
        meaning: String::leak(format!("what learns the model: {}", alternatives(&names))),
    }];
    common.extend(READING);
    common
}

/// `` `a`, `b` or `c` ``
fn alternatives(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match &quoted[..] {
        [rest @ .., last] if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}

fn is_sagemakers(name: &str) -> bool {
    name.starts_with("sagemaker_") || name.starts_with('_')
}

fn table(parameters: &[Parameter]) -> String {
    let mut table = "| hyperparameter | default | meaning |\n| --- | --- | --- |\n".to_owned();
    for parameter in parameters {
        table.push_str(&parameter.markdown());
        table.push('\n');
    }
    table
}

#[cfg(test)]
mod tests;
