use super::*;
use crate::{boosting::Labelled, histogram::GradientPair};

fn objective(name: &str, scale_pos_weight: f64) -> Objective {
    let settings = Settings {
        num_class: 4,
        scale_pos_weight,
        ..Settings::default()
    };
    Objective::new(name, &settings).unwrap()
}

fn near(found: f32, expected: f32) -> bool {
    found == expected || (found - expected).abs() <= 2e-6 * expected.abs()
}

/// By XGBoost 3.2, from its models of one row with the margin for a base margin, whose root has h and -g / (h + 1000):
/// objective, `scale_pos_weight`, and rows of margin, label, weight, g and h.
#[rustfmt::skip]
const GRADIENTS: &[(&str, f64, [[f32; 5]; 5])] = &[
    ("reg:squarederror", 1.0, [[-2.5, -1.5, 1.0, -1.0, 1.0], [-0.75, 1.0, 2.0, -3.5, 2.0], [0.0, 0.25, 1.0, -0.25, 1.0], [0.3, 3.0, 0.5, -1.35, 0.5], [1.5, 1.0, 1.0, 0.5, 1.0]]),
    ("reg:squarederror", 3.0, [[-2.5, -1.5, 1.0, -1.0, 1.0], [-0.75, 1.0, 2.0, -10.5, 6.0], [0.0, 0.25, 1.0, -0.25, 1.0], [0.3, 3.0, 0.5, -1.35, 0.5], [1.5, 1.0, 1.0, 1.5, 3.0]]),
    ("reg:squaredlogerror", 1.0, [[-2.5, -0.5, 1.0, -1.293738e+07, 1.374179e+13], [-0.75, 1.0, 2.0, -16.63553, 98.54213], [0.0, 0.25, 1.0, -0.2231436, 1.223144], [0.3, 3.0, 0.5, -0.4322808, 0.6283817], [1.5, 0.0, 1.0, 0.3665163, 0.01339348]]),
    ("reg:pseudohubererror", 1.0, [[-2.5, -1.5, 1.0, -std::f32::consts::FRAC_1_SQRT_2, 0.3535534], [-0.75, 1.0, 2.0, -1.736486, 0.244253], [0.0, 0.25, 1.0, -0.2425356, 0.9130753], [0.3, 3.0, 0.5, -0.4688744, 0.02094779], [1.5, 1.0, 1.0, 0.4472136, 0.7155418]]),
    ("reg:absoluteerror", 1.0, [[-2.5, -3.5, 1.0, 1.0, 1.0], [-0.75, 1.0, 2.0, -2.0, 2.0], [0.0, 0.0, 1.0, 0.0, 1.0], [0.3, 3.0, 0.5, -0.5, 0.5], [1.5, 1.0, 1.0, 1.0, 1.0]]),
    ("reg:gamma", 1.0, [[-2.5, 0.5, 1.0, -5.091247, 6.091247], [-0.75, 1.0, 2.0, -2.234, 4.234], [0.0, 0.25, 1.0, 0.75, 0.25], [0.3, 3.0, 0.5, -0.6112273, 1.111227], [1.5, 1.0, 1.0, 0.7768698, 0.2231302]]),
    ("reg:gamma", 3.0, [[-2.5, 0.5, 1.0, -5.091247, 6.091247], [-0.75, 1.0, 2.0, -6.702001, 12.702], [0.0, 0.25, 1.0, 0.75, 0.25], [0.3, 3.0, 0.5, -0.6112273, 1.111227], [1.5, 1.0, 1.0, 2.33061, 0.6693905]]),
    ("reg:tweedie", 1.0, [[-2.5, 0.0, 1.0, 0.2865048, 0.1432524], [-0.75, 1.0, 2.0, -1.535404, 2.142281], [0.0, 0.25, 1.0, 0.75, 0.625], [0.3, 3.0, 0.5, -0.7101449, 0.9359896], [1.5, 1.0, 1.0, 1.644634, 1.294683]]),
    ("count:poisson", 1.0, [[-2.5, 0.0, 1.0, 0.082085, 0.1652989], [-0.75, 1.0, 2.0, -1.055267, 1.902459], [0.0, 2.0, 1.0, -1.0, 2.013753], [0.3, 3.0, 0.5, -0.8250706, 1.359141], [1.5, 1.0, 1.0, 3.481689, 9.025014]]),
    ("reg:logistic", 1.0, [[-2.5, 0.0, 1.0, 0.07585817, 0.07010371], [-0.75, 1.0, 2.0, -1.358358, 0.43579], [0.0, 0.25, 1.0, 0.25, 0.25], [0.3, 1.0, 0.5, -0.2127787, 0.1222292], [1.5, 0.0, 1.0, 0.8175744, 0.1491465]]),
    ("binary:logistic", 1.0, [[-2.5, 0.0, 1.0, 0.07585817, 0.07010371], [-0.75, 1.0, 2.0, -1.358358, 0.43579], [0.0, 0.25, 1.0, 0.25, 0.25], [0.3, 1.0, 0.5, -0.2127787, 0.1222292], [1.5, 0.0, 1.0, 0.8175744, 0.1491465]]),
    ("binary:logistic", 3.0, [[-2.5, 0.0, 1.0, 0.07585817, 0.07010371], [-0.75, 1.0, 2.0, -4.075072, 1.30737], [0.0, 0.25, 1.0, 0.25, 0.25], [0.3, 1.0, 0.5, -0.6383362, 0.3666875], [1.5, 0.0, 1.0, 0.8175744, 0.1491465]]),
    ("binary:logitraw", 1.0, [[-2.5, 0.0, 1.0, 0.07585817, 0.07010371], [-0.75, 1.0, 2.0, -1.358358, 0.43579], [0.0, 0.25, 1.0, 0.25, 0.25], [0.3, 1.0, 0.5, -0.2127787, 0.1222292], [1.5, 0.0, 1.0, 0.8175744, 0.1491465]]),
    ("binary:hinge", 1.0, [[-2.5, 0.0, 1.0, 0.0, 1.175494e-38], [-0.75, 1.0, 2.0, -2.0, 2.0], [0.0, 0.0, 1.0, 1.0, 1.0], [0.3, 1.0, 0.5, -0.5, 0.5], [1.5, 1.0, 1.0, 0.0, 1.175494e-38]]),
    ("binary:hinge", 3.0, [[-2.5, 0.0, 1.0, 0.0, 1.175494e-38], [-0.75, 1.0, 2.0, -2.0, 2.0], [0.0, 0.0, 1.0, 1.0, 1.0], [0.3, 1.0, 0.5, -0.5, 0.5], [1.5, 1.0, 1.0, 0.0, 1.175494e-38]]),
];

