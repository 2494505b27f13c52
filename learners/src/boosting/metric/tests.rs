use super::*;
use crate::boosting::objective::Settings;

/// Predictions and labels.
type Rows = ([f32; 14], [f32; 14]);

#[rustfmt::skip]
const BIN: Rows = (
    [0.63, 0.9, 0.78, 0.8, 0.3, 0.8, 0.01, 0.82, 0.8, 0.47, 0.3, 0.28, 0.25, 0.45],
    [0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 1.0, 0.0, 0.0],
);
#[rustfmt::skip]
const REAL: Rows = (
    [0.53, -1.535, 1.543, 1.314, 0.626, -4.034, -0.077, 0.903, 1.227, -2.06, 0.044, -0.957, -0.618, 3.122],
    [-0.615, 0.935, 2.769, -0.167, 0.777, 1.221, 1.128, -1.45, 1.152, 3.718, -2.094, 2.719, 1.239, -0.283],
);
#[rustfmt::skip]
const POS: Rows = (
    [5.823, 0.558, 2.538, 2.723, 2.695, 0.948, 1.147, 0.566, 1.436, 3.635, 0.847, 0.201, 1.554, 2.735],
    [1.255, 4.529, 1.325, 1.536, 0.622, 1.177, 2.68, 2.707, 3.447, 2.559, 2.175, 0.198, 0.774, 6.589],
);
#[rustfmt::skip]
const COUNT: Rows = (
    [0.994, 2.398, 1.425, 2.442, 1.577, 0.652, 0.796, 1.938, 1.024, 0.199, 2.19, 3.026, 2.857, 2.898],
    [4.0, 5.0, 1.0, 3.0, 300.0, 1.0, 0.0, 3.0, 3.0, 3.0, 1.0, 0.0, 4.0, 5.0],
);
#[rustfmt::skip]
const GRADE: Rows = (
    [-0.302, -0.151, 0.022, 1.177, 0.681, 0.383, -0.564, -1.382, 0.95, 0.966, -0.141, 0.542, 0.781, 0.831],
    [2.0, 3.0, 1.0, 2.0, 0.0, 2.0, 0.0, 0.0, 3.0, 2.0, 1.0, 0.0, 0.0, 3.0],
);
#[rustfmt::skip]
const WEIGHTS: [f32; 14] = [2.02, 1.81, 0.2, 0.78, 0.74, 0.33, 1.35, 1.69, 0.73, 1.83, 1.69, 0.36, 1.63, 1.87];

