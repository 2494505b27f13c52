//! The steps around tree operators: arithmetic on numbers, and on the numbers of a row.
//!
//! All numbers are kept as float64. A float32 result is rounded to float32, which gives what float32
//! arithmetic gives: float64 has more than twice its digits. Whole numbers and truth values are exact.

use crate::{number::Float, post_processing::logistic};

/// One step. Positions are those of earlier steps.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// The features, cast to these types one after the other.
    Features(Vec<Float>),
    /// The values of the tree operator of this position.
    Trees(usize),
    /// The same number everywhere.
    Fill(f64),
    /// On each number.
    Unary(Unary, usize),
    /// On each pair of numbers, with a result that is rounded to float32 or not.
    Binary(Binary, Float, Operand, Operand),
    /// The second operand where the first is true, else the third. Boxed, as other steps are smaller.
    Select(Box<[Operand; 3]>),
    /// The values of these steps, side by side.
    Join(Vec<usize>),
    /// These numbers of a row.
    Columns(usize, Vec<u32>),
    /// The numbers of a row at the positions that a second step gives.
    Take(usize, usize),
    /// The numbers of a list at the positions that a step gives.
    Lookup(Vec<f64>, usize),
    /// Sums over `n` numbers that are `inner` apart.
    Reduce {
        of: usize,
        n: usize,
        inner: usize,
        mean: bool,
        float: Float,
    },
    /// Position of a row's largest (or least) number; of several the first (or last).
    Extreme { of: usize, least: bool, last: bool },
    /// Positions of a row's numbers, the first of them the largest (or least) ones; of equal ones the first
    /// comes first. As many as the step is wide.
    Order { of: usize, least: bool },
    /// Sums of a row's first number, its first two, and so on.
    Accumulate(usize, Float),
    /// The numbers of a row, in float32, divided by their norm if it isn't 0.
    Normalize(usize, Norm),
}

/// What a step takes: either one number a row, or as many as the step is wide.
#[derive(Clone, Debug)]
pub(crate) enum Operand {
    Step(usize),
    /// The same in every row.
    Constant(Box<[f64]>),
}

impl Operand {
    fn each_source(&mut self, each: &mut impl FnMut(&mut usize)) {
        if let Operand::Step(step) = self {
            each(step);
        }
    }
}

/// An operator on a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Unary {
    /// To float32.
    Round,
    /// To int32; what it doesn't hold becomes its least number, as x86 processors do it.
    Int32,
    /// Likewise to int64.
    Int64,
    IsNotZero,
    IsMissing,
    Exp(Float),
    Sigmoid(Float),
}

/// An operator on two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Binary {
    Add,
    Subtract,
    Multiply,
    Divide,
    Equal,
    Greater,
    Less,
    /// The first number, or the second if the first is below it.
    AtLeast,
    /// The first number, or the second if the first is above it.
    AtMost,
}

/// What the numbers of a row are divided by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Norm {
    /// The largest number, not the largest absolute one.
    Max,
    /// The sum of the absolute numbers.
    L1,
    /// The square root of the sum of the squares.
    L2,
}

/// The values of earlier steps for a block of rows.
pub(super) struct Values<'a> {
    pub(super) n_rows: usize,
    pub(super) values: &'a [Vec<f64>],
    pub(super) widths: &'a [usize],
}

impl Values<'_> {
    /// The rows of a step's value.
    fn rows(&self, step: usize) -> impl Iterator<Item = &[f64]> {
        self.values[step].chunks_exact(self.widths[step])
    }

    /// What an operand is in a row.
    fn row<'a>(&'a self, operand: &'a Operand, row: usize) -> &'a [f64] {
        match operand {
            Operand::Constant(numbers) => numbers,
            Operand::Step(step) => {
                let width = self.widths[*step];
                &self.values[*step][row * width..(row + 1) * width]
            }
        }
    }
}

