//! What a job's settings say about these rows.

use algorithm::{Amount, FitError, Parameter, Settings, SettingsError, Table, Target, Value};

use super::{grow::Limit, search::Limits};
use crate::{
    ClassWeight,
    impurity::NumberCriterion,
    parameters::{limit, rows},
    targets::classes,
    task::{self, Criterion},
};

/// The settings of a forest, for the table that it is grown on.
pub(super) struct Spec {
    pub(super) n_trees: usize,
    pub(super) seed: u64,
    pub(super) criterion: Criterion,
    pub(super) limit: Limit,
    /// Rows that each tree draws; `None` if each tree has all rows.
    pub(super) n_draws: Option<usize>,
    pub(super) oob_score: bool,
    /// The weight of each row, in the table's order.
    pub(super) weights: Vec<f32>,
    /// Whether each tree balances the classes of the rows that it has drawn.
    pub(super) balance_each: bool,
}

impl Spec {
    pub(super) fn new(settings: &Settings, table: &Table) -> Result<Self, FitError> {
        let is_classes = matches!(table.target, Target::Classes { .. });
        let criterion = task::criterion(settings, &table.target)?;
        check_numbers(table, criterion)?;
        let n_rows = table.n_rows();
        let bootstrap = settings.is_on("bootstrap");
        let n_draws = match settings.value("max_samples") {
            Value::Word("None") => n_rows,
            Value::Amount(Amount::Count(count)) if *count > n_rows => {
                return Err(FitError::new(format!(
                    "hyperparameter max_samples={count}: expected at most {n_rows}, the number of rows"
                )));
            }
            Value::Amount(Amount::Count(count)) => *count,
            Value::Amount(Amount::Fraction(fraction)) => {
                ((fraction * n_rows as f64).round() as usize).max(1)
            }
            other => unreachable!("the table does not allow max_samples={other}"),
        };
        check_bootstrap(settings)?;
        let balance_each = matches!(
            settings.value("class_weight"),
            Value::Word("balanced_subsample")
        );
        let weights = weights(settings, table, is_classes, balance_each && bootstrap)?;
        let total: f64 = weights.iter().copied().map(f64::from).sum();
        let amount = |name: &str| rows(settings.amount(name), n_rows);
        Ok(Self {
            n_trees: settings.whole("n_estimators") as usize,
            seed: settings.whole_or_none("random_state").unwrap_or(0),
            criterion,
            limit: Limit {
                max_depth: limit(settings, "max_depth").unwrap_or(usize::MAX),
                min_samples_split: amount("min_samples_split").max(2),
                side: Limits {
                    min_samples_leaf: amount("min_samples_leaf").max(1),
                    min_weight_leaf: settings.number("min_weight_fraction_leaf") * total,
                },
                max_features: max_features(settings, table.features.len(), is_classes),
                max_leaf_nodes: limit(settings, "max_leaf_nodes"),
                min_decrease: settings.number("min_impurity_decrease") * total,
            },
            n_draws: bootstrap.then_some(n_draws),
            oob_score: settings.is_on("oob_score"),
            weights,
            balance_each: balance_each && bootstrap,
        })
    }
}

/// The hyperparameters of a job that grows a forest.
///
/// # Errors
/// The first one that can't be used, or that contradicts another.
pub(super) fn settings(
    tables: &[&'static [Parameter]],
    given: &[(String, String)],
) -> Result<Settings, SettingsError> {
    let settings = task::settings(tables, given)?;
    check_bootstrap(&settings).map_err(|error| SettingsError::Own(error.to_string()))?;
    Ok(settings)
}

/// Whether rows are drawn, if a setting is about the rows that are drawn.
fn check_bootstrap(settings: &Settings) -> Result<(), FitError> {
    let changed = settings.changed();
    for name in ["max_samples", "oob_score"] {
        let is_set = changed.iter().any(|(changed, _)| *changed == name);
        if is_set && !settings.is_on("bootstrap") {
            return Err(FitError::new(format!(
                "hyperparameter {name} needs bootstrap=true, this job has bootstrap=false"
            )));
        }
    }
    Ok(())
}

/// As scikit-learn: no negative numbers for `poisson`, and not only zeros.
fn check_numbers(table: &Table, criterion: Criterion) -> Result<(), FitError> {
    let Target::Numbers(numbers) = &table.target else {
        return Ok(());
    };
    if criterion != Criterion::Numbers(NumberCriterion::Poisson) {
        return Ok(());
    }
    if let Some(negative) = numbers.iter().find(|number| **number < 0.0) {
        return Err(FitError::new(format!(
            "hyperparameter criterion=poisson: found the label {negative}, expected labels of at least 0"
        )));
    }
    if numbers.iter().all(|number| *number == 0.0) {
        return Err(FitError::new(
            "hyperparameter criterion=poisson: every label is 0, expected one above 0",
        ));
    }
    Ok(())
}

fn weights(
    settings: &Settings,
    table: &Table,
    is_classes: bool,
    balance_each: bool,
) -> Result<Vec<f32>, FitError> {
    let own = |row: usize| table.weights.as_ref().map_or(1.0, |weights| weights[row]);
    let unweighted = || (0..table.n_rows()).map(own).collect();
    if !is_classes {
        return Ok(unweighted());
    }
    let (labels, of_row) = classes(table);
    let class_weight = match settings.value("class_weight") {
        Value::Word("balanced_subsample") if balance_each => None,
        Value::Word("balanced_subsample") => Some(ClassWeight::Balanced),
        _ => ClassWeight::new(settings, labels)?,
    };
    let Some(class_weight) = class_weight else {
        return Ok(unweighted());
    };
    let factors = class_weight.factors(&of_row.to_vec(), labels.len());
    Ok((0..table.n_rows())
        .map(|row| (f64::from(own(row)) * factors[of_row[row]]) as f32)
        .collect())
}

fn max_features(settings: &Settings, n_features: usize, is_classes: bool) -> usize {
    let all = n_features as f64;
    let count = match settings.value("max_features") {
        Value::Word("auto") if is_classes => all.sqrt() as usize,
        Value::Word("sqrt") => all.sqrt() as usize,
        Value::Word("log2") => all.log2() as usize,
        Value::Word(_) => n_features,
        Value::Amount(Amount::Count(count)) => *count,
        Value::Amount(Amount::Fraction(fraction)) => (fraction * all) as usize,
        other => unreachable!("the table does not allow max_features={other}"),
    };
    count.clamp(1, n_features)
}
