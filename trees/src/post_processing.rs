//! From a row's sums to its label and values.

use crate::{forest::Aggregate, number::Number};

/// What happens to a row's sums after the last tree.
#[derive(Clone, Debug)]
pub(crate) struct PostProcessing<T> {
    pub(crate) rule: Rule,
    pub(crate) aggregate: Aggregate,
    pub(crate) transform: Transform,
    /// Added to the sums; empty, or one value a sum.
    pub(crate) base: Vec<T>,
}

/// How sums become a label and values. The two forms of a binary classifier are onnxruntime's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// Two classes and one sum `s`: class 1 if `s > 0.5`, or if a weight is negative, if `s > 0`.
    OneColumn {
        /// Whether no weight is below 0.
        non_negative: bool,
    },
    /// Two classes with a sum each: class 1 if its sum is above 0, even if the sum of class 0 is larger.
    TwoColumns,
    /// Three classes or more: the first with the largest sum among those that a reached leaf touches.
    Classes(usize),
    /// A regressor: no label.
    Targets(usize),
}

/// The operator's `post_transform`, without PROBIT, which is refused at load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transform {
    None,
    Logistic,
    Softmax,
    SoftmaxZero,
}

impl Rule {
    /// Sums a row.
    pub(crate) fn slots(self) -> usize {
        match self {
            Rule::OneColumn { .. } => 1,
            Rule::TwoColumns => 2,
            Rule::Classes(n) | Rule::Targets(n) => n,
        }
    }

    /// Values a row.
    pub(crate) fn width(self) -> usize {
        match self {
            Rule::OneColumn { .. } => 2,
            _ => self.slots(),
        }
    }

    pub(crate) fn is_classifier(self) -> bool {
        !matches!(self, Rule::Targets(_))
    }
}

impl<T: Number> PostProcessing<T> {
    /// Whether a row's two values are a number and the same with the other sign.
    pub(crate) fn gives_opposites(&self) -> bool {
        let rule = matches!(
            self.rule,
            Rule::OneColumn {
                non_negative: false
            }
        );
        rule && self.transform != Transform::Logistic
    }

    /// Turns sums into values, in place.
    ///
    /// `values` has room for [`Rule::width`] values a row; the sums are its first [`Rule::slots`] a row.
    /// `touched` says which sums a reached leaf has a weight for; it is empty if every leaf has all.
    pub(crate) fn apply(
        &self,
        n_trees: usize,
        touched: &[bool],
        labels: &mut [u32],
        values: &mut [T],
    ) {
        match self.rule {
            Rule::OneColumn { non_negative } => {
                self.one_column(non_negative, touched, labels, values);
            }
            Rule::TwoColumns => {
                for (row, label) in values.chunks_exact_mut(2).zip(labels) {
                    add(row, &self.base);
                    *label = u32::from(row[1] > T::ZERO);
                    self.transform.apply(row);
                }
            }
            Rule::Classes(n) => {
                // Base values touch every class.
                let touched = if self.base.is_empty() { touched } else { &[] };
                for (i, (row, label)) in values.chunks_exact_mut(n).zip(labels).enumerate() {
                    add(row, &self.base);
                    *label = largest(row, touched.get(i * n..(i + 1) * n));
                    self.transform.apply(row);
                }
            }
            Rule::Targets(n) => self.targets(n, n_trees, touched, values),
        }
    }

    /// Spreads one sum a row to two values a row: from the last row to the first, so that no sum is
    /// overwritten before it is read.
    fn one_column(
        &self,
        non_negative: bool,
        touched: &[bool],
        labels: &mut [u32],
        values: &mut [T],
    ) {
        for (i, label) in labels.iter_mut().enumerate().rev() {
            let mut sum = values[i];
            // onnxruntime adds no base value if no leaf has touched the class.
            if let Some(base) = self.base.first()
                && touched.get(i) != Some(&false)
            {
                sum = sum + *base;
            }
            *label = u32::from(sum > if non_negative { T::HALF } else { T::ZERO });
            let pair = match (self.transform, non_negative) {
                (Transform::Logistic, _) => [logistic(-sum), logistic(sum)],
                (_, true) => [T::ONE - sum, sum],
                (_, false) => [-sum, sum],
            };
            values[2 * i..2 * i + 2].copy_from_slice(&pair);
        }
    }

    fn targets(&self, n: usize, n_trees: usize, touched: &[bool], values: &mut [T]) {
        if self.aggregate == Aggregate::Average {
            let divisor = T::from_i64(n_trees as i64);
            values
                .iter_mut()
                .for_each(|value| *value = *value / divisor);
        }
        for (i, row) in values.chunks_exact_mut(n).enumerate() {
            add(row, &self.base);
            // onnxruntime leaves a target that no leaf touches at 0, without its base value.
            if let Some(touched) = touched.get(i * n..(i + 1) * n) {
                for (value, touched) in row.iter_mut().zip(touched) {
                    if !touched {
                        *value = T::ZERO;
                    }
                }
            }
            // onnxruntime transforms a single target by PROBIT only.
            if n > 1 {
                self.transform.apply(row);
            }
        }
    }
}

impl Transform {
    fn apply<T: Number>(self, row: &mut [T]) {
        match self {
            Transform::None => {}
            Transform::Logistic => row.iter_mut().for_each(|value| *value = logistic(*value)),
            Transform::Softmax => {
                let max = maximum(row);
                divide_by_sum(row, |value| (value - max).exp());
            }
            // ONNX's SOFTMAX_ZERO: a score of 0 stays 0. onnxruntime's bounds and factor.
            Transform::SoftmaxZero => {
                let max = maximum(row);
                let scale = (-max).exp();
                let tiny = T::from_f32(1e-7);
                let mut sum = T::ZERO;
                for value in row.iter_mut() {
                    if value.abs() > tiny {
                        *value = (*value - max).exp();
                        sum = sum + *value;
                    } else {
                        *value = *value * scale;
                    }
                }
                row.iter_mut().for_each(|value| *value = *value / sum);
            }
        }
    }
}

fn divide_by_sum<T: Number>(row: &mut [T], map: impl Fn(T) -> T) {
    let mut sum = T::ZERO;
    for value in row.iter_mut() {
        *value = map(*value);
        sum = sum + *value;
    }
    row.iter_mut().for_each(|value| *value = *value / sum);
}

/// The largest value of a row, which has at least one.
fn maximum<T: Number>(row: &[T]) -> T {
    row.iter()
        .skip(1)
        .fold(row[0], |a, b| if *b > a { *b } else { a })
}

/// 1 / (1 + exp(-x)), computed as onnxruntime does: from |x|, so that nothing overflows.
pub(crate) fn logistic<T: Number>(x: T) -> T {
    let value = T::ONE / (T::ONE + (-x.abs()).exp());
    if x < T::ZERO { T::ONE - value } else { value }
}

fn add<T: Number>(row: &mut [T], base: &[T]) {
    for (value, base) in row.iter_mut().zip(base) {
        *value = *value + *base;
    }
}

/// Position of the first largest value among the touched ones; 0 if none is touched.
fn largest<T: Number>(row: &[T], touched: Option<&[bool]>) -> u32 {
    let mut best: Option<(usize, T)> = None;
    for (i, value) in row.iter().enumerate() {
        let is_touched = touched.is_none_or(|touched| touched[i]);
        if is_touched && best.is_none_or(|(_, largest)| *value > largest) {
            best = Some((i, *value));
        }
    }
    best.map_or(0, |(i, _)| i as u32)
}