/// Computed by XGBoost 3.2, and scikit-learn 1.9 for those that are its own: name, printed name, rows, whether with weights, value.
/// For `map` and `ndcg` of `BIN` the tie of 0.3 was broken the worse way.
#[rustfmt::skip]
const VALUES: &[(&str, &str, &Rows, bool, f64)] = &[
    ("logloss", "logloss", &BIN, false, 0.8068057931959629),
    ("logloss", "logloss", &BIN, true, 0.8298465610994158),
    ("error", "error", &BIN, false, 0.35714285714285715),
    ("error", "error", &BIN, true, 0.3699354093642027),
    ("error@0.3", "error@0.3", &BIN, false, 0.35714285714285715),
    ("error@0.3", "error@0.3", &BIN, true, 0.372284203347481),
    ("error@0.80", "error@0.8", &BIN, false, 0.5714285714285714),
    ("error@0.80", "error@0.8", &BIN, true, 0.3711098089808262),
    ("auc", "auc", &BIN, false, 0.7375),
    ("auc", "auc", &BIN, true, 0.7324546392829546),
    ("aucpr", "aucpr", &BIN, false, 0.9059840957119389),
    ("aucpr", "aucpr", &BIN, true, 0.8514938810728095),
    ("map@3", "map@3", &BIN, false, 1.0),
    ("ndcg@4", "ndcg@4", &BIN, false, 1.0),
    ("rmse", "rmse", &BIN, false, 0.4804833868363667),
    ("rmse", "rmse", &BIN, true, 0.4832441944536545),
    ("mae", "mae", &BIN, false, 0.4050000011920929),
    ("mae", "mae", &BIN, true, 0.41159130721492526),
    ("rmse", "rmse", &REAL, false, 2.8316101853874174),
    ("rmse", "rmse", &REAL, true, 2.837753867303237),
    ("mae", "mae", &REAL, false, 2.301071447985513),
    ("mae", "mae", &REAL, true, 2.383588960228681),
    ("mape", "mape", &REAL, false, 2.7518905076597417),
    ("mape", "mape", &REAL, true, 3.0148547541961475),
    ("mphe", "mphe", &REAL, false, 1.6237013850893294),
    ("mphe", "mphe", &REAL, true, 1.668831923650173),
    ("rmsle", "rmsle", &POS, false, 0.6674989435325619),
    ("rmsle", "rmsle", &POS, true, 0.7557602780625439),
    ("gamma-nloglik", "gamma-nloglik", &POS, false, 2.3229112880570546),
    ("gamma-nloglik", "gamma-nloglik", &POS, true, 2.837208252230104),
    ("gamma-deviance", "gamma-deviance", &POS, false, 1.6341162409101213),
    ("gamma-deviance", "gamma-deviance", &POS, true, 2.1757313597177705),
    ("tweedie-nloglik@1.3", "tweedie-nloglik@1.3", &POS, false, 8.989500846181597),
    ("tweedie-nloglik@1.3", "tweedie-nloglik@1.3", &POS, true, 10.460056656804394),
    ("rmse", "rmse", &POS, false, 2.2870247215412967),
    ("rmse", "rmse", &POS, true, 2.6877087900698284),
    ("poisson-nloglik", "poisson-nloglik", &COUNT, false, 93.66377227646964),
    ("poisson-nloglik", "poisson-nloglik", &COUNT, true, 58.24050730261761),
    ("tweedie-nloglik@1.5", "tweedie-nloglik@1.5", &COUNT, false, 40.81063769544874),
    ("tweedie-nloglik@1.5", "tweedie-nloglik@1.5", &COUNT, true, 28.544526218471727),
    ("ndcg", "ndcg", &GRADE, false, 0.783243394062695),
    ("ndcg@5", "ndcg@5", &GRADE, false, 0.6567713670081539),
    ("ndcg@3-", "ndcg@3-", &GRADE, false, 0.5626510645779305),
    ("accuracy", "accuracy", &BIN, false, 0.6428571428571429),
    ("balanced_accuracy", "balanced_accuracy", &BIN, false, 0.675),
    ("f1", "f1", &BIN, false, 0.625668449197861),
    ("f1_macro", "f1_macro", &BIN, false, 0.625668449197861),
    ("f1_binary", "f1_binary", &BIN, false, 0.7058823529411765),
    ("precision", "precision", &BIN, false, 0.8571428571428571),
    ("recall", "recall", &BIN, false, 0.6),
    ("precision_macro", "precision_macro", &BIN, false, 0.6428571428571428),
    ("recall_macro", "recall_macro", &BIN, false, 0.675),
    ("precision_micro", "precision_micro", &BIN, false, 0.6428571428571429),
    ("mse", "mse", &REAL, true, 8.01801586151123),
    ("r2", "r2", &REAL, true, -2.2783216210496167),
    ("map", "map", &BIN, false, 0.906655844155844),
    ("map@12", "map@12", &BIN, false, 0.8352272727272727),
    ("ndcg", "ndcg", &BIN, false, 0.973965558359648),
    ("ndcg@11", "ndcg@11", &BIN, false, 0.8581541118520457),
];

#[rustfmt::skip]
const MARGINS: [f32; 42] = [-1.29, -2.27, -0.25, -1.46, -2.47, 0.76, -0.09, 0.61, -1.48, -0.99, -1.5, -1.33, 0.29, -1.17, 0.53, 0.51, 3.04, -2.09, 1.33, -0.13, -0.02, -2.17, -0.69, 1.11, -0.12, 0.12, -0.44, 1.73, -0.03, -3.3, -1.04, -2.95, -4.88, -0.8, 2.0, 0.07, -1.76, -1.41, 1.7, 0.24, 0.07, -0.08];
#[rustfmt::skip]
const CLASSES: [f32; 14] = [2.0, 0.0, 1.0, 0.0, 2.0, 2.0, 2.0, 0.0, 2.0, 0.0, 2.0, 2.0, 1.0, 1.0];

