//! What names of the graph stand for while it is read.

use std::rc::Rc;

use algorithm::Labels;

use super::super::tensor::{DataType, Tensor};
use crate::{computation::LabelSource, number::Float};

/// What a name of the graph stands for.
#[derive(Clone, Debug)]
pub(super) enum Meaning<'a> {
    /// The features, cast to these types one after the other.
    Features(Vec<Float>),
    /// Numbers.
    Value(Value),
    /// Labels of a classifier.
    Labels(ClassLabels),
    /// Numbers that `ZipMap` gave labels, which are those of the graph if all is well.
    Map(Value, Rc<(String, Labels)>),
    /// The shape of a value.
    Shape(Shape),
    Constant(Tensor<'a>),
}

/// Numbers that a step computes.
#[derive(Clone, Debug)]
pub(super) struct Value {
    pub(super) step: usize,
    pub(super) shape: Shape,
    pub(super) element: DataType,
    pub(super) fact: Fact,
    /// The tree operator, if these are the scores of a classifier, for each class one.
    pub(super) classifier: Option<usize>,
}

/// One label a row.
#[derive(Clone, Debug)]
pub(super) struct ClassLabels {
    pub(super) source: LabelSource,
    pub(super) labels: Rc<Labels>,
    pub(super) element: DataType,
    pub(super) shape: Shape,
    /// What they were chosen by.
    pub(super) scores: Value,
}

/// What is known about numbers beyond their type. A row's numbers are those of its last dimension.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Fact {
    Nothing,
    /// This number everywhere.
    Constant(f64),
    /// From 0 to this.
    Within(f64),
    /// 1 minus the value of a step whose numbers are from 0 to 1.
    Complement(usize),
    /// From 0 up, and a row's numbers add up to this.
    Shares(f64),
    /// Two numbers a row, one the other with the other sign.
    Opposites,
    /// Truth values, one of a row's is true.
    OneTrue,
    /// Whole numbers from 0 to below this.
    Position(usize),
    /// The sums of the rows of this step's value.
    SumOf(usize),
    /// Whether such a sum is 0.
    IsZeroSumOf(usize),
}

/// The dimensions of a value. One of them is the number of rows times a number that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    /// Of the dimension of the rows, that number.
    pub(super) dimensions: Vec<usize>,
    /// Which dimension is that of the rows.
    pub(super) rows: usize,
}

impl Meaning<'_> {
    /// In words, for errors.
    pub(super) fn describe(&self) -> &'static str {
        match self {
            Meaning::Features(_) => "features",
            Meaning::Value(_) => "numbers",
            Meaning::Labels(_) => "labels",
            Meaning::Map(..) => "maps",
            Meaning::Shape(_) => "a shape",
            Meaning::Constant(_) => "a constant",
        }
    }
}

impl Shape {
    /// Rows of `columns` numbers.
    pub(super) fn matrix(columns: usize) -> Self {
        Self {
            dimensions: vec![1, columns],
            rows: 0,
        }
    }

    pub(super) fn rank(&self) -> usize {
        self.dimensions.len()
    }

    /// Numbers a row. Those who make a shape see to it that the product does not overflow.
    pub(super) fn width(&self) -> usize {
        self.dimensions.iter().product()
    }

    /// Whether the numbers of a row follow each other, so that a row of any other such shape with as many
    /// numbers has the same.
    pub(super) fn is_by_rows(&self) -> bool {
        self.dimensions[..self.rows].iter().all(|size| *size == 1)
    }

    /// The number of columns, if this is a matrix whose rows are those of the input.
    pub(super) fn columns(&self) -> Option<usize> {
        match (self.dimensions.as_slice(), self.rows) {
            ([1, columns], 0) => Some(*columns),
            _ => None,
        }
    }

    /// The size of the last dimension, if that is not the one of the rows and a row has no other.
    pub(super) fn last(&self) -> Option<usize> {
        let (last, others) = self.dimensions.split_last()?;
        let is_other = self.rows < others.len() && others.iter().all(|size| *size == 1);
        is_other.then_some(*last)
    }

    /// With another size of the last dimension.
    pub(super) fn with_last(&self, size: usize) -> Self {
        let mut shape = self.clone();
        if let Some(last) = shape.dimensions.last_mut() {
            *last = size;
        }
        shape
    }

    /// Without a dimension that is not the one of the rows, or with size 1 in its place.
    pub(super) fn reduced(&self, axis: usize, keeps: bool) -> Self {
        let mut shape = self.clone();
        if keeps {
            shape.dimensions[axis] = 1;
        } else {
            shape.dimensions.remove(axis);
            shape.rows -= usize::from(axis < shape.rows);
        }
        shape
    }
}

impl Fact {
    /// What is known after the numbers took another shape.
    pub(super) fn reshaped(self, from: &Shape, to: &Shape) -> Self {
        let last = |shape: &Shape| {
            (shape.rows + 1 < shape.rank()).then(|| shape.dimensions.last().copied())
        };
        match self {
            Fact::Shares(_) | Fact::Opposites | Fact::OneTrue if last(from) != last(to) => {
                Fact::Nothing
            }
            fact => fact,
        }
    }

    /// What is known after a multiplication.
    pub(super) fn times(self, factor: f64) -> Self {
        match self {
            Fact::Opposites => Fact::Opposites,
            Fact::Within(most) if factor >= 0.0 => Fact::Within(most * factor),
            Fact::Shares(sum) if factor >= 0.0 => Fact::Shares(sum * factor),
            _ => Fact::Nothing,
        }
    }

    /// What is known about some of the numbers.
    pub(super) fn of_some(self) -> Self {
        match self {
            Fact::Shares(sum) => Fact::Within(sum),
            Fact::Constant(_) | Fact::Within(_) | Fact::Position(_) => self,
            _ => Fact::Nothing,
        }
    }

    /// Whether no number is below 0.
    pub(super) fn is_not_negative(self) -> bool {
        matches!(self, Fact::Within(_) | Fact::Shares(_) | Fact::Position(_))
    }

    pub(super) fn is_probabilities(self) -> bool {
        matches!(self, Fact::Shares(sum) if (sum - 1.0).abs() < 1e-3)
    }
}
