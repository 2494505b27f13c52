//! The graph's input and constants.

use std::collections::HashMap;

use super::super::LoadError;
use super::super::error::{invalid, quote, unsupported};
use super::super::file::{ModelFile, ValueInfo};
use super::super::nodes::MAX_FEATURES;
use super::super::tensor::{DataType, Tensor};
use crate::scorer::{Part, Scorer};
use algorithm::InputType;

/// The initializers by name.
pub(super) fn constants<'a>(
    file: &ModelFile<'a>,
) -> Result<HashMap<&'a str, Tensor<'a>>, LoadError> {
    let mut constants = HashMap::new();
    for message in &file.graph.initializers {
        let tensor = Tensor::read(*message, "an initializer")?;
        if constants.insert(tensor.name, tensor).is_some() {
            return invalid!("two initializers have the same name, names must differ");
        }
    }
    Ok(constants)
}

/// The graph's one input: its name, type, and number of features where the file declares it.
pub(super) fn input<'a>(
    file: &ModelFile<'a>,
    constants: &HashMap<&str, Tensor<'_>>,
) -> Result<(&'a str, InputType, Option<usize>), LoadError> {
    let mut found = None;
    for message in &file.graph.inputs {
        let value = ValueInfo::read(*message)?;
        // Old files list their initializers among the inputs.
        if constants.contains_key(value.name) {
            continue;
        }
        if let Some(first) = &found {
            let first: &ValueInfo<'_> = first;
            return unsupported!(
                "the graph has the inputs {} and {}, exactly one is supported",
                quote(first.name),
                quote(value.name)
            );
        }
        found = Some(value);
    }
    let Some(value) = found else {
        return invalid!("the graph has no input, exactly one is needed");
    };
    let place = format!("input {}", quote(value.name));
    let Some(tensor) = value.tensor else {
        return unsupported!(
            "{place}: found no tensor, supported are tensors of float32, float64, int64, int32"
        );
    };
    let kind = match tensor.element {
        DataType::Float => InputType::F32,
        DataType::Double => InputType::F64,
        DataType::Int64 | DataType::Int32 => InputType::I64,
        other => {
            return unsupported!(
                "{place}: found a tensor of {other}, supported are float32, float64, int64, int32"
            );
        }
    };
    let declared = match tensor.shape.as_deref() {
        None => None,
        Some([_, columns]) => columns.filter(|columns| *columns > 0),
        Some(shape) => {
            return unsupported!(
                "{place}: found {} dimensions, supported are 2 (rows, features)",
                shape.len()
            );
        }
    };
    match declared.map(usize::try_from) {
        None => Ok((value.name, kind, None)),
        Some(Ok(n)) if n <= MAX_FEATURES => Ok((value.name, kind, Some(n))),
        Some(_) => unsupported!(
            "{place}: found {} features, at most {MAX_FEATURES} are supported",
            declared.unwrap_or(0)
        ),
    }
}

/// The number of features: as declared, else as many as the trees need.
pub(super) fn n_features(
    scorer: &Scorer,
    declared: Option<usize>,
    input: &str,
) -> Result<usize, LoadError> {
    let needed = scorer.parts.iter().map(Part::n_features).max().unwrap_or(0);
    match declared {
        Some(declared) if declared < needed => invalid!(
            "a tree node splits on feature {}, input {} has features 0 to {}",
            needed - 1,
            quote(input),
            declared - 1
        ),
        Some(declared) => Ok(declared),
        None if needed == 0 => unsupported!(
            "input {}: found neither a number of features nor a split, one of them is needed",
            quote(input)
        ),
        None => Ok(needed),
    }
}
