use super::*;

/// Distance in units in the last place; libm's float64 functions are the reference for float32.
fn ulps_f32(found: f32, exact: f64) -> f64 {
    let nearest = exact as f32;
    if !nearest.is_finite() || !found.is_finite() {
        return if found == nearest || (found.is_nan() && nearest.is_nan()) {
            0.0
        } else {
            f64::INFINITY
        };
    }
    let ulp = f64::from(nearest.abs().max(f32::MIN_POSITIVE).next_up())
        - f64::from(nearest.abs().max(f32::MIN_POSITIVE));
    (f64::from(found) - exact).abs() / ulp
}

fn ulps_f64(found: f64, reference: f64) -> u64 {
    if found == reference || (found.is_nan() && reference.is_nan()) {
        return 0;
    }
    found.to_bits().abs_diff(reference.to_bits())
}

/// A float32 of every exponent and sign, a million of them.
fn floats() -> impl Iterator<Item = f32> {
    (0..=u32::MAX).step_by(4_099).map(f32::from_bits)
}

#[test]
fn float32_is_within_one_unit() {
    let (mut exp, mut ln, mut ln_once, mut ln_1p_once) = (0_f64, 0_f64, 0_f64, 0_f64);
    for x in floats() {
        exp = exp.max(ulps_f32(exp_f32(x), f64::from(x).exp()));
        ln = ln.max(ulps_f32(ln_f32(x), f64::from(x).ln()));
        ln_once = ln_once.max(ulps_f32(super::ln(x), f64::from(x).ln()));
        ln_1p_once = ln_1p_once.max(ulps_f32(ln_1p(x), f64::from(x).ln_1p()));
    }
    for i in -90_000..90_000 {
        let x = i as f32 * 1e-3;
        exp = exp.max(ulps_f32(exp_f32(x), f64::from(x).exp()));
    }
    assert!(exp <= 1.0, "exp_f32: {exp}");
    assert!(ln <= 1.0, "ln_f32: {ln}");
    assert!(ln_once <= 0.501, "ln: {ln_once}");
    assert!(ln_1p_once <= 0.501, "ln_1p: {ln_1p_once}");
}

#[test]
fn float64_is_within_two_units_of_libm() {
    // libm's own is within one unit.
    let mut ln = 0;
    for i in 0..100_000_u64 {
        let x = f64::from_bits(i * (0x7ff0_0000_0000_0000 / 100_000));
        ln = ln.max(ulps_f64(ln_f64(x), x.ln()));
        let x = 0.5 + i as f64 * 1.5e-5;
        ln = ln.max(ulps_f64(ln_f64(x), x.ln()));
    }
    assert!(ln <= 2, "ln_f64: {ln}");
}

#[test]
fn ends_are_as_in_ieee_754() {
    assert_eq!(exp_f32(f32::INFINITY), f32::INFINITY);
    assert_eq!(exp_f32(f32::NEG_INFINITY), 0.0);
    assert!(exp_f32(f32::NAN).is_nan());
    for x in [0.0, -0.0] {
        assert_eq!(ln_f32(x), f32::NEG_INFINITY);
        assert_eq!(ln_f64(f64::from(x)), f64::NEG_INFINITY);
        assert_eq!(exp_f32(x), 1.0);
    }
    assert!(
        ln_f32(-1.0).is_nan() && ln_f64(f64::NEG_INFINITY).is_nan() && ln_f32(f32::NAN).is_nan()
    );
    assert_eq!(ln_f64(f64::INFINITY), f64::INFINITY);
    assert_eq!(ln_1p(-1.0), f32::NEG_INFINITY);
    assert_eq!(ln_1p(f32::INFINITY), f32::INFINITY);
    assert!(ln_1p(-1.5).is_nan());
}

/// These are the promise that models are equal everywhere: bits as they are, not as the machine's libm has them.
#[test]
fn bits_are_pinned() {
    let sum = |f: fn(f32) -> f32| {
        floats().fold(0_u64, |hash, x| {
            let y = f(x);
            let bits = if y.is_nan() { 0 } else { y.to_bits() };
            hash.wrapping_mul(0x9e37_79b9_7f4a_7c15)
                .wrapping_add(u64::from(bits))
        })
    };
    assert_eq!(
        [sum(exp_f32), sum(ln_f32), sum(ln_1p), sum(sigmoid)],
        [
            8467192671248212255,
            8579007581619099655,
            6836429095614549531,
            8095377445642467901
        ]
    );
}
