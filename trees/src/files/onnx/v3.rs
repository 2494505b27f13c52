//! `TreeEnsembleClassifier` and `TreeEnsembleRegressor` of ai.onnx.ml 1 to 4; nearly every exporter writes
//! them as of version 3.

mod covers;
mod nodes;
mod weights;

use algorithm::{Labels, text::excerpt};

use super::{
    LoadError,
    attributes::Attributes,
    ensemble::ensemble,
    error::{invalid, unsupported},
    file::Operator,
};
use crate::{
    ensemble::Ensemble,
    forest::Aggregate,
    number::Number,
    post_processing::{PostProcessing, Rule, Transform},
};

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
    operator: &Operator<'_>,
) -> Result<(Ensemble<T>, Labels), LoadError> {
    let attributes = Attributes::read(operator, &[&COMMON[..], &CLASSIFIER[..]].concat())?;
    let labels = labels(&attributes)?;
    let n_classes = labels.len();
    let nodes = nodes::read::<T>(&attributes)?;
    let weights = weights::read::<T>(&attributes, "class", n_classes, &nodes)?;
    let base = attributes.numbers::<T>("base_values")?;
    let rule = match (n_classes, weights.touched) {
        (2, [true, false]) => Rule::OneColumn {
            non_negative: weights.non_negative,
        },
        (2, [false, true]) => {
            return unsupported!(
                "{}: found only 1, supported are 0 alone or both if there are two classes",
                attributes.place("class_ids")
            );
        }
        (2, _) => Rule::TwoColumns,
        _ => Rule::Classes(n_classes),
    };
    check_base(&attributes, base.len(), rule.slots())?;
    let post = PostProcessing {
        rule,
        aggregate: Aggregate::Sum,
        transform: transform(&attributes)?,
        base,
    };
    let ensemble = ensemble(operator, weights.link(nodes), post)?;
    Ok((ensemble, labels))
}

/// Reads a regressor.
pub(super) fn regressor<T: Number>(operator: &Operator<'_>) -> Result<Ensemble<T>, LoadError> {
    let attributes = Attributes::read(operator, &[&COMMON[..], &REGRESSOR[..]].concat())?;
    let n_targets = attributes.n_targets()?;
    let aggregate = match attributes.text("aggregate_function")?.unwrap_or("SUM") {
        "SUM" => Aggregate::Sum,
        "AVERAGE" => Aggregate::Average,
        "MIN" => Aggregate::Min,
        "MAX" => Aggregate::Max,
        other => {
            return invalid!(
                "{}: found `{}`, allowed are SUM, AVERAGE, MIN, MAX",
                attributes.place("aggregate_function"),
                excerpt(other.as_bytes())
            );
        }
    };
    let nodes = nodes::read::<T>(&attributes)?;
    let weights = weights::read::<T>(&attributes, "target", n_targets, &nodes)?;
    let base = attributes.numbers::<T>("base_values")?;
    check_base(&attributes, base.len(), n_targets)?;
    let rule = Rule::Targets(n_targets);
    let post = PostProcessing {
        rule,
        aggregate,
        transform: transform(&attributes)?,
        base,
    };
    let mut linked = weights.link(nodes);
    if n_targets == 1 {
        // For onnxruntime a leaf without a weight has the weight 0, which counts for MIN and MAX.
        linked.fill_leaves();
    }
    ensemble(operator, linked, post)
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
                "{}: found {} of {strings} and {integers}, allowed is one of the two",
                attributes.operator(),
                if both { "both" } else { "neither" }
            );
        }
    };
    if labels.len() < 2 {
        return unsupported!(
            "{}: found {} class labels, supported are 2 or more",
            attributes.operator(),
            labels.len()
        );
    }
    Ok(labels)
}

fn transform(attributes: &Attributes<'_>) -> Result<Transform, LoadError> {
    match attributes.text("post_transform")?.unwrap_or("NONE") {
        "NONE" => Ok(Transform::None),
        "LOGISTIC" => Ok(Transform::Logistic),
        "SOFTMAX" => Ok(Transform::Softmax),
        "SOFTMAX_ZERO" => Ok(Transform::SoftmaxZero),
        other => unsupported!(
            "{}: found `{}`, supported are NONE, LOGISTIC, SOFTMAX, SOFTMAX_ZERO",
            attributes.place("post_transform"),
            excerpt(other.as_bytes())
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