/// Of the softmax of `MARGINS`.
#[rustfmt::skip]
const VALUES_OF_CLASSES: &[(&str, bool, f64)] = &[
    ("mlogloss", false, 1.9408967633332526),
    ("mlogloss", true, 1.9014547779559308),
    ("merror", false, 0.6428571428571429),
    ("merror", true, 0.6729301254553601),
    ("auc", false, 0.41994434137291275),
    ("auc", true, 0.40898930380082116),
    ("aucpr", false, 0.311916762714924),
    ("aucpr", true, 0.31694277334495063),
    ("accuracy", false, 0.35714285714285715),
    ("balanced_accuracy", false, 0.373015873015873),
    ("f1", false, 0.3544973544973545),
    ("precision_macro", false, 0.35000000000000003),
    ("precision_micro", false, 0.35714285714285715),
    ("recall_macro", false, 0.373015873015873),
    ("recall_micro", false, 0.35714285714285715),
];

fn objective(name: &str) -> Objective {
    let settings = Settings {
        num_class: 3,
        ..Settings::default()
    };
    Objective::new(name, &settings).unwrap()
}

fn rows(labels: &[f32], is_weighted: bool) -> Labelled<'_> {
    Labelled {
        labels,
        weights: is_weighted.then_some(&WEIGHTS),
    }
}

fn near(found: f64, expected: f64) -> bool {
    (found - expected).abs() <= 1e-6 * expected.abs()
}

#[test]
fn values_are_xgboosts_and_scikit_learns() {
    let objective = objective("reg:squarederror");
    for &(name, printed, (predictions, labels), is_weighted, expected) in VALUES {
        let metric = Metric::new(name).unwrap();
        assert_eq!(metric.name(), printed);
        let found = metric.evaluate(&objective, predictions, rows(labels, is_weighted));
        assert!(
            near(found, expected),
            "{name}, weights: {is_weighted}: {found}, {expected}"
        );
    }
}

#[test]
fn values_of_classes_are_xgboosts_and_scikit_learns() {
    for name in ["multi:softprob", "multi:softmax"] {
        let objective = objective(name);
        let mut buffer = Vec::new();
        let predictions = objective.predictions(&MARGINS, &mut buffer);
        for &(name, is_weighted, expected) in VALUES_OF_CLASSES {
            let metric = Metric::new(name).unwrap();
            assert_eq!(metric.check(&objective), Ok(()));
            let found = metric.evaluate(&objective, predictions, rows(&CLASSES, is_weighted));
            assert!(
                near(found, expected),
                "{name}, weights: {is_weighted}: {found}, {expected}"
            );
        }
    }
}

#[test]
fn the_order_of_rows_makes_no_difference() {
    // Many rows of the same prediction, so that sums inside a tie are tried too.
    let n = 50_000;
    let draw = |row: usize, salt: usize| (row * (7_919 + 2 * salt) + salt) % 1_009;
    let predictions: Vec<f32> = (0..n).map(|i| draw(i, 1) as f32 % 97.0 / 97.0).collect();
    let labels: Vec<f32> = (0..n).map(|i| (draw(i, 2) % 2) as f32).collect();
    let weights: Vec<f32> = (0..n).map(|i| draw(i, 3) as f32 * 1e-3 + 1e-7).collect();
    let turned = |column: &[f32]| -> Vec<f32> { (0..n).map(|i| column[i * 9 % n]).collect() };
    let (p, y, w) = (turned(&predictions), turned(&labels), turned(&weights));
    let objective = objective("binary:logistic");
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(7)
        .build()
        .unwrap();
    for &(name, ..) in VALUES {
        let metric = Metric::new(name).unwrap();
        let value = |p: &[f32], labels: &[f32], w: &[f32]| {
            metric
                .evaluate(
                    &objective,
                    p,
                    Labelled {
                        labels,
                        weights: Some(w),
                    },
                )
                .to_bits()
        };
        let one = value(&predictions, &labels, &weights);
        let other = pool.install(|| value(&p, &y, &w));
        assert_eq!(one, other, "{name}");
    }
}

