//! The two number types that trees compare and sum in.

use std::{
    fmt::Debug,
    ops::{Add, Div, Mul, Neg, Sub},
};

/// float32 or float64.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Float {
    Single,
    Double,
}

/// `f32` or `f64`.
pub(crate) trait Number:
    Copy
    + Default
    + PartialOrd
    + Debug
    + Send
    + Sync
    + Add<Output = Self>
    + Sub<Output = Self>
    + Div<Output = Self>
    + Mul<Output = Self>
    + Neg<Output = Self>
    + 'static
{
    const ZERO: Self;
    const ONE: Self;
    const HALF: Self;
    const INFINITY: Self;
    const NAN: Self;
    const FLOAT: Float;

    fn is_missing(self) -> bool;
    /// The next smaller number; minus infinity and NaN stay as they are.
    fn below(self) -> Self;
    fn exp(self) -> Self;
    fn abs(self) -> Self;
    fn from_f32(value: f32) -> Self;
    fn from_f64(value: f64) -> Self;
    fn from_i64(value: i64) -> Self;
    fn to_f64(self) -> f64;
    /// The vector of this type in a buffer.
    fn of(buffer: &mut Buffer) -> &mut Vec<Self>;
}

/// A reusable vector of either type.
#[derive(Clone, Debug, Default)]
pub(crate) struct Buffer {
    single: Vec<f32>,
    double: Vec<f64>,
}

macro_rules! number {
    ($type:ty, $float:ident, $buffer:ident) => {
        impl Number for $type {
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            const HALF: Self = 0.5;
            const INFINITY: Self = <$type>::INFINITY;
            const NAN: Self = <$type>::NAN;
            const FLOAT: Float = Float::$float;

            #[inline(always)]
            fn is_missing(self) -> bool {
                self.is_nan()
            }
            fn below(self) -> Self {
                self.next_down()
            }
            fn exp(self) -> Self {
                <$type>::exp(self)
            }
            fn abs(self) -> Self {
                <$type>::abs(self)
            }
            fn from_f32(value: f32) -> Self {
                value as Self
            }
            fn from_f64(value: f64) -> Self {
                value as Self
            }
            fn from_i64(value: i64) -> Self {
                value as Self
            }
            #[inline(always)]
            fn to_f64(self) -> f64 {
                self as f64
            }
            fn of(buffer: &mut Buffer) -> &mut Vec<Self> {
                &mut buffer.$buffer
            }
        }
    };
}

number!(f32, Single, single);
number!(f64, Double, double);
