//! `TreeEnsembleClassifier` and `TreeEnsembleRegressor`: their attributes become an ensemble.

use super::LoadError;
use super::attributes::Attributes;
use super::error::{invalid, quote, unsupported};
use super::file::Node as Operator;
use super::nodes;
use super::weights;
use crate::finish::{Finish, Rule, Transform};
use crate::forest::Aggregate;
use crate::number::Number;
use crate::scorer::Ensemble;
use algorithm::Labels;

/// Most targets of a regressor, and so the most values that one row's answer can hold.
const MAX_TARGETS: i64 = 100_000;

const COMMON: [&str; 14] = [
    "nodes_treeids",
    "nodes_nodeids",
    "nodes_featureids",
    "nodes_modes",
    "nodes_values",
    "nodes_values_as_tensor",
    "nodes_truenodeids",
    "nodes_falsenodeids",
    "nodes_missing_value_tracks_true",
    "nodes_hitrates",
    "nodes_hitrates_as_tensor",
    "base_values",
    "base_values_as_tensor",
    "post_transform",
];
const CLASSIFIER: [&str; 7] = [
    "classlabels_strings",
    "classlabels_int64s",
    "class_treeids",
    "class_nodeids",
    "class_ids",
    "class_weights",
    "class_weights_as_tensor",
];
const REGRESSOR: [&str; 7] = [
    "n_targets",
    "aggregate_function",
    "target_treeids",
    "target_nodeids",
    "target_ids",
    "target_weights",
    "target_weights_as_tensor",
];

/// Reads a classifier and its labels. `T` is the type that it compares and sums in.
pub(super) fn classifier<T: Number>(
    node: &Operator<'_>,
) -> Result<(Ensemble<T>, Labels), LoadError> {
    let attributes = Attributes::read(node, &[&COMMON[..], &CLASSIFIER[..]].concat())?;
    let labels = labels(&attributes)?;
    let n_classes = labels.len();
    let nodes = nodes::read::<T>(&attributes)?;
    let weights = weights::read::<T>(&attributes, "class", n_classes, &nodes)?;
    let base = numbers::<T>(&attributes, "base_values")?;
    let rule = match (n_classes, weights.targets_named()) {
        (2, [true, false]) => Rule::OneColumn {
            non_negative: weights.non_negative,
        },
        (2, [false, true]) => {
            return unsupported!(
                "{}: class_ids: found only 1, a model with two classes names both or only 0",
                node.place
            );
        }
        (2, _) => Rule::TwoColumns,
        _ => Rule::Classes(n_classes),
    };
    check_base(&attributes, base.len(), rule.slots())?;
    let finish = Finish {
        rule,
        aggregate: Aggregate::Sum,
        transform: transform(&attributes)?,
        base,
    };
    Ok((
        Ensemble::new(nodes.link(weights), finish, &node.place)?,
        labels,
    ))
}

/// Reads a regressor; its number of targets is [`Ensemble::width`].
pub(super) fn regressor<T: Number>(node: &Operator<'_>) -> Result<Ensemble<T>, LoadError> {
    let attributes = Attributes::read(node, &[&COMMON[..], &REGRESSOR[..]].concat())?;
    let n_targets = n_targets(&attributes)?;
    let aggregate = match attributes.text("aggregate_function")?.unwrap_or("SUM") {
        "SUM" => Aggregate::Sum,
        "AVERAGE" => Aggregate::Average,
        "MIN" => Aggregate::Min,
        "MAX" => Aggregate::Max,
        other => {
            return invalid!(
                "{}: found {}, allowed are SUM, AVERAGE, MIN, MAX",
                attributes.place("aggregate_function"),
                quote(other)
            );
        }
    };
    let nodes = nodes::read::<T>(&attributes)?;
    let weights = weights::read::<T>(&attributes, "target", n_targets, &nodes)?;
    let base = numbers::<T>(&attributes, "base_values")?;
    check_base(&attributes, base.len(), n_targets)?;
    let rule = Rule::Targets(n_targets);
    let finish = Finish {
        rule,
        aggregate,
        transform: transform(&attributes)?,
        base,
    };
    let mut linked = nodes.link(weights);
    if n_targets == 1 {
        // For onnxruntime a leaf without a weight says 0, which counts for MIN and MAX.
        linked.fill_leaves();
    }
    Ensemble::new(linked, finish, &node.place)
}

/// The attribute `n_targets`.
pub(super) fn n_targets(attributes: &Attributes<'_>) -> Result<usize, LoadError> {
    match attributes.int("n_targets")? {
        Some(n @ 1..=MAX_TARGETS) => Ok(n as usize),
        Some(n) => invalid!(
            "{}: found {n}, allowed are 1 to {MAX_TARGETS}",
            attributes.place("n_targets")
        ),
        None => invalid!(
            "{}: the attribute is missing",
            attributes.place("n_targets")
        ),
    }
}

/// A list of numbers that is a float32 list or, under another name, a float64 tensor. The latter needs
/// an ensemble that computes in float64.
pub(super) fn numbers<T: Number>(
    attributes: &Attributes<'_>,
    name: &str,
) -> Result<Vec<T>, LoadError> {
    let tensor_name = format!("{name}_as_tensor");
    let Some(tensor) = attributes.tensor(&tensor_name)? else {
        return Ok(attributes
            .floats(name)?
            .into_iter()
            .map(T::from_f32)
            .collect());
    };
    let place = attributes.place(&tensor_name);
    if attributes.has(name) {
        return invalid!("{place}: found beside {name}, only one of them is allowed");
    }
    if !T::IS_DOUBLE {
        return invalid!("{place}: found with a float32 input, it needs a float64 input");
    }
    Ok(tensor
        .doubles(&place)?
        .into_iter()
        .map(T::from_f64)
        .collect())
}

fn labels(attributes: &Attributes<'_>) -> Result<Labels, LoadError> {
    let (strings, integers) = ("classlabels_strings", "classlabels_int64s");
    let labels = match (attributes.has(strings), attributes.has(integers)) {
        (true, false) => {
            Labels::Text(attributes.texts(strings, |field| Ok(field.text()?.to_owned()))?)
        }
        (false, true) => Labels::Integers(attributes.ints(integers)?),
        (both, _) => {
            return invalid!(
                "{}: found {} of {strings} and {integers}, exactly one is allowed",
                attributes.node(),
                if both { "both" } else { "none" }
            );
        }
    };
    match labels.len() {
        0 | 1 => unsupported!(
            "{}: found {} class labels, at least 2 are needed",
            attributes.node(),
            labels.len()
        ),
        _ => Ok(labels),
    }
}

fn transform(attributes: &Attributes<'_>) -> Result<Transform, LoadError> {
    match attributes.text("post_transform")?.unwrap_or("NONE") {
        "NONE" => Ok(Transform::None),
        "LOGISTIC" => Ok(Transform::Logistic),
        "SOFTMAX" => Ok(Transform::Softmax),
        "SOFTMAX_ZERO" => Ok(Transform::SoftmaxZero),
        other => unsupported!(
            "{}: {} is not supported; supported are NONE, LOGISTIC, SOFTMAX, SOFTMAX_ZERO",
            attributes.place("post_transform"),
            quote(other)
        ),
    }
}

fn check_base(attributes: &Attributes<'_>, found: usize, slots: usize) -> Result<(), LoadError> {
    if found == 0 || found == slots {
        return Ok(());
    }
    invalid!(
        "{}: found {found} values, allowed are none or {slots}",
        attributes.place("base_values")
    )
}
