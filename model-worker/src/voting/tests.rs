use algorithm::{Absent, Contributions, Features, InputType, Labels, Values};

use super::*;
use crate::testing::Toy;

/// Answers the same to every row of one feature.
fn constant(signature: Signature, label: u32, values: &'static [f64]) -> Box<dyn Predictor> {
    Box::new(Toy::new(signature, move |rows, scores, signature| {
        scores.resize(rows.len(), signature);
        scores.labels_mut().fill(label);
        let all = scores.buffers::<()>();
        for (row, value) in all.values.chunks_exact_mut(values.len()).zip(rows) {
            for (to, from) in row.iter_mut().zip(values) {
                *to = *from as f32 * *value;
            }
        }
        for row in all.doubles.chunks_exact_mut(values.len()) {
            row.copy_from_slice(values);
        }
        Ok(())
    }))
}

fn targets(count: usize) -> Signature {
    Signature::regressor(Features::unnamed(1), count)
}

fn classes(count: i64, values: Values) -> Signature {
    Signature {
        values,
        ..Signature::classifier(Features::unnamed(1), Labels::Integers((0..count).collect()))
    }
}

fn scores(members: Vec<Box<dyn Predictor>>, rows: &[f32]) -> Scores {
    let voting = Voting::of(members).unwrap();
    let mut scores = Scores::new();
    // Twice, to see that nothing of the first call is left.
    for _ in 0..2 {
        voting.predict(Rows::F32(rows), &mut scores).unwrap();
    }
    scores.check(rows.len(), voting.signature()).unwrap();
    scores
}