impl Step {
    /// Calls `each` with the position of every step that this one takes.
    pub(crate) fn each_source(&mut self, mut each: impl FnMut(&mut usize)) {
        match self {
            Step::Features(_) | Step::Trees(_) | Step::Fill(_) => {}
            Step::Unary(_, of)
            | Step::Columns(of, _)
            | Step::Lookup(_, of)
            | Step::Reduce { of, .. }
            | Step::Extreme { of, .. }
            | Step::Order { of, .. }
            | Step::Accumulate(of, _)
            | Step::Normalize(of, _) => each(of),
            Step::Take(a, b) => [a, b].into_iter().for_each(each),
            Step::Join(steps) => steps.iter_mut().for_each(each),
            Step::Binary(_, _, a, b) => [a, b].into_iter().for_each(|a| a.each_source(&mut each)),
            Step::Select(operands) => operands.iter_mut().for_each(|a| a.each_source(&mut each)),
        }
    }

    /// The value for a block of rows, `width` numbers a row, into `into`, in place of what it held.
    pub(super) fn compute(&self, values: &Values<'_>, width: usize, into: &mut Vec<f64>) {
        into.clear();
        match self {
            Step::Features(_) | Step::Trees(_) => unreachable!("computed from the features"),
            Step::Fill(number) => into.resize(values.n_rows * width, *number),
            Step::Unary(unary, of) => {
                let numbers = values.values[*of].iter();
                into.extend(numbers.map(|number| unary.apply(*number)));
            }
            Step::Binary(binary, float, a, b) => {
                for row in 0..values.n_rows {
                    let (a, b) = (values.row(a, row), values.row(b, row));
                    let numbers = (0..width).map(|i| binary.apply(pick(a, i), pick(b, i)));
                    into.extend(numbers.map(|number| round(number, *float)));
                }
            }
            Step::Select(operands) => {
                let [condition, a, b] = &**operands;
                for row in 0..values.n_rows {
                    let condition = values.row(condition, row);
                    let (a, b) = (values.row(a, row), values.row(b, row));
                    into.extend((0..width).map(|i| {
                        let chosen = if pick(condition, i) != 0.0 { a } else { b };
                        pick(chosen, i)
                    }));
                }
            }
            Step::Join(steps) => {
                for row in 0..values.n_rows {
                    for step in steps {
                        let width = values.widths[*step];
                        let numbers = &values.values[*step][row * width..(row + 1) * width];
                        into.extend_from_slice(numbers);
                    }
                }
            }
            Step::Columns(of, columns) => {
                for row in values.rows(*of) {
                    into.extend(columns.iter().map(|column| row[*column as usize]));
                }
            }
            Step::Take(of, at) => {
                for (row, at) in values.rows(*of).zip(values.rows(*at)) {
                    into.extend(at.iter().map(|position| row[*position as usize]));
                }
            }
            Step::Lookup(list, at) => {
                let positions = values.values[*at].iter();
                into.extend(positions.map(|position| list[*position as usize]));
            }
            Step::Reduce {
                of,
                n,
                inner,
                mean,
                float,
            } => {
                for group in values.values[*of].chunks_exact(n * inner) {
                    into.extend((0..*inner).map(|i| {
                        let numbers = group.iter().skip(i).step_by(*inner);
                        let sum = numbers.copied().reduce(|a, b| round(a + b, *float));
                        let sum = sum.unwrap_or(0.0);
                        if *mean {
                            round(sum / *n as f64, *float)
                        } else {
                            sum
                        }
                    }));
                }
            }
            Step::Extreme { of, least, last } => {
                into.extend(
                    values
                        .rows(*of)
                        .map(|row| extreme(row, *least, *last) as f64),
                );
            }
            Step::Order { of, least } => {
                let mut order = Vec::new();
                for row in values.rows(*of) {
                    order.clear();
                    order.extend(0..row.len());
                    order.sort_by(|a, b| {
                        let order = in_order(row[*a], row[*b]);
                        if *least { order } else { order.reverse() }
                    });
                    into.extend(order[..width].iter().map(|position| *position as f64));
                }
            }
            Step::Accumulate(of, float) => {
                for row in values.rows(*of) {
                    let mut sum = 0.0;
                    into.extend(row.iter().map(|number| {
                        sum = round(sum + number, *float);
                        sum
                    }));
                }
            }
            Step::Normalize(of, norm) => {
                for row in values.rows(*of) {
                    norm.apply(row, into);
                }
            }
        }
    }
}

