//! The two number types that trees compare and sum in.

use std::fmt::Debug;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// float32 or float64, as the model's input type has it.
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
    const IS_DOUBLE: bool;

    fn is_missing(self) -> bool;
    /// The largest number below; minus infinity and NaN stay.
    fn below(self) -> Self;
    fn exp(self) -> Self;
    fn abs(self) -> Self;
    fn from_f32(value: f32) -> Self;
    fn from_f64(value: f64) -> Self;
    fn from_i64(value: i64) -> Self;
    fn to_f64(self) -> f64;
}

macro_rules! number {
    ($type:ty) => {
        impl Number for $type {
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            const HALF: Self = 0.5;
            const INFINITY: Self = <$type>::INFINITY;
            const NAN: Self = <$type>::NAN;
            const IS_DOUBLE: bool = size_of::<$type>() == 8;

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
        }
    };
}

number!(f32);
number!(f64);
