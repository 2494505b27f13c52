//! The weights of leaves for which onnxruntime gives the intended answer.

use algorithm::Output;

use crate::tree_model::{NodeList, PostTransform, TreeModel, TreeNode};

/// How the values of a leaf become its weights. The rules of onnxruntime for two classes are in
/// [`post_processing`](crate::post_processing).
#[derive(Clone, Copy, Debug)]
pub(super) enum Rule {
    /// One weight, the probability of class 1 of two, under class id 0: the label is class 1 above 0.5. With
    /// a weight a class, it would be class 1 above 0.
    Share,
    /// Two classes by the sign of one sum.
    Sign {
        form: Sign,
        is_logistic: bool,
        of: Difference,
    },
    /// A weight for each class that the leaf has a value for.
    Classes { is_softmax: bool },
    /// A weight for each of this many targets: a file must not be without weights, and scoring is quickest if
    /// none is left out.
    Targets(usize),
}

/// The form of a sum whose sign is the label.
#[derive(Clone, Copy, Debug)]
pub(super) enum Sign {
    /// One weight under class id 0: the label is class 1 above 0, since some weight is negative.
    OneColumn,
    /// No value is negative, so that one weight would mean class 1 above 0.5. With a weight a class, that of
    /// class 0 being the negative one, it is class 1 above 0.
    TwoColumns,
}

/// What the sum adds up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Difference {
    /// The values for the only sum.
    One,
    /// The values for class 1 less those for class 0. The softmax of two sums is the logistic function of their
    /// difference, and with a weight a class, the label would be class 1 whenever its own sum is above 0.
    Classes,
}

impl Rule {
    pub(super) fn new<T: NodeList>(model: &TreeModel<T>) -> Self {
        let labels = match &model.output {
            Output::Classes(labels) => labels,
            Output::Targets(n) => return Rule::Targets(*n),
        };
        let sign = |is_logistic, of: Difference| {
            let nodes = model.trees.iter();
            let nodes = nodes.flat_map(|tree| (0..tree.n_nodes()).map(|id| tree.node(id)));
            let mut leaves = nodes.filter_map(|node| match node {
                TreeNode::Leaf { values } => Some(of.value(values)),
                TreeNode::Split { .. } => None,
            });
            let form = if leaves.any(|value| value < 0.0) {
                Sign::OneColumn
            } else {
                Sign::TwoColumns
            };
            Rule::Sign {
                form,
                is_logistic,
                of,
            }
        };
        match model.post_transform {
            PostTransform::Logistic => sign(true, Difference::One),
            PostTransform::Margin => sign(false, Difference::One),
            PostTransform::Softmax if labels.len() == 2 => sign(true, Difference::Classes),
            PostTransform::Softmax => Rule::Classes { is_softmax: true },
            _ if labels.len() == 2 => Rule::Share,
            _ => Rule::Classes { is_softmax: false },
        }
    }

    pub(super) fn post_transform(self) -> &'static str {
        match self {
            Rule::Sign {
                is_logistic: true, ..
            } => "LOGISTIC",
            Rule::Classes { is_softmax: true } => "SOFTMAX",
            _ => "NONE",
        }
    }

    /// The weights of a leaf with these values, each with the id of its class or target.
    pub(super) fn weights(self, values: &[(u32, f32)], mut push: impl FnMut(usize, f32)) {
        match self {
            Rule::Share => push(0, value(values, 1)),
            Rule::Sign { form, of, .. } => {
                let value = of.value(values);
                match form {
                    Sign::OneColumn => push(0, value),
                    Sign::TwoColumns => {
                        push(0, -value);
                        push(1, value);
                    }
                }
            }
            Rule::Classes { is_softmax } => {
                for (class, value) in values {
                    if is_softmax || *value > 0.0 {
                        push(*class as usize, *value);
                    }
                }
            }
            Rule::Targets(n) => {
                let mut values = values.iter().peekable();
                for target in 0..n {
                    let found = values.next_if(|(other, _)| *other as usize == target);
                    push(target, found.map_or(0.0, |(_, value)| *value));
                }
            }
        }
    }
}

impl Difference {
    fn value(self, values: &[(u32, f32)]) -> f32 {
        match self {
            Difference::One => value(values, 0),
            Difference::Classes => value(values, 1) - value(values, 0),
        }
    }
}

/// What a leaf adds to a sum.
fn value(values: &[(u32, f32)], sum: u32) -> f32 {
    let found = values.iter().find(|(other, _)| *other == sum);
    found.map_or(0.0, |(_, value)| *value)
}