/// The labels that members of one signature answer together.
fn label(signature: &Signature, members: &[(u32, &'static [f64])]) -> u32 {
    let members = members
        .iter()
        .map(|(label, values)| constant(signature.clone(), *label, values));
    scores(members.collect(), &[1.0]).labels()[0]
}

#[test]
fn values_are_averaged_row_by_row() {
    let members = vec![
        constant(targets(2), 0, &[1.0, 10.0]),
        constant(targets(2), 0, &[2.0, 20.0]),
        constant(targets(2), 0, &[6.0, 60.0]),
    ];
    let scores = scores(members, &[1.0, 2.0]);
    assert_eq!(scores.values(), [3.0, 30.0, 6.0, 60.0]);
}

/// `numpy.mean([[a] * 2, [b] * 2, ...], axis=0)` of float32: summed in float32, one after the other.
#[test]
fn float32_is_summed_in_float32() {
    let members = [16777216.0, 1.0, 1.0, -16777216.0]
        .map(|value: f64| -> &'static [f64] { Box::leak(Box::new([value])) });
    let members = members.map(|values| constant(targets(1), 0, values));
    assert_eq!(scores(members.into(), &[1.0, 1.0]).values(), [0.0, 0.0]);

    let members =
        [0.1, 0.2, 0.4].map(|value: f64| -> &'static [f64] { Box::leak(Box::new([value])) });
    let members = members.map(|values| constant(targets(1), 0, values));
    let expected = (0.1_f32 + 0.2 + 0.4) / 3.0;
    assert_eq!(scores(members.into(), &[1.0]).values(), [expected]);
}

#[test]
fn float64_is_rounded_once() {
    let signature = Signature {
        is_double: true,
        ..targets(1)
    };
    let members = vec![
        constant(signature.clone(), 0, &[16777216.0]),
        constant(signature.clone(), 0, &[1.0]),
        constant(signature, 0, &[1.0]),
    ];
    let scores = scores(members, &[1.0]);
    assert_eq!(scores.doubles(), [16777218.0 / 3.0]);
    assert_eq!(scores.values(), [(16777218.0 / 3.0) as f32]);
}

#[test]
fn a_label_follows_from_the_mean_of_probabilities() {
    let three = classes(3, Values::Probabilities);
    // Two of three would vote for class 1.
    let members: [(u32, &[f64]); 3] = [
        (1, &[0.25, 0.5, 0.25]),
        (1, &[0.25, 0.5, 0.25]),
        (0, &[1.0, 0.0, 0.0]),
    ];
    assert_eq!(label(&three, &members), 0);
    assert_eq!(
        label(&three, &[(2, &[0.5, 0.0, 0.5]), (2, &[0.0, 0.5, 0.5])]),
        2
    );
    assert_eq!(
        label(&three, &[(2, &[0.5, 0.0, 0.5]), (2, &[0.5, 0.0, 0.5])]),
        0
    );
    let nan: &[f64] = &[f64::NAN, 0.25, 0.5];
    assert_eq!(label(&three, &[(0, nan), (0, nan)]), 2);

    let two = classes(2, Values::Probabilities);
    let double = Signature {
        is_double: true,
        ..two.clone()
    };
    for signature in [&two, &double] {
        assert_eq!(label(signature, &[(0, &[0.75, 0.25]), (1, &[0.0, 1.0])]), 1);
        assert_eq!(
            label(signature, &[(1, &[0.75, 0.25]), (1, &[0.25, 0.75])]),
            0
        );
        // Half is not more than half, whatever the first class has.
        assert_eq!(label(signature, &[(1, &[0.25, 0.5]), (1, &[0.25, 0.5])]), 0);
    }
}

#[test]
fn labels_without_probabilities_are_voted_on_and_the_smallest_wins_a_tie() {
    let softmax = Signature {
        objective: Some("multi:softmax".to_owned()),
        ..classes(3, Values::Probabilities)
    };
    let hinge = Signature {
        objective: Some("binary:hinge".to_owned()),
        ..softmax.clone()
    };
    let distances = classes(3, Values::Distances);
    for signature in [&classes(3, Values::Scores), &softmax, &hinge, &distances] {
        let (low, high): (&[f64], &[f64]) = (&[0.0, 0.0, 0.25], &[1.0, 0.0, 0.0]);
        assert_eq!(label(signature, &[(2, low), (0, high), (2, low)]), 2);
        assert_eq!(label(signature, &[(2, low), (1, high)]), 1);
        assert_eq!(label(signature, &[(2, low), (0, high), (1, low)]), 0);
    }
    // One member that answers labels is enough.
    let probability = Signature {
        objective: None,
        ..softmax.clone()
    };
    let (low, high): (&[f64], &[f64]) = (&[0.0, 0.5, 0.5], &[1.0, 0.0, 0.0]);
    let members = vec![
        constant(probability.clone(), 0, high),
        constant(softmax, 2, low),
        constant(probability, 2, low),
    ];
    assert_eq!(scores(members, &[1.0]).labels(), [2]);
}

/// Answers the same raw scores, leaves and contributions to every row.
struct Explaining {
    signature: Signature,
    number: f64,
}

impl Predictor for Explaining {
    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn predict(&self, rows: Rows<'_>, scores: &mut Scores) -> Result<(), PredictError> {
        scores.resize(rows.len(), &self.signature);
        Ok(())
    }

    fn raw_scores(&self, rows: Rows<'_>, raw_scores: &mut Vec<f64>) -> Result<(), PredictError> {
        raw_scores.clear();
        raw_scores.resize(rows.len() * self.signature.raw_scores, self.number);
        Ok(())
    }

    fn leaves(&self, rows: Rows<'_>, leaves: &mut Vec<u32>) -> Result<(), PredictError> {
        leaves.clear();
        for _ in 0..rows.len() {
            leaves.extend((0..self.signature.leaves).map(|leaf| leaf as u32 + self.number as u32));
        }
        Ok(())
    }

    fn contributions(&self, rows: Rows<'_>, numbers: &mut Vec<f64>) -> Result<(), PredictError> {
        numbers.clear();
        let width = self.signature.contributions_in_row();
        numbers.resize(rows.len() * width, self.number);
        Ok(())
    }
}

fn explaining(leaves: usize) -> Signature {
    Signature {
        raw_scores: 1,
        leaves,
        contributions: Contributions::Given { outputs: 1 },
        gives_path: true,
        ..targets(1)
    }
}

#[test]
fn raw_scores_and_contributions_are_averaged_and_leaves_joined() {
    let member = |leaves, number| -> Box<dyn Predictor> {
        let signature = explaining(leaves);
        Box::new(Explaining { signature, number })
    };
    let voting = Voting::of(vec![member(1, 10.0), member(2, 20.0), member(1, 60.0)]).unwrap();
    let signature = voting.signature();
    assert_eq!((signature.raw_scores, signature.leaves), (1, 4));
    assert_eq!(signature.contributions_in_row(), 2);
    assert!(!signature.gives_path);
    let rows = Rows::F32(&[1.0, 2.0]);
    let (mut numbers, mut leaves) = (vec![1.0; 9], vec![7; 9]);
    voting.raw_scores(rows, &mut numbers).unwrap();
    assert_eq!(numbers, [30.0, 30.0]);
    voting.contributions(rows, &mut numbers).unwrap();
    assert_eq!(numbers, [30.0; 4]);
    voting.leaves(rows, &mut leaves).unwrap();
    assert_eq!(leaves, [10, 20, 21, 60, 10, 20, 21, 60]);
}

#[test]
fn a_member_that_breaks_its_signature_is_an_error() {
    let broken = Toy::new(targets(1), |_, scores, signature| {
        scores.resize(7, signature);
        Ok(())
    });
    let voting = Voting::of(vec![constant(targets(1), 0, &[1.0]), Box::new(broken)]).unwrap();
    let mut scores = Scores::new();
    let error = voting.predict(Rows::F32(&[1.0, 2.0]), &mut scores);
    let line = "the predictor returned scores for 7 rows, expected 2";
    assert_eq!(error, Err(PredictError::new(line)));
    // Announced, but not there.
    struct Announcing(Signature);
    impl Predictor for Announcing {
        fn signature(&self) -> &Signature {
            &self.0
        }
        fn predict(&self, _: Rows<'_>, _: &mut Scores) -> Result<(), PredictError> {
            Ok(())
        }
    }
    let error = Voting::of(vec![
        Box::new(Announcing(explaining(1))),
        Box::new(Announcing(explaining(1))),
    ]);
    assert!(
        error
            .unwrap()
            .leaves(Rows::F32(&[1.0]), &mut vec![])
            .is_err()
    );
}

fn joint(members: &[&Signature]) -> Result<Signature, [(usize, String); 2]> {
    agreement::joint(members).map_err(|disagreement| disagreement.sides)
}

#[test]
fn models_that_do_not_fit_are_refused_with_the_difference() {
    let classifier = classes(2, Values::Probabilities);
    let text = |labels: [&str; 2]| {
        let labels = Labels::Text(labels.map(str::to_owned).into());
        Signature::classifier(Features::unnamed(1), labels)
    };
    let named = |name: &str| Signature {
        features: Features::named(vec![name.to_owned()]),
        ..targets(1)
    };
    let double = Signature {
        input_type: InputType::F64,
        ..targets(1)
    };
    let is_double = Signature {
        is_double: true,
        ..targets(1)
    };
    let two_features = Signature::regressor(Features::unnamed(2), 1);
    for (a, b, of_a, of_b) in [
        (
            targets(1),
            two_features,
            "takes 1 feature",
            "takes 2 features",
        ),
        (
            targets(1),
            double,
            "takes float32 values",
            "takes float64 values",
        ),
        (
            targets(1),
            is_double,
            "gives float32 values",
            "gives float64 values",
        ),
        (targets(1), targets(3), "gives a number", "gives 3 numbers"),
        (
            targets(1),
            classifier.clone(),
            "gives a number",
            "gives one of 2 labels",
        ),
        (
            classifier.clone(),
            classes(3, Values::Probabilities),
            "has 2 labels",
            "has 3 labels",
        ),
        (
            classifier.clone(),
            classes(2, Values::Scores),
            "gives probabilities",
            "gives scores",
        ),
        (
            text(["a", "b"]),
            text(["a", "c"]),
            r#"has the label "b" as class 1"#,
            r#"has the label "c" as class 1"#,
        ),
        (
            classes(2, Values::Scores),
            text(["0", "1"]),
            "has the label 0 as class 0",
            r#"has the label "0" as class 0"#,
        ),
        (
            named("width"),
            named("length"),
            r#"calls feature 0 "width""#,
            r#"calls feature 0 "length""#,
        ),
    ] {
        let sides = [(0, of_a.to_owned()), (1, of_b.to_owned())];
        assert_eq!(joint(&[&a, &b]), Err(sides));
        let sides = [(0, of_a.to_owned()), (2, of_b.to_owned())];
        assert_eq!(joint(&[&a, &a, &b]), Err(sides));
    }
    let sides = [
        (1, r#"calls feature 0 "a""#.to_owned()),
        (2, r#"calls feature 0 "b""#.to_owned()),
    ];
    assert_eq!(joint(&[&targets(1), &named("a"), &named("b")]), Err(sides));
}

#[test]
fn what_models_are_together() {
    let named = Signature {
        features: Features::named(vec!["width".to_owned()]),
        absent: Absent::Missing,
        takes_missing: false,
        platform: "other",
        objective: Some("reg:gamma".to_owned()),
        contributions: Contributions::Missing("it has no covers"),
        ..targets(1)
    };
    let together = joint(&[&explaining(3), &named]).unwrap();
    let expected = Signature {
        features: named.features.clone(),
        absent: Absent::Missing,
        takes_missing: false,
        platform: "ensemble",
        contributions: Contributions::Missing("it has no covers"),
        ..targets(1)
    };
    assert_eq!(together, expected);
    let other_scores = Signature {
        contributions: Contributions::Given { outputs: 3 },
        ..explaining(3)
    };
    let together = joint(&[&explaining(3), &other_scores]).unwrap();
    assert_eq!(together.contributions_in_row(), 0);
    let of_objectives = |objectives: [Option<&str>; 2]| {
        let [a, b] = objectives.map(|objective| Signature {
            objective: objective.map(str::to_owned),
            ..explaining(3)
        });
        let together = joint(&[&a, &b]).unwrap();
        assert_eq!(together.leaves, 6);
        (together.raw_scores, together.contributions_in_row())
    };
    for (a, b, expected) in [
        (Some("reg:gamma"), Some("reg:gamma"), (1, 2)),
        (Some("multi:softmax"), Some("multi:softprob"), (1, 2)),
        (None, None, (1, 2)),
        (Some("reg:gamma"), Some("reg:squarederror"), (0, 0)),
        (Some("reg:gamma"), None, (0, 0)),
    ] {
        assert_eq!(of_objectives([a, b]), expected, "{a:?}, {b:?}");
    }
    assert_eq!(joint(&[&named, &named]), Ok(named));
}
