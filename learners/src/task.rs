//! Whether classes or numbers are learnt, and by which criterion: what all learners of trees share.

use std::collections::BTreeMap;

use algorithm::{FitError, Kind, Parameter, Settings, SettingsError, Target, Task, Value};
use linfa_trees::SplitQuality;

use crate::impurity::NumberCriterion;

/// Chooses between classes and numbers.
pub(crate) const TASK: Parameter = Parameter::new(
    "task",
    "auto",
    Kind::Choice(&[
        ("auto", "auto"),
        ("classification", "classification"),
        ("regression", "regression"),
    ]),
    "`classification`, `regression`, or `auto`: what `criterion` is for, else what the labels say: numbers of which one has a fraction are a regression, all others are classes",
);

/// The impurity that splits lower.
pub(crate) const CRITERION: Parameter = Parameter::new(
    "criterion",
    "auto",
    Kind::Choice(&[
        ("auto", "auto"),
        ("gini", "gini"),
        ("entropy", "entropy"),
        ("log_loss", "entropy"),
        ("squared_error", "squared_error"),
        ("poisson", "poisson"),
    ]),
    "of classes `gini`, `entropy` or `log_loss`, of numbers `squared_error` or `poisson`; `auto`: the first of them",
);

/// A measure of impurity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Criterion {
    Classes(SplitQuality),
    Numbers(NumberCriterion),
}

/// What the job asks for, before its labels are known.
pub(crate) fn task(settings: &Settings) -> Task {
    match (settings.choice("task"), given(settings)) {
        ("classification", _) | ("auto", Some(Criterion::Classes(_))) => Task::Classes,
        ("regression", _) | ("auto", Some(Criterion::Numbers(_))) => Task::Numbers,
        ("auto", None) => Task::ByLabels,
        (other, _) => unreachable!("the table of parameters does not allow task={other}"),
    }
}

