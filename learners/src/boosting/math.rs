//! `exp` and `ln` of our own: loops over them vectorise, and their bits are the same on every system, which those of
//! libm are not. A model depends on them, and the same rows have to give the same model everywhere.
//!
//! | function | error, in units in the last place |
//! | --- | --- |
//! | [`exp_f32`], [`ln_f32`] | at most 1 |
//! | [`ln_f64`] | at most 1 |
//! | [`ln_1p`], and [`ln`] of a float32 | 1/2 and a little: computed in float64, rounded once |
//!
//! Infinities, zeros, subnormal numbers and NaN are as in IEEE 754. All are Taylor series on a short interval; their
//! coefficients need no table of constants. Nothing here is a fused multiply-add, so that machines with and without it agree.

/// Adding it to a small number rounds that to a whole number, which the low bits then hold.
const ROUND: f32 = 12_582_912.0; // 1.5 * 2^23

/// ln 2 in two parts, of which the first has so few bits that a small multiple of it is exact.
const LN_2_F32: (f32, f32) = (0.693_359_4, -2.121_944_4e-4);
const LN_2_F64: (f64, f64) = (0.693_147_180_369_123_8, 1.908_214_929_270_587_7e-10);

/// e^x.
#[inline]
pub(super) fn exp_f32(x: f32) -> f32 {
    let x = x.clamp(-104.0, 89.0);
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = (x - n * LN_2_F32.0) - n * LN_2_F32.1;
    // |r| <= ln 2 / 2: the remainder of the series is below 2^-27.
    let mut series = 1.0 / 5_040.0;
    for coefficient in [1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5] {
        series = series * r + coefficient;
    }
    let e_r = 1.0 + (r + r * r * series);
    // 2^n in two factors: n is -150 to 128, more than an exponent holds.
    let n = (shifted.to_bits() as i32).wrapping_sub(ROUND.to_bits() as i32);
    let half = n >> 1;
    let power = |n: i32| f32::from_bits((n.wrapping_add(127) as u32) << 23);
    e_r * power(half) * power(n.wrapping_sub(half))
}

/// The natural logarithm of x.
#[inline]
pub(super) fn ln_f32(x: f32) -> f32 {
    let is_subnormal = x < f32::MIN_POSITIVE;
    let scaled = if is_subnormal { x * 8_388_608.0 } else { x }; // 2^23
    // x = 2^k (1 + f), and 1 + f is between the roots of 1/2 and 2.
    let bits = scaled.to_bits();
    let k = (bits.wrapping_sub(0x3f35_04f3) as i32) >> 23;
    let f = f32::from_bits(bits.wrapping_sub((k as u32) << 23)) - 1.0;
    let k = k as f32 - if is_subnormal { 23.0 } else { 0.0 };
    // ln(1 + f) = 2 artanh(s) = 2 s + s (2/3 s^2 + 2/5 s^4 + ...), and 2 s = f - f^2 / 2 + s f^2 / 2.
    let s = f / (2.0 + f);
    let z = s * s;
    let mut series = 2.0 / 11.0;
    for coefficient in [2.0 / 9.0, 2.0 / 7.0, 2.0 / 5.0, 2.0 / 3.0] {
        series = series * z + coefficient;
    }
    let half_square = 0.5 * f * f;
    let low = s * (half_square + z * series) + k * LN_2_F32.1;
    let ln = k * LN_2_F32.0 - ((half_square - low) - f);
    let ln = if x == 0.0 { f32::NEG_INFINITY } else { ln };
    let ln = if x == f32::INFINITY { x } else { ln };
    if x >= 0.0 { ln } else { f32::NAN }
}

/// The natural logarithm of x.
#[inline]
pub(super) fn ln_f64(x: f64) -> f64 {
    let is_subnormal = x < f64::MIN_POSITIVE;
    let scaled = if is_subnormal {
        x * 4_503_599_627_370_496.0
    } else {
        x
    }; // 2^52
    let bits = scaled.to_bits();
    let k = (bits.wrapping_sub(0x3fe6_a09e_667f_3bcd) as i64) >> 52;
    let f = f64::from_bits(bits.wrapping_sub((k as u64) << 52)) - 1.0;
    let k = k as f64 - if is_subnormal { 52.0 } else { 0.0 };
    let s = f / (2.0 + f);
    let z = s * s;
    let mut series = 2.0 / 23.0;
    for odd in [21.0, 19.0, 17.0, 15.0, 13.0, 11.0, 9.0, 7.0, 5.0, 3.0] {
        series = series * z + 2.0 / odd;
    }
    let half_square = 0.5 * f * f;
    let low = s * (half_square + z * series) + k * LN_2_F64.1;
    let ln = k * LN_2_F64.0 - ((half_square - low) - f);
    let ln = if x == 0.0 { f64::NEG_INFINITY } else { ln };
    let ln = if x == f64::INFINITY { x } else { ln };
    if x >= 0.0 { ln } else { f64::NAN }
}

/// The natural logarithm of x, rounded once.
#[inline]
pub(super) fn ln(x: f32) -> f32 {
    ln_f64(f64::from(x)) as f32
}

/// The natural logarithm of 1 + x, exact also where 1 + x rounds to 1.
#[inline]
pub(super) fn ln_1p(x: f32) -> f32 {
    let x = f64::from(x);
    let y = 1.0 + x;
    let ln = ln_f64(y);
    let lost = x - (y - 1.0);
    if y > 0.0 && y < f64::INFINITY {
        (ln + lost / y) as f32
    } else {
        ln as f32
    }
}

/// The logistic function, with the bound on the exponent and the tiny summand that XGBoost has in it.
#[inline]
pub(super) fn sigmoid(margin: f32) -> f32 {
    1.0 / (exp_f32((-margin).min(88.7)) + 1.0 + 1e-16)
}

#[cfg(test)]
mod tests;
