//! The model file, read. Nothing in it is trusted: all of it is checked, so that `predict` can't fail.

use std::collections::HashSet;

use algorithm::{Features, Labels, LoadError, ModelFormat, Signature, Values, text::excerpt};
use proto::{
    onnx::{
        attribute_proto::AttributeType,
        field::{
            attribute_proto, graph_proto, model_proto, node_proto, string_string_entry_proto,
            tensor_shape_proto, type_proto, value_info_proto,
        },
        tensor_proto::DataType,
    },
    wire::Message,
};

use crate::predictor::LinearClassifier;

/// ONNX files of one `ai.onnx.ml.LinearClassifier`: those of this crate, and others.
pub const FORMAT: ModelFormat = ModelFormat::new("ONNX", "onnx", |file| {
    match read(Message::new(file, "the model")) {
        Ok(classifier) => Ok(Box::new(classifier)),
        Err(error) => Err(LoadError::new(error)),
    }
});

const OPERATOR: &str = "ai.onnx.ml.LinearClassifier";

const ATTRIBUTES: [(&str, AttributeType); 6] = [
    ("classlabels_ints", AttributeType::Ints),
    ("classlabels_strings", AttributeType::Strings),
    ("coefficients", AttributeType::Floats),
    ("intercepts", AttributeType::Floats),
    ("post_transform", AttributeType::String),
    ("multi_class", AttributeType::Int),
];

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Returns the line as an error if the condition does not hold.
macro_rules! ensure {
    ($condition:expr, $($line:tt)*) => {
        if !$condition {
            return Err(format!($($line)*).into());
        }
    };
}

fn read(model: Message<'_>) -> Result<LinearClassifier> {
    let graph = only(model, model_proto::GRAPH, "the graph")?;
    for node in graph.each(graph_proto::NODE) {
        let node = node?.message("a node")?;
        let domain = node.text(node_proto::DOMAIN)?;
        let found = format!("{domain}.{}", node.text(node_proto::OP_TYPE)?);
        let shown = excerpt(found.as_bytes());
        ensure!(
            found == OPERATOR,
            "operator {shown}: expected {OPERATOR} alone"
        );
    }
    let node = only(graph, graph_proto::NODE, OPERATOR)?;
    let input = only(graph, graph_proto::INPUT, "the graph's input")?;
    let input_name = input.text(value_info_proto::NAME)?;
    let inputs = node.repeated(node_proto::INPUT, |input| input.text())?;
    ensure!(
        inputs == [input_name],
        "{OPERATOR}: expected the graph's input as its only one"
    );
    let n_features = n_features(input)?;

    let [ints, strings, coefficients, intercepts, post_transform, _] = attributes(node)?;
    let mut intercepts = floats(intercepts, "intercepts")?;
    let mut coefficients = floats(coefficients, "coefficients")?;
    let (n_classes, found) = (intercepts.len(), coefficients.len());
    ensure!(
        n_classes.checked_mul(n_features) == Some(found),
        "coefficients: found {found}, expected {n_features} for each of {n_classes} intercepts"
    );
    let labels = match (ints, strings) {
        (Some(ints), None) => Labels::Integers(ints.ints(attribute_proto::INTS)?),
        (None, Some(strings)) => {
            Labels::Text(strings.repeated(attribute_proto::STRINGS, |label| {
                label.text().map(str::to_owned)
            })?)
        }
        _ => return Err("expected one of classlabels_ints and classlabels_strings".into()),
    };
    let found = labels.len();
    ensure!(
        found == n_classes && found > 1,
        "class labels: found {found}, expected one for each of {n_classes} intercepts, at least 2"
    );
    let mut seen = HashSet::new();
    for label in labels.texts() {
        let shown = excerpt(label.as_bytes());
        ensure!(
            seen.insert(label),
            "class labels: found {shown} twice, expected once"
        );
    }
    drop(seen);
    let post_transform = post_transform.map_or(Ok("NONE"), |s| s.text(attribute_proto::S))?;
    let values = match post_transform {
        "NONE" => Values::Scores,
        "SOFTMAX" => Values::Probabilities,
        // The scores are -s and s: the softmax of -s/2 and s/2.
        "LOGISTIC" if n_classes == 2 && are_opposite(&coefficients, &intercepts) => {
            let numbers = coefficients.iter_mut().chain(&mut intercepts);
            numbers.for_each(|number| *number /= 2.0);
            Values::Probabilities
        }
        other => {
            let shown = excerpt(other.as_bytes());
            return Err(format!("post_transform: found {shown}, expected SOFTMAX, NONE, or LOGISTIC of two opposite classes").into());
        }
    };

    let mut names = "";
    for entry in model.each(model_proto::METADATA_PROPS) {
        let entry = entry?.message("a metadata entry")?;
        if entry.text(string_string_entry_proto::KEY)? == Features::NAMES_KEY {
            names = entry.text(string_string_entry_proto::VALUE)?;
        }
    }
    let signature = Signature {
        input_name: input_name.to_owned(),
        values,
        takes_missing: false,
        platform: "onnx_linear_classifier",
        ..Signature::classifier(Features::from_json(names, n_features), labels)
    };
    Ok(LinearClassifier {
        signature,
        coefficients,
        intercepts,
    })
}