#[test]
fn gradients_are_xgboosts() {
    for &(name, scale_pos_weight, ref rows) in GRADIENTS {
        let objective = objective(name, scale_pos_weight);
        let column = |j: usize| -> Vec<f32> { rows.iter().map(|row| row[j]).collect() };
        let (margins, labels, weights) = (column(0), column(1), column(2));
        let rows_of = Labelled {
            labels: &labels,
            weights: Some(&weights),
        };
        let mut buffer = Vec::new();
        let predictions = objective.predictions(&margins, &mut buffer);
        let mut gradients = [GradientPair::default(); 5];
        objective.gradients(rows_of, &margins, predictions, 0, &mut gradients);
        for (gradient, row) in gradients.iter().zip(rows) {
            // The model of one row gives g with an error of a unit of 1000 h.
            let g_is_near = near(gradient.g, row[3]) || (gradient.g - row[3]).abs() < 1e-6;
            assert!(
                g_is_near && near(gradient.h, row[4]),
                "{name} {row:?}: {gradient:?}"
            );
        }
    }
}

#[test]
fn gradients_of_a_softmax_are_xgboosts() {
    let settings = Settings {
        num_class: 3,
        ..Settings::default()
    };
    for name in ["multi:softmax", "multi:softprob"] {
        let objective = Objective::new(name, &settings).unwrap();
        let margins = [0.5, -1.0, 2.0];
        let rows = Labelled {
            labels: &[2.0],
            weights: Some(&[1.5]),
        };
        let mut buffer = Vec::new();
        let predictions = objective.predictions(&margins, &mut buffer);
        let expected = [
            (0.262_935_6, 0.433_690_97),
            (0.058_668_86, 0.112_748_33),
            (-0.321_604_46, 0.505_303),
        ];
        for (class, (g, h)) in expected.into_iter().enumerate() {
            let mut gradients = [GradientPair::default()];
            objective.gradients(rows, &margins, predictions, class, &mut gradients);
            let [found] = gradients;
            assert!(
                (found.g - g).abs() < 1e-6 && near(found.h, h),
                "{class}: {found:?}"
            );
        }
    }
}