/// A row's number `i`, or its only one.
fn pick(row: &[f64], i: usize) -> f64 {
    if let [only] = row { *only } else { row[i] }
}

fn round(number: f64, float: Float) -> f64 {
    match float {
        Float::Single => f64::from(number as f32),
        Float::Double => number,
    }
}

/// A comparison with NaN is false, so that NaN counts if it comes first.
fn extreme(row: &[f64], least: bool, last: bool) -> usize {
    let mut best = 0;
    for (i, number) in row.iter().enumerate().skip(1) {
        let is_better = if least {
            *number < row[best]
        } else {
            *number > row[best]
        };
        if is_better || last && *number == row[best] {
            best = i;
        }
    }
    best
}

/// A total order, in which 0 and -0 are equal and NaN is above all other numbers.
fn in_order(a: f64, b: f64) -> std::cmp::Ordering {
    let missing = a.is_nan().cmp(&b.is_nan());
    a.partial_cmp(&b).unwrap_or(missing)
}

impl Unary {
    fn apply(self, number: f64) -> f64 {
        match self {
            Unary::Round => f64::from(number as f32),
            Unary::Int32 => whole(number, f64::from(i32::MIN)),
            Unary::Int64 => whole(number, i64::MIN as f64),
            Unary::IsNotZero => f64::from(u8::from(number != 0.0)),
            Unary::IsMissing => f64::from(u8::from(number.is_nan())),
            Unary::Exp(Float::Single) => f64::from((number as f32).exp()),
            Unary::Exp(Float::Double) => number.exp(),
            Unary::Sigmoid(Float::Single) => f64::from(logistic(number as f32)),
            Unary::Sigmoid(Float::Double) => logistic(number),
        }
    }
}

/// The whole part of a number from `least` to below `-least`; of any other `least`.
fn whole(number: f64, least: f64) -> f64 {
    let number = number.trunc();
    // Not -0: whole numbers have one 0.
    if number >= least && number < -least {
        number + 0.0
    } else {
        least
    }
}

impl Binary {
    fn apply(self, a: f64, b: f64) -> f64 {
        let truth = |holds: bool| f64::from(u8::from(holds));
        match self {
            Binary::Add => a + b,
            Binary::Subtract => a - b,
            Binary::Multiply => a * b,
            Binary::Divide => a / b,
            Binary::Equal => truth(a == b),
            Binary::Greater => truth(a > b),
            Binary::Less => truth(a < b),
            Binary::AtLeast => {
                if a < b {
                    b
                } else {
                    a
                }
            }
            Binary::AtMost => {
                if a > b {
                    b
                } else {
                    a
                }
            }
        }
    }

    /// Whether the result is a truth value.
    pub(crate) fn is_comparison(self) -> bool {
        matches!(self, Binary::Equal | Binary::Greater | Binary::Less)
    }
}

impl Norm {
    /// As onnxruntime does it: in float32, from the first number to the last.
    fn apply(self, row: &[f64], into: &mut Vec<f64>) {
        let single = |number: &f64| *number as f32;
        let square = |number: &f64| (number * number) as f32;
        let norm = match self {
            Norm::Max => {
                row.iter().map(single).fold(
                    f32::MIN,
                    |most, number| {
                        if most < number { number } else { most }
                    },
                )
            }
            Norm::L1 => row.iter().map(|number| single(number).abs()).sum(),
            Norm::L2 => row.iter().map(square).sum(),
        };
        into.extend(row.iter().map(|number| {
            f64::from(match self {
                _ if norm == 0.0 => single(number),
                Norm::Max | Norm::L1 => single(number) / norm,
                Norm::L2 if *number < 0.0 => -(square(number) / norm).sqrt(),
                Norm::L2 => (square(number) / norm).sqrt(),
            })
        }));
    }
}