fn only<'a>(message: Message<'a>, number: u32, name: &'static str) -> Result<Message<'a>> {
    let count = message.count(number)?;
    match message.each(number).next() {
        Some(field) if count == 1 => Ok(field?.message(name)?),
        _ => Err(format!("{name}: found {count}, expected 1").into()),
    }
}

/// As the graph's input declares it.
fn n_features(input: Message<'_>) -> Result<usize> {
    let kind = only(input, value_info_proto::TYPE, "the input's type")?;
    let tensor = only(kind, type_proto::TENSOR_TYPE, "the input's tensor type")?;
    let (element, float32) = (
        tensor.int(type_proto::tensor::ELEM_TYPE)?,
        DataType::Float as i64,
    );
    ensure!(
        element == float32,
        "the input's element type: found {element}, expected {float32}, float32"
    );
    let shape = only(tensor, type_proto::tensor::SHAPE, "the input's shape")?;
    let count = shape.count(tensor_shape_proto::DIM)?;
    ensure!(
        count == 2,
        "the input's shape: found {count} dimensions, expected 2"
    );
    let columns = shape.each(tensor_shape_proto::DIM).last();
    let columns = columns.map_or(Ok(0), |columns| {
        columns?
            .message("a dimension")?
            .int(tensor_shape_proto::dimension::DIM_VALUE)
    })?;
    ensure!(
        columns > 0,
        "the input's shape: found {columns} features, expected at least 1"
    );
    Ok(usize::try_from(columns)?)
}

/// The attributes in the order of [`ATTRIBUTES`].
fn attributes(node: Message<'_>) -> Result<[Option<Message<'_>>; ATTRIBUTES.len()]> {
    let mut found = [None; ATTRIBUTES.len()];
    for attribute in node.each(node_proto::ATTRIBUTE) {
        let attribute = attribute?.message("an attribute")?;
        let name = attribute.text(attribute_proto::NAME)?;
        let Some(position) = ATTRIBUTES.iter().position(|(known, _)| *known == name) else {
            let shown = excerpt(name.as_bytes());
            return Err(format!("attribute {shown}: {OPERATOR} has none of that name").into());
        };
        let (kind, expected) = (
            attribute.int(attribute_proto::TYPE)?,
            ATTRIBUTES[position].1,
        );
        ensure!(
            kind == expected as i64,
            "{name}: found type {kind}, expected {expected:?}"
        );
        ensure!(
            found[position].replace(attribute).is_none(),
            "{name}: found twice, expected once"
        );
    }
    Ok(found)
}

fn floats(attribute: Option<Message<'_>>, name: &str) -> Result<Vec<f32>> {
    let attribute = attribute.ok_or_else(|| format!("{name}: the attribute is missing"))?;
    let numbers = attribute.floats(attribute_proto::FLOATS)?;
    for (position, number) in numbers.iter().enumerate() {
        ensure!(
            number.is_finite(),
            "{name}[{position}]: found {number}, expected a finite number"
        );
    }
    Ok(numbers)
}

/// Whether the second class has the numbers of the first with the signs changed.
fn are_opposite(coefficients: &[f32], intercepts: &[f32]) -> bool {
    [coefficients, intercepts].into_iter().all(|numbers| {
        let (first, second) = numbers.split_at(numbers.len() / 2);
        first.iter().zip(second).all(|(a, b)| *a == -b)
    })
}