const REAL: [f32; 12] = [
    -1.5, 1.0, 0.25, 3.0, 1.0, 7.0, 2.0, 0.0, -4.0, 2.5, 1.0, 6.0,
];
const POSITIVE: [f32; 12] = [0.5, 1.0, 0.25, 3.0, 1.0, 7.0, 2.0, 0.1, 4.0, 2.5, 1.0, 6.0];
const COUNTS: [f32; 12] = [0.0, 1.0, 2.0, 3.0, 1.0, 7.0, 2.0, 0.0, 4.0, 2.0, 1.0, 6.0];
const BINARY: [f32; 12] = [0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0];
const CLASSES: [f32; 12] = [0.0, 1.0, 2.0, 2.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0];
const WEIGHTS: [f32; 12] = [1.0, 2.0, 0.5, 1.0, 1.5, 3.0, 1.0, 0.25, 1.0, 2.0, 1.0, 0.75];

/// From XGBoost 3.2's files: objective, labels, whether there are weights, `scale_pos_weight`, `base_score`.
type BaseScore = (&'static str, [f32; 12], bool, f64, &'static [f32]);
#[rustfmt::skip]
const BASE_SCORES: &[BaseScore] = &[
    ("reg:squarederror", REAL, false, 1.0, &[1.5208334]),
    ("reg:squarederror", REAL, false, 3.0, &[1.3472222]),
    ("reg:squarederror", REAL, true, 1.0, &[2.3083334]),
    ("reg:squarederror", REAL, true, 3.0, &[1.8177084]),
    ("reg:squaredlogerror", POSITIVE, false, 1.0, &[5.036363e-1]),
    ("reg:squaredlogerror", POSITIVE, true, 1.0, &[5.448705e-1]),
    ("reg:pseudohubererror", REAL, false, 1.0, &[1.5905355]),
    ("reg:pseudohubererror", REAL, true, 1.0, &[3.2786586]),
    ("reg:absoluteerror", REAL, false, 1.0, &[1.0]),
    ("reg:absoluteerror", REAL, true, 1.0, &[2.0]),
    ("reg:gamma", POSITIVE, false, 1.0, &[2.3625]),
    ("reg:gamma", POSITIVE, false, 3.0, &[1.609595]),
    ("reg:gamma", POSITIVE, true, 1.0, &[2.9766667]),
    ("reg:gamma", POSITIVE, true, 3.0, &[1.7378628]),
    ("reg:tweedie", COUNTS, false, 1.0, &[2.4166667]),
    ("reg:tweedie", COUNTS, true, 1.0, &[2.9333334]),
    ("count:poisson", COUNTS, false, 1.0, &[2.4166667]),
    ("count:poisson", COUNTS, true, 1.0, &[2.9333334]),
    ("reg:logistic", BINARY, false, 1.0, &[3.3333334e-1]),
    ("reg:logistic", BINARY, false, 3.0, &[5.9868765e-1]),
    ("reg:logistic", BINARY, true, 1.0, &[3.3333334e-1]),
    ("reg:logistic", BINARY, true, 3.0, &[5.9868765e-1]),
    ("binary:logistic", BINARY, false, 1.0, &[3.3333334e-1]),
    ("binary:logistic", BINARY, false, 3.0, &[5.9868765e-1]),
    ("binary:logistic", BINARY, true, 1.0, &[3.3333334e-1]),
    ("binary:logistic", BINARY, true, 3.0, &[5.9868765e-1]),
    ("binary:logitraw", BINARY, false, 1.0, &[3.3333334e-1]),
    ("binary:logitraw", BINARY, false, 3.0, &[4e-1]),
    ("binary:logitraw", BINARY, true, 1.0, &[3.3333334e-1]),
    ("binary:logitraw", BINARY, true, 3.0, &[4e-1]),
    ("binary:hinge", BINARY, false, 1.0, &[0.0]),
    ("binary:hinge", BINARY, false, 3.0, &[0.0]),
    ("binary:hinge", BINARY, true, 1.0, &[0.0]),
    ("binary:hinge", BINARY, true, 3.0, &[0.0]),
    ("multi:softprob", CLASSES, false, 1.0, &[3.8441424,2.996847,2.591384,-9.432373]),
    ("multi:softprob", CLASSES, true, 1.0, &[3.9473956,3.25425,2.1556444,-9.357291]),
];

#[test]
fn base_scores_are_xgboosts() {
    for &(name, labels, is_weighted, scale_pos_weight, expected) in BASE_SCORES {
        let rows = Labelled {
            labels: &labels,
            weights: is_weighted.then_some(&WEIGHTS),
        };
        let found = objective(name, scale_pos_weight).estimate_base_score(rows);
        let is_near = found.iter().zip(expected).all(|(&a, &b)| near(a, b));
        assert!(
            found.len() == expected.len() && is_near,
            "{name}: {found:?}, {expected:?}"
        );
    }
}

