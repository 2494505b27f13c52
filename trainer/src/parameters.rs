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
    /// Hyperparameters that no algorithm has all of.
    #[error(
        "hyperparameter {first} belongs to algorithm={first_owners}, but {second} to algorithm={second_owners}: expected those of one algorithm"
    )]
    Mixed {
        /// One hyperparameter, as it was given.
        first: String,
        /// The algorithms that have it.
        first_owners: String,
        /// Another one.
        second: String,
        /// The algorithms that have that one.
        second_owners: String,
    },
    /// Hyperparameters that several algorithms have, and not the default one.
    #[error(
        "hyperparameter {name} belongs to algorithm={owners}: expected algorithm to name one of them"
    )]
    Ambiguous {
        /// The hyperparameter, as it was given.
        name: String,
        /// The algorithms that have all that is given.
        owners: String,
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

    /// The learner of a job with these hyperparameters, given as text by name: the one that `algorithm` names; else
    /// the default one if it has all of them, else the only one that has. Names that no learner has decide nothing.
    ///
    /// # Errors
    /// `algorithm` names no learner, or the names belong to several.
    pub fn choose(
        &self,
        given: &[(String, String)],
    ) -> Result<&'static dyn Learner, ParametersError> {
        let named = given.iter().filter(|(name, _)| name == ALGORITHM).cloned();
        let named: BTreeMap<String, String> = named.collect();
        if !named.is_empty() {
            return Ok(self.learner(&Settings::parse(&[self.common], &named)?));
        }
        let names = given.iter().map(|(name, _)| name.as_str());
        let names = names.filter(|name| !is_sagemakers(name) && !has(self.common, name));
        let owned: Vec<(&str, Vec<&'static dyn Learner>)> = names
            .map(|name| (name, self.owners(name)))
            .filter(|(_, owners)| !owners.is_empty())
            .collect();
        let has_all = |learner: &&&'static dyn Learner| {
            owned
                .iter()
                .all(|(name, _)| has(learner.parameters(), name))
        };
        let able: Vec<&'static dyn Learner> =
            self.learners.iter().filter(has_all).copied().collect();
        let default = self.learners[0];
        match able[..] {
            [first, ..] if first.name() == default.name() => Ok(default),
            [only] => Ok(only),
            [] => Err(mixed(&owned)),
            [_, _, ..] => {
                let foreign = owned
                    .iter()
                    .find(|(name, _)| !has(default.parameters(), name));
                let Some((name, _)) = foreign else {
                    unreachable!("the default learner lacks a name, or it would be chosen");
                };
                Err(ParametersError::Ambiguous {
                    name: (*name).to_owned(),
                    owners: names_of(&able),
                })
            }
        }
    }

    /// Reads the hyperparameters of a job for the learner that they [choose](Self::choose), given as text by name in
    /// the job's order. SageMaker's own (`_tuning_objective_metric`, `sagemaker_...`) are passed over, unless the
    /// learner has them.
    ///
    /// # Errors
    /// The first name that is unknown or belongs to another algorithm, or the first value that is not
    /// allowed.
    pub fn parse(
        &self,
        learner: &'static dyn Learner,
        given: &[(String, String)],
    ) -> Result<Settings, ParametersError> {
        let tables = [self.common, learner.parameters()];
        let has_it = |name: &str| tables.iter().any(|table| has(table, name));
        let mut meant: Vec<(String, String)> = given
            .iter()
            .filter(|(name, _)| name != ALGORITHM && (!is_sagemakers(name) || has_it(name)))
            .cloned()
            .collect();
        for (name, _) in meant.iter().filter(|(name, _)| !has_it(name)) {
            let owners = self.owners(name);
            if !owners.is_empty() {
                return Err(ParametersError::Foreign {
                    name: name.clone(),
                    owners: names_of(&owners),
                    chosen: learner.name(),
                });
            }
        }
        meant.push((ALGORITHM.to_owned(), learner.name().to_owned()));
        Ok(learner.settings(&tables, &meant)?)
    }

    /// The learners that have a hyperparameter.
    fn owners(&self, name: &str) -> Vec<&'static dyn Learner> {
        let owners = self.learners.iter().copied();
        owners
            .filter(|learner| has(learner.parameters(), name))
            .collect()
    }

    /// The learner that the hyperparameter `algorithm` names.
    fn learner(&self, settings: &Settings) -> &'static dyn Learner {
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
    let rule = match names.len() {
        1 => "",
        _ => "; if it is not given, the one that has all hyperparameters of the job",
    };
    let mut common = vec![Parameter {
        name: ALGORITHM,
        aliases: &[],
        default: names[0],
        kind: Kind::Choice(Vec::leak(choices)),
        words: &[],
        meaning: String::leak(format!(
            "what learns the model: {}{rule}",
            alternatives(&names)
        )),
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

/// Names that no learner has all of.
fn mixed(owned: &[(&str, Vec<&'static dyn Learner>)]) -> ParametersError {
    let shares = |a: &[&'static dyn Learner], b: &[&'static dyn Learner]| {
        a.iter()
            .any(|one| b.iter().any(|other| one.name() == other.name()))
    };
    let pairs = owned
        .iter()
        .enumerate()
        .flat_map(|(place, second)| owned[..place].iter().map(move |first| (first, second)));
    // Three names may well belong together two by two.
    let apart = pairs
        .clone()
        .find(|(first, second)| !shares(&first.1, &second.1));
    let Some((first, second)) = apart.or_else(|| pairs.clone().next()) else {
        unreachable!("each name has an owner, so that one name alone is no mixture");
    };
    ParametersError::Mixed {
        first: first.0.to_owned(),
        first_owners: names_of(&first.1),
        second: second.0.to_owned(),
        second_owners: names_of(&second.1),
    }
}

/// `a or b`
fn names_of(learners: &[&dyn Learner]) -> String {
    let names: Vec<&str> = learners.iter().map(|learner| learner.name()).collect();
    names.join(" or ")
}

fn has(table: &[Parameter], name: &str) -> bool {
    table.iter().any(|parameter| parameter.is_called(name))
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