/// The hyperparameters of a job that learns trees.
///
/// # Errors
/// The first one that can't be used, else those of [`criterion`], if the labels are not needed to see them: the job
/// then fails before it reads its data.
pub(crate) fn settings(
    tables: &[&'static [Parameter]],
    given: &[(String, String)],
) -> Result<Settings, SettingsError> {
    let given: BTreeMap<String, String> = given.iter().cloned().collect();
    let settings = Settings::parse(tables, &given)?;
    let checked = match task(&settings) {
        Task::Classes => of_task(&settings, true).map(drop),
        Task::Numbers => of_task(&settings, false).map(drop),
        Task::ByLabels | Task::Unlabelled => Ok(()),
    };
    checked.map_err(|error| SettingsError::Own(error.to_string()))?;
    Ok(settings)
}

/// The criterion for the labels as they were read.
///
/// # Errors
/// Settings that contradict each other: a criterion of the other task, or `class_weight` for numbers.
pub(crate) fn criterion(settings: &Settings, target: &Target) -> Result<Criterion, FitError> {
    match target {
        Target::Classes { .. } => of_task(settings, true),
        Target::Numbers(_) => of_task(settings, false),
        Target::None => unreachable!("trees ask for labels"),
    }
}

fn of_task(settings: &Settings, is_classes: bool) -> Result<Criterion, FitError> {
    let refused = |expected: &str| {
        let (task, criterion) = (settings.choice("task"), settings.choice("criterion"));
        FitError::new(format!(
            "hyperparameter criterion={criterion}: task={task} expects {expected}"
        ))
    };
    match (is_classes, given(settings)) {
        (false, Some(Criterion::Classes(_))) => Err(refused("squared_error, poisson, or auto")),
        (false, _) if *settings.value("class_weight") != Value::Word("None") => Err(FitError::new(
            "hyperparameter class_weight: numbers are learnt, which have no classes; expected None, or task=classification",
        )),
        (true, Some(Criterion::Numbers(_))) => Err(refused("gini, entropy, log_loss, or auto")),
        (_, Some(given)) => Ok(given),
        (true, None) => Ok(Criterion::Classes(SplitQuality::Gini)),
        (false, None) => Ok(Criterion::Numbers(NumberCriterion::SquaredError)),
    }
}

/// The criterion that the job names.
fn given(settings: &Settings) -> Option<Criterion> {
    match settings.choice("criterion") {
        "auto" => None,
        "gini" => Some(Criterion::Classes(SplitQuality::Gini)),
        "entropy" => Some(Criterion::Classes(SplitQuality::Entropy)),
        "squared_error" => Some(Criterion::Numbers(NumberCriterion::SquaredError)),
        "poisson" => Some(Criterion::Numbers(NumberCriterion::Poisson)),
        other => unreachable!("the table of parameters does not allow criterion={other}"),
    }
}

#[cfg(test)]
mod tests {
    use algorithm::{Labels, Learner};

    use super::*;
    use crate::DecisionTree;

    fn settings(given: &[(&str, &str)]) -> Settings {
        let given = given
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Settings::parse(&[DecisionTree.parameters()], &given.collect()).unwrap()
    }

    #[test]
    fn the_task_is_what_is_given_else_what_the_criterion_is_for_else_what_labels_say() {
        for (given, expected) in [
            (&[][..], Task::ByLabels),
            (&[("criterion", "log_loss")], Task::Classes),
            (&[("criterion", "poisson")], Task::Numbers),
            (&[("task", "classification")], Task::Classes),
            (&[("task", "regression")], Task::Numbers),
        ] {
            assert_eq!(task(&settings(given)), expected, "{given:?}");
        }
    }

    #[test]
    fn contradictions_are_seen_before_the_labels_if_they_can_be() {
        let of = |given: &[(&str, &str)]| {
            let given = given
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            let given: Vec<(String, String)> = given.collect();
            let settings = DecisionTree.settings(&[DecisionTree.parameters()], &given);
            settings.map(drop).map_err(|error| error.to_string())
        };
        let refused = of(&[("task", "classification"), ("criterion", "poisson")]);
        assert_eq!(
            refused,
            Err("hyperparameter criterion=poisson: task=classification expects gini, entropy, log_loss, or auto".to_owned())
        );
        assert!(of(&[("criterion", "poisson"), ("class_weight", "balanced")]).is_err());
        assert_eq!(
            of(&[("task", "classification"), ("class_weight", "balanced")]),
            Ok(())
        );
        // The labels may be classes.
        assert_eq!(of(&[("class_weight", "balanced")]), Ok(()));
    }

    #[test]
    fn contradictions_name_both_sides() {
        let classes = Target::Classes {
            labels: Labels::Integers(vec![0, 1]),
            of_row: vec![0, 1].into(),
        };
        let numbers = Target::Numbers(vec![0.5].into());
        let of = |given: &[(&str, &str)], target: &Target| {
            criterion(&settings(given), target).map_err(|error| error.to_string())
        };
        assert_eq!(
            of(&[], &classes),
            Ok(Criterion::Classes(SplitQuality::Gini))
        );
        let squared = Criterion::Numbers(NumberCriterion::SquaredError);
        assert_eq!(of(&[], &numbers), Ok(squared));
        for (given, target, error) in [
            (
                [("task", "classification"), ("criterion", "poisson")],
                &classes,
                "hyperparameter criterion=poisson: task=classification expects gini, entropy, log_loss, or auto",
            ),
            (
                [("task", "regression"), ("criterion", "gini")],
                &numbers,
                "hyperparameter criterion=gini: task=regression expects squared_error, poisson, or auto",
            ),
            (
                [("task", "regression"), ("class_weight", "balanced")],
                &numbers,
                "hyperparameter class_weight: numbers are learnt, which have no classes; expected None, or task=classification",
            ),
        ] {
            assert_eq!(of(&given, target), Err(error.to_owned()));
        }
    }
}
