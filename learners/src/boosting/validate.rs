//! Hyperparameters by the rules of AWS's XGBoost container: its order of checks, its sentences word for word
//! (`hyperparameter_validation.py` of aws/sagemaker-xgboost-container). What its XGBoost would refuse later, or what
//! is not supported here, has sentences of our own.

use std::collections::BTreeMap;

use algorithm::{Kind, Parameter, Settings, SettingsError};
use tracing::info;

use super::{
    parameters::{self, MAXIMISED, MINIMISED, WITHOUT_EFFECT},
    python,
};

/// The order of the updaters in AWS's sentence.
const UPDATERS: [&str; 15] = [
    "grow_colmaker",
    "distcol",
    "grow_histmaker",
    "grow_skmaker",
    "sync",
    "refresh",
    "prune",
    "grow_colmaker",
    "distcol",
    "grow_histmaker",
    "grow_colmaker",
    "shotgun",
    "coord_descent",
    "refresh",
    "prune",
];

/// A weight column, by the container's rule; the hyperparameter itself is one of every job.
const CSV_WEIGHTS: Parameter =
    Parameter::new("csv_weights", "0", Kind::Whole { from: 0, to: 1 }, "");

/// Reads the hyperparameters of a job, for [`Learner::settings`](algorithm::Learner::settings).
///
/// # Errors
/// The first one that can't be used, in the container's words.
pub fn settings(
    tables: &[&'static [Parameter]],
    given: &[(String, String)],
) -> Result<Settings, SettingsError> {
    let (settings, notes) = read(tables, given)?;
    for note in notes {
        info!("{note}");
    }
    Ok(settings)
}

/// The settings, and what the user should know of those that are not as in XGBoost.
fn read(
    tables: &[&'static [Parameter]],
    given: &[(String, String)],
) -> Result<(Settings, Vec<String>), SettingsError> {
    let job = Job::parse(tables, given).map_err(SettingsError::Own)?;
    job.check_ranges().map_err(SettingsError::Own)?;
    job.check_dependencies().map_err(SettingsError::Own)?;
    job.check_support().map_err(SettingsError::Own)?;
    let notes = job.notes();
    let given: BTreeMap<String, String> = job
        .given
        .into_iter()
        .map(|one| (one.name.to_owned(), one.value.canonical()))
        .chain(job.others)
        .collect();
    Ok((Settings::parse(tables, &given)?, notes))
}

/// A value as the container parses it.
#[derive(Clone, Debug, PartialEq)]
enum Parsed {
    Int(i64),
    Float(f64),
    Text(String),
    List(Vec<String>),
    Ints(Vec<i64>),
    Nested(Vec<Vec<i64>>),
}

struct Given {
    name: &'static str,
    row: &'static Parameter,
    value: Parsed,
}

/// The hyperparameters of a job, in its order.
struct Job {
    given: Vec<Given>,
    /// Those of every job, which the container does not know.
    others: Vec<(String, String)>,
}

impl Job {
    /// Replaces aliases, the later of two names of one hyperparameter being the one that counts; asks for what is
    /// required; then looks at names and texts in their order.
    fn parse(tables: &[&'static [Parameter]], given: &[(String, String)]) -> Result<Self, String> {
        let mut named: Vec<(&str, &str)> = Vec::new();
        for (name, value) in given {
            let row = parameters::row(name);
            let name = row.map_or(name.as_str(), |row| row.name);
            match named.iter_mut().find(|known| known.0 == name) {
                Some(known) => known.1 = value,
                None => named.push((name, value)),
            }
        }
        if !named.iter().any(|(name, _)| *name == "num_round") {
            return Err("Missing required hyperparameter: num_round".to_owned());
        }
        let mut job = Self {
            given: Vec::new(),
            others: Vec::new(),
        };
        for (name, text) in named {
            let row = match name {
                "csv_weights" => Some(&CSV_WEIGHTS),
                _ => parameters::row(name),
            };
            let Some(row) = row else {
                let of_every_job =
                    |table: &&[Parameter]| table.iter().any(|one| one.is_called(name));
                if !tables.iter().any(of_every_job) {
                    return Err(format!("Extraneous hyperparameter found: {name}"));
                }
                job.others.push((name.to_owned(), text.to_owned()));
                continue;
            };
            let Some(value) = Parsed::read(row, text) else {
                return Err(format!(
                    "Hyperparameter {name}: could not parse value (caused by ValueError)"
                ));
            };
            job.given.push(Given {
                name: row.name,
                row,
                value,
            });
        }
        Ok(job)
    }

    fn check_ranges(&self) -> Result<(), String> {
        self.given.iter().try_for_each(|one| one.check_range())
    }

    /// What depends on other hyperparameters, in their order; one that another depends on comes before it.
    fn check_dependencies(&self) -> Result<(), String> {
        let mut checked = Vec::new();
        for one in &self.given {
            let before = match one.name {
                "eval_metric" => self.find("objective"),
                _ => None,
            };
            for one in before.into_iter().chain([one]) {
                if !checked.contains(&one.name) {
                    checked.push(one.name);
                    self.check_dependency(one)?;
                }
            }
        }
        Ok(())
    }

    fn check_dependency(&self, one: &Given) -> Result<(), String> {
        let fail = |sentence: &str| Err(sentence.to_owned());
        match (one.name, &one.value) {
            ("updater", Parsed::List(updaters)) => self.check_updaters(updaters),
            ("objective", Parsed::Text(objective)) => {
                if objective.starts_with("multi:") && self.find("num_class").is_none() {
                    return fail(
                        "Require input for parameter 'num_class' for multi-classification",
                    );
                }
                Ok(())
            }
            ("eval_metric", Parsed::List(metrics)) => {
                let objective = self.objective();
                let has = |name: &str| metrics.iter().any(|metric| metric == name);
                if has("auc")
                    && !objective.starts_with("binary:")
                    && !objective.starts_with("rank:")
                {
                    return fail(
                        "Metric 'auc' can only be applied for classification and ranking problems.",
                    );
                }
                if has("aft-nloglik") && objective != "survival:aft" {
                    return fail(
                        "Metric 'aft-nloglik' can only be applied for 'survival:aft' objective.",
                    );
                }
                Ok(())
            }
            // The container wants a method that is named, too; `auto` is `hist`.
            ("monotone_constraints", _)
                if !["auto", "exact", "hist"].contains(&self.text("tree_method", "auto")) =>
            {
                fail(
                    "monotone_constraints can be used only when the tree_method parameter is set to either 'exact' or 'hist'.",
                )
            }
            ("interaction_constraints", _) if self.text("tree_method", "auto") == "gpu_hist" => {
                fail(
                    "interaction_constraints can be used only when the tree_method parameter is set to either 'exact', 'hist' or 'approx'.",
                )
            }
            _ => Ok(()),
        }
    }

    fn check_updaters(&self, updaters: &[String]) -> Result<(), String> {
        const LINEAR: [&str; 2] = ["shotgun", "coord_descent"];
        const UPDATING: [&str; 2] = ["refresh", "prune"];
        const GROWING: [&str; 3] = ["grow_colmaker", "distcol", "grow_histmaker"];
        let sentence = if self.text("booster", "gbtree") == "gblinear" {
            let is_one = matches!(updaters, [one] if LINEAR.contains(&one.as_str()));
            (!is_one).then_some(
                "Linear updater should be one of these options: 'shotgun', 'coord_descent'.",
            )
        } else if self.text("process_type", "default") == "update" {
            let is_updating = |one: &String| UPDATING.contains(&one.as_str());
            (!updaters.iter().all(is_updating)).then_some(
                "process_type 'update' can only be used with updater 'refresh' and 'prune'",
            )
        } else if updaters.iter().any(|one| LINEAR.contains(&one.as_str())) {
            Some(
                "Tree updater should be selected from these options: 'grow_colmaker', 'distcol', 'grow_histmaker', 'grow_skmaker', 'grow_quantile_histmaker', 'sync', 'refresh', 'prune', 'shortgun', 'coord_descent'.",
            )
        } else {
            let growing = updaters
                .iter()
                .filter(|one| GROWING.contains(&one.as_str()));
            (growing.count() > 1).then_some(
                "Only one tree grow plugin can be selected. Choose one from thefollowing: 'grow_colmaker', 'distcol', 'grow_histmaker', 'grow_skmaker'",
            )
        };
        sentence.map_or(Ok(()), |sentence| Err(sentence.to_owned()))
    }

    /// What the container lets pass, and its XGBoost refuses, or what is not supported here.
    fn check_support(&self) -> Result<(), String> {
        let objective = self.objective();
        if objective.starts_with("rank:") {
            return Err(format!(
                "objective {objective}: ranking is not supported by this image"
            ));
        }
        if objective.starts_with("survival:") {
            return Err(format!(
                "objective {objective}: survival analysis is not supported by this image"
            ));
        }
        if objective == "aft_loss_distribution" {
            let named = parameters::OBJECTIVES.iter().map(|(name, _)| *name);
            let trained = named.filter(|name| {
                *name != objective && !name.starts_with("rank:") && !name.starts_with("survival:")
            });
            let list = python::repr_texts(trained);
            return Err(format!(
                "Hyperparameter objective: {objective} is not in {list}"
            ));
        }
        let booster = self.text("booster", "gbtree");
        let drops = |name| match self.find(name).map(|one| &one.value) {
            Some(Parsed::Float(part)) => *part > 0.0,
            Some(Parsed::Int(drop)) => *drop > 0,
            _ => false,
        };
        if booster == "gblinear" || booster == "dart" && (drops("rate_drop") || drops("one_drop")) {
            return Err(format!("booster {booster} is not supported, use gbtree"));
        }
        if self.text("process_type", "default") == "update" {
            return Err(
                "process_type update updates an existing model; this image trains new ones"
                    .to_owned(),
            );
        }
        if let Some(Parsed::List(updaters)) = self.find("updater").map(|one| &one.value) {
            check_grower(updaters)?;
        }
        if self.find("num_class").is_some() && !objective.starts_with("multi:") {
            return Err("num_class is for multi:softmax and multi:softprob".to_owned());
        }
        if let Some(Parsed::Int(bins @ ..2)) = self.find("max_bin").map(|one| &one.value) {
            return Err(format!(
                "Hyperparameter max_bin: {bins} is not in [2, +inf)"
            ));
        }
        if let Some(Parsed::Float(score)) = self.find("base_score").map(|one| &one.value)
            && ["binary:logistic", "reg:logistic"].contains(&objective)
            && !(0.0..=1.0).contains(score)
        {
            return Err("base_score must be in (0,1) for the logistic loss.".to_owned());
        }
        if let Some(Parsed::List(metrics)) = self.find("eval_metric").map(|one| &one.value)
            && let Some(metric) = metrics
                .iter()
                .find(|one| ["cox-nloglik", "interval-regression-accuracy"].contains(&one.as_str()))
        {
            return Err(format!(
                "Metric '{metric}' is for survival analysis, which is not supported by this image"
            ));
        }
        Ok(())
    }

    /// One line for each thing that is not done as it was asked for.
    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let ignored: Vec<&str> = self
            .given
            .iter()
            .filter(|one| {
                WITHOUT_EFFECT.contains(&one.name)
                    || one.name == "sampling_method" && one.value.is("gradient_based")
            })
            .map(|one| one.name)
            .collect();
        if !ignored.is_empty() {
            notes.push(format!("has no effect: {}", ignored.join(", ")));
        }
        let method = self.text("tree_method", "auto");
        if ["exact", "approx", "gpu_hist"].contains(&method) {
            notes.push(format!("tree_method={method}: trains with hist"));
        }
        if self.text("booster", "gbtree") == "dart" {
            notes.push("booster=dart without dropped trees: trains with gbtree".to_owned());
        }
        if let Some(Parsed::List(updaters)) = self.find("updater").map(|one| &one.value) {
            notes.push(format!("updater={}: trains with hist", updaters.join(",")));
        }
        if let Some(Parsed::Int(bins @ 257..)) = self.find("max_bin").map(|one| &one.value) {
            notes.push(format!("max_bin={bins}: trains with 256 bins"));
        }
        if self.find("early_stopping_rounds").is_some()
            && self.find("eval_metric").is_none()
            && self.find("_tuning_objective_metric").is_none()
        {
            notes.push("early stopping looks at the default metric of the objective".to_owned());
        }
        notes
    }

    fn find(&self, name: &str) -> Option<&Given> {
        self.given.iter().find(|one| one.name == name)
    }

    fn objective(&self) -> &str {
        self.text("objective", "reg:squarederror")
    }

    /// A choice, `default` if it is not made.
    fn text<'j>(&'j self, name: &str, default: &'j str) -> &'j str {
        match self.find(name).map(|one| &one.value) {
            Some(Parsed::Text(text)) => text,
            _ => default,
        }
    }
}

/// Refuses updaters that grow no new trees here.
fn check_grower(updaters: &[String]) -> Result<(), String> {
    let has = |name: &str| updaters.iter().any(|one| one == name);
    if let Some(unknown) = ["distcol", "grow_skmaker"]
        .into_iter()
        .find(|name| has(name))
    {
        return Err(format!(
            "updater {unknown}: xgboost 3.2 has no such updater"
        ));
    }
    let grows = ["grow_colmaker", "grow_histmaker", "sync"]
        .into_iter()
        .any(has);
    let updating = ["refresh", "prune"].into_iter().find(|name| has(name));
    match updating {
        Some(name) if name == "refresh" || !grows => Err(format!(
            "updater {name} updates an existing model; this image trains new ones"
        )),
        _ => Ok(()),
    }
}

impl Given {
    fn check_range(&self) -> Result<(), String> {
        let Self { name, row, value } = self;
        let is_allowed = match (value, row.kind) {
            (Parsed::Text(text), Kind::Choice(choices)) => {
                choices.iter().any(|(choice, _)| choice == text)
            }
            (Parsed::Text(text), _) => tuning_metrics().any(|metric| metric == *text),
            (Parsed::Int(number), Kind::Whole { from, to }) => {
                u64::try_from(*number).is_ok_and(|number| (from..=to).contains(&number))
            }
            (Parsed::Int(number), Kind::Integer { from, to }) => (from..=to).contains(number),
            (Parsed::Float(number), Kind::Number { from, to }) => (from..=to).contains(number),
            (Parsed::Float(number), Kind::Between { above, below }) => {
                above < *number && *number < below
            }
            (Parsed::List(items), _) if *name == "eval_metric" => {
                let mut all = true;
                for metric in items {
                    all &= is_metric(metric)?;
                }
                all
            }
            (Parsed::List(items), _) => items.iter().all(|one| UPDATERS.contains(&one.as_str())),
            (Parsed::Ints(items), _) => items.iter().all(|one| (-1..=1).contains(one)),
            (Parsed::Nested(lists), _) => {
                let is_feature = |one: &i64| u32::try_from(*one).is_ok();
                lists.iter().flatten().all(is_feature)
            }
            _ => unreachable!("a value of {name} is parsed by its kind"),
        };
        if is_allowed {
            return Ok(());
        }
        let range = range(row);
        Err(match value {
            Parsed::List(_) | Parsed::Ints(_) | Parsed::Nested(_) => {
                format!(
                    "Hyperparameter {name}: value {} not in range {range}",
                    value.repr()
                )
            }
            _ => format!("Hyperparameter {name}: {} is not in {range}", value.repr()),
        })
    }
}

/// Whether the container has the metric.
fn is_metric(metric: &str) -> Result<bool, String> {
    if metric.contains("<function") {
        return Err(format!(
            "User defined evaluation metric {metric} is not supported yet."
        ));
    }
    let mut parts = metric.split('@');
    let name = parts.next().unwrap_or_default().trim();
    let Some(threshold) = parts.next() else {
        return Ok(MAXIMISED.contains(&metric) || MINIMISED.contains(&metric));
    };
    if !["error", "ndcg", "map"].contains(&name) {
        return Err(format!(
            "Metric '{metric}' is not supported. Parameter 'eval_metric' with customized threshold should be one of these options: 'error', 'ndcg', 'map'."
        ));
    }
    if python::float(threshold).is_none() {
        return Err(format!(
            "Threshold value 't' in '{name}@t' expects float input."
        ));
    }
    Ok(true)
}

fn tuning_metrics() -> impl Iterator<Item = String> {
    let metrics = MAXIMISED.iter().chain(MINIMISED);
    metrics.map(|metric| format!("validation:{metric}"))
}

/// The range of a hyperparameter as the container prints it.
fn range(row: &Parameter) -> String {
    let number = |number: f64| match number.fract() == 0.0 {
        true => (number as i64).to_string(),
        false => python::repr_float(number),
    };
    match (row.name, row.kind) {
        ("prob_buffer_row", _) => "(1.0, +inf)".to_owned(),
        ("updater", _) => python::repr_texts(UPDATERS),
        ("eval_metric", _) => python::repr_texts(MAXIMISED.iter().chain(MINIMISED)),
        ("monotone_constraints", _) => "[-1, 0, 1]".to_owned(),
        // The container has 1 there, but its XGBoost counts from 0.
        ("interaction_constraints", _) => "[0, +inf)".to_owned(),
        ("_tuning_objective_metric", _) => python::repr_texts(tuning_metrics()),
        (_, Kind::Choice(choices)) => python::repr_texts(choices.iter().map(|(choice, _)| choice)),
        (_, Kind::Whole { from, to: u64::MAX }) => format!("[{from}, +inf)"),
        (_, Kind::Whole { from, to }) => format!("[{from}, {to}]"),
        // All that the container has are open.
        (_, Kind::Integer { from, to }) => format!("({}, {})", from - 1, to + 1),
        (_, Kind::Between { above, below }) => format!("({}, {})", number(above), number(below)),
        (_, Kind::Number { from, to }) => {
            let from = match from == f64::MIN_POSITIVE {
                true => "(0".to_owned(),
                false => format!("[{}", number(from)),
            };
            let to = match to == f64::MAX {
                true => "+inf)".to_owned(),
                false => format!("{}]", number(to)),
            };
            format!("{from}, {to}")
        }
        (name, kind) => unreachable!("no range is printed for {name}, which is {kind:?}"),
    }
}

impl Parsed {
    /// Reads a text as the container does; `None` if Python raises a ValueError.
    fn read(row: &Parameter, text: &str) -> Option<Self> {
        Some(match (row.name, row.kind) {
            (_, Kind::Whole { .. } | Kind::Integer { .. }) => Self::Int(python::int(text)?),
            (_, Kind::Number { .. } | Kind::Between { .. }) => Self::Float(python::float(text)?),
            ("eval_metric" | "updater", _) => {
                Self::List(text.split(',').map(str::to_owned).collect())
            }
            ("monotone_constraints", _) => Self::Ints(python::ints(text)?),
            ("interaction_constraints", _) => Self::Nested(python::nested_ints(text)?),
            _ => Self::Text(text.to_owned()),
        })
    }

    fn is(&self, text: &str) -> bool {
        matches!(self, Self::Text(own) if own == text)
    }

    /// As Python's `repr()` writes it; a text as `str()` does.
    fn repr(&self) -> String {
        let ints = |items: &[i64]| items.iter().map(i64::to_string).collect::<Vec<_>>();
        match self {
            Self::Int(number) => number.to_string(),
            Self::Float(number) => python::repr_float(*number),
            Self::Text(text) => text.clone(),
            Self::List(items) => python::repr_texts(items),
            Self::Ints(items) => match items[..] {
                [only] => format!("({only},)"),
                _ => format!("({})", ints(items).join(", ")),
            },
            Self::Nested(lists) => {
                python::repr_list(lists.iter().map(|list| python::repr_list(ints(list))))
            }
        }
    }

    /// As the table reads it.
    fn canonical(&self) -> String {
        match self {
            Self::Float(number) => format!("{number:?}"),
            Self::List(items) => items.join(","),
            _ => self.repr(),
        }
    }
}

#[cfg(test)]
mod tests;
