//! The graph's input and constants.

use std::collections::HashMap;

use algorithm::{InputType, text::excerpt};

use super::super::{
    LoadError,
    attributes::MAX_FEATURES,
    error::{invalid, unsupported},
    file::{ModelFile, TensorType, ValueInfo},
    tensor::{DataType, Tensor},
};
use crate::computation::Computation;

const ELEMENTS: &str = "supported are float32, float64, int64, int32";

/// The graph's one input.
pub(super) struct Input<'a> {
    pub(super) name: &'a str,
    pub(super) element: InputType,
    /// The number of features, if the file declares it.
    declared: Option<usize>,
}

/// The initializers by name.
pub(super) fn constants<'a>(
    file: &ModelFile<'a>,
) -> Result<HashMap<&'a str, Tensor<'a>>, LoadError> {
    let mut constants = HashMap::new();
    for message in &file.graph.initializers {
        let tensor = Tensor::read(*message, "an initializer")?;
        let quoted = excerpt(tensor.name.as_bytes());
        if constants.insert(tensor.name, tensor).is_some() {
            return invalid!("the graph: found initializer `{quoted}` twice, allowed is once");
        }
    }
    Ok(constants)
}

impl<'a> Input<'a> {
    pub(super) fn read(
        file: &ModelFile<'a>,
        constants: &HashMap<&str, Tensor<'_>>,
    ) -> Result<Self, LoadError> {
        let mut found: Option<ValueInfo<'a>> = None;
        for message in &file.graph.inputs {
            let value = ValueInfo::read(*message)?;
            // Old files list their initializers among the inputs.
            if constants.contains_key(value.name) {
                continue;
            }
            if let Some(first) = &found {
                return unsupported!(
                    "the graph: found the inputs `{}` and `{}`, supported is 1",
                    excerpt(first.name.as_bytes()),
                    excerpt(value.name.as_bytes())
                );
            }
            found = Some(value);
        }
        let Some(ValueInfo { name, tensor }) = found else {
            return invalid!("the graph: found no input, allowed is 1");
        };
        let place = format!("input `{}`", excerpt(name.as_bytes()));
        let Some(tensor) = tensor else {
            return unsupported!("{place}: found no tensor, {ELEMENTS}");
        };
        Ok(Self {
            name,
            element: match tensor.element {
                DataType::Float => InputType::F32,
                DataType::Double => InputType::F64,
                DataType::Int64 | DataType::Int32 => InputType::I64,
                other => return unsupported!("{place}: found a tensor of {other}, {ELEMENTS}"),
            },
            declared: declared(&tensor, &place)?,
        })
    }

    /// The number of features, which other operators than trees need to know.
    pub(super) fn declared(&self) -> Result<usize, LoadError> {
        match self.declared {
            Some(declared) => Ok(declared),
            None => unsupported!(
                "input `{}`: found no number of features, supported is a model with one",
                excerpt(self.name.as_bytes())
            ),
        }
    }

    /// The number of features: as declared, else as many as the trees need.
    pub(super) fn n_features(&self, computation: &Computation) -> Result<usize, LoadError> {
        let name = excerpt(self.name.as_bytes());
        let needed = computation.n_features();
        match self.declared {
            Some(declared) if declared < needed => invalid!(
                "a tree node splits on feature {}, input `{name}` has features 0 to {}",
                needed - 1,
                declared - 1
            ),
            Some(declared) => Ok(declared),
            None if needed == 0 => unsupported!(
                "input `{name}`: found neither a number of features nor a split, supported is a \
                 model with one of them"
            ),
            None => Ok(needed),
        }
    }
}

/// The number of columns, if it is declared; 0 and negative numbers stand for an unknown one.
fn declared(tensor: &TensorType, place: &str) -> Result<Option<usize>, LoadError> {
    let columns = match tensor.shape.as_deref() {
        None => None,
        Some([_, columns]) => columns.filter(|columns| *columns > 0),
        Some(shape) => {
            return unsupported!(
                "{place}: found {} dimensions, supported are 2 (rows, features)",
                shape.len()
            );
        }
    };
    let Some(columns) = columns else {
        return Ok(None);
    };
    match usize::try_from(columns) {
        Ok(n) if n <= MAX_FEATURES => Ok(Some(n)),
        _ => unsupported!("{place}: found {columns} features, supported are up to {MAX_FEATURES}"),
    }
}