#[test]
fn probabilities_of_logitraw_are_those_of_its_margins() {
    let (margins, labels) = REAL;
    let labels = labels.map(|y| f32::from(u8::from(y > 0.0)));
    let logistic = objective("binary:logistic");
    let mut buffer = Vec::new();
    let probabilities = logistic.predictions(&margins, &mut buffer);
    for name in ["logloss", "error", "error@0.7", "accuracy", "f1", "auc"] {
        let metric = Metric::new(name).unwrap();
        let raw = metric.evaluate(&objective("binary:logitraw"), &margins, rows(&labels, true));
        assert_eq!(
            raw,
            metric.evaluate(&logistic, probabilities, rows(&labels, true)),
            "{name}"
        );
    }
}

#[test]
fn what_has_no_value_is_nan() {
    let value = |name, predictions: &[f32], labels: &[f32]| {
        let metric = Metric::new(name).unwrap();
        metric.evaluate(
            &objective("reg:squarederror"),
            predictions,
            rows(labels, false),
        )
    };
    assert!(value("auc", &[0.5, 0.1], &[1.0, 1.0]).is_nan());
    assert!(value("aucpr", &[0.5, 0.1], &[0.0, 0.0]).is_nan());
    assert!(value("accuracy", &[0.5, 0.1], &[0.5, 1.0]).is_nan());
    assert!(value("accuracy", &[0.5, 0.1], &[-1.0, f32::NAN]).is_nan());
    assert!(value("map", &[0.5, 0.1], &[2.0, 1.0]).is_nan());
    assert_eq!(value("map", &[0.5, 0.1], &[0.0, 0.0]), 1.0);
    assert_eq!(value("map@1-", &[0.5, 0.1], &[0.0, 0.0]), 0.0);
    assert!(value("ndcg", &[0.5, 0.1], &[32.0, 1.0]).is_nan());
    assert_eq!(value("ndcg@2-", &[0.5, 0.1], &[0.0, 0.0]), 0.0);
    assert_eq!(value("auc", &[0.0, -0.0], &[1.0, 0.0]), 0.5);
    assert_eq!(value("r2", &[1.0, 1.0], &[1.0, 1.0]), 1.0);
    // 0 ln 0 = 0, and a probability is at least 1e-16.
    assert_eq!(value("logloss", &[0.0, 1.0], &[0.0, 1.0]), 0.0);
    assert!((value("logloss", &[0.0], &[1.0]) - 36.841).abs() < 1e-3);
}

#[test]
fn names_and_directions() {
    for name in [
        "",
        "rmse@1",
        "error@",
        "error@x",
        "error@inf",
        "ndcg@0",
        "map@-",
        "ndcg@1.5",
        "tweedie-nloglik",
        "tweedie-nloglik@2",
        "aft-nloglik",
        "cox-nloglik",
        "accuracy@1",
    ] {
        assert_eq!(Metric::new(name), None, "{name}");
    }
    let printed = |name| Metric::new(name).unwrap().name().to_owned();
    assert_eq!(printed("error@0.5"), "error");
    assert_eq!(printed("error@0.123456789"), "error@0.123457");
    assert_eq!(printed("ndcg@5-"), "ndcg@5-");
    for (name, is_maximised) in [
        ("ndcg@5", true),
        ("map", true),
        ("auc", true),
        ("r2", true),
        ("f1_macro", true),
        ("mape", false),
        ("merror", false),
        ("error@0.7", false),
    ] {
        assert_eq!(
            Metric::new(name).unwrap().is_maximised(),
            is_maximised,
            "{name}"
        );
    }
}

#[test]
fn metrics_that_do_not_fit_the_objective_are_refused() {
    let check = |name, of| Metric::new(name).unwrap().check(&objective(of));
    for name in ["rmse", "logloss", "ndcg", "r2"] {
        assert_eq!(
            check(name, "multi:softmax").unwrap_err(),
            format!(
                "Metric '{name}' takes one prediction a row, multi:softmax has 3: use merror or mlogloss."
            )
        );
    }
    assert!(check("mlogloss", "binary:logistic").is_err());
    assert!(
        check("f1_binary", "multi:softprob").is_err() && check("f1_binary", "binary:hinge").is_ok()
    );
}