#[test]
fn base_scores_become_margins() {
    let margin = |name, base_score| objective(name, 1.0).base_margins(&[base_score]);
    assert_eq!(margin("binary:logistic", 0.5), Ok(vec![0.0]));
    // Bounded as in XGBoost, for data of one class.
    let most = margin("reg:logistic", 1.0).unwrap()[0];
    assert_eq!(
        margin("reg:logistic", 0.0).unwrap()[0],
        -(1.0_f32 / 1e-6 - 1.0).ln()
    );
    assert!((13.7..13.9).contains(&most), "{most}");
    assert_eq!(margin("binary:logitraw", 0.25), Ok(vec![0.25]));
    assert_eq!(margin("count:poisson", 1.0), Ok(vec![0.0]));
    assert_eq!(margin("multi:softmax", 0.5), Ok(vec![0.5; 4]));
    assert_eq!(
        margin("binary:logistic", 1.5),
        Err("base_score must be in (0,1) for the logistic loss.")
    );
    assert_eq!(
        margin("reg:gamma", 0.0),
        Err("`base_score` must be greater than 0 for gamma regression")
    );
    assert!(margin("reg:tweedie", 0.0).is_err());
    assert!(margin("binary:logistic", f32::NAN).is_err());
    let zeros = Labelled {
        labels: &[0.0; 3],
        weights: None,
    };
    let poisson = objective("count:poisson", 1.0);
    assert!(
        poisson
            .base_margins(&poisson.estimate_base_score(zeros))
            .unwrap()[0]
            .is_finite()
    );
}

#[test]
fn labels_are_checked() {
    let check = |name, label| objective(name, 1.0).check(&[0.5, label]).is_ok();
    assert!(check("binary:logistic", 1.0) && !check("binary:logistic", 1.1));
    assert!(!check("binary:logitraw", -0.1) && !check("reg:logistic", f32::NAN));
    assert!(check("count:poisson", 0.0) && !check("reg:tweedie", -1.0));
    assert!(!check("reg:gamma", 0.0) && check("reg:gamma", 1e-30));
    assert!(!check("reg:squaredlogerror", -1.0) && check("reg:squaredlogerror", -0.9));
    assert!(check("binary:hinge", 7.0) && check("reg:absoluteerror", -7.0));
    let softmax = |label| objective("multi:softmax", 1.0).check(&[0.0, label]);
    assert_eq!(softmax(3.0), Ok(()));
    for label in [4.0, -1.0, 0.5, f32::NAN] {
        let sentence =
            "SoftmaxMultiClassObj: label must be discrete values in the range of [0, num_class).";
        assert_eq!(softmax(label), Err(sentence));
    }
}

#[test]
fn names() {
    assert_eq!(objective("reg:linear", 1.0).name(), "reg:squarederror");
    assert_eq!(
        objective("reg:tweedie", 1.0).default_metric(),
        "tweedie-nloglik@1.5"
    );
    for name in [
        "rank:ndcg",
        "survival:cox",
        "survival:aft",
        "squarederror",
        "",
    ] {
        assert_eq!(Objective::new(name, &Settings::default()), None);
    }
    for &(name, ..) in BASE_SCORES {
        let objective = objective(name, 1.0);
        assert_eq!(objective.name(), name);
        let metric = crate::boosting::metric::Metric::new(&objective.default_metric()).unwrap();
        assert_eq!(metric.check(&objective), Ok(()));
        assert!(!metric.is_maximised());
    }
}

#[test]
fn leaves_of_the_absolute_error_are_medians() {
    let objective = objective("reg:absoluteerror", 1.0);
    let margins = [0.5; 12];
    let leaf = |weights: Option<&[f32]>, rows: &[u32]| {
        objective.leaf(
            Labelled {
                labels: &REAL,
                weights,
            },
            &margins,
            rows,
        )
    };
    assert_eq!(leaf(None, &[0, 5, 3]), Some(2.5));
    assert_eq!(leaf(None, &[3, 5, 0, 1]), Some(1.5));
    assert_eq!(leaf(None, &[3]), Some(2.5));
    assert_eq!(leaf(None, &[]), None);
    // Weights 1, 3 and 1: half of it is reached in the second.
    assert_eq!(leaf(Some(&WEIGHTS), &[0, 5, 3]), Some(6.5));
    assert_eq!(leaf(Some(&[0.0; 12]), &[0, 5]), Some(-2.0));
}
