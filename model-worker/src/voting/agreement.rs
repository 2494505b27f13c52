//! Which models fit together, and what they are together.

use algorithm::{Absent, Contributions, Labels, Output, Signature, Values, text::excerpt};

/// Two models that can't be one.
#[derive(Debug, PartialEq)]
pub(crate) struct Disagreement {
    /// Each one's position, and what it takes or gives: a clause without a subject, `takes 3 features`.
    pub(crate) sides: [(usize, String); 2],
}

/// The signature of at least one model together.
pub(super) fn joint(signatures: &[&Signature]) -> Result<Signature, Disagreement> {
    let first = signatures[0];
    for (position, other) in signatures.iter().enumerate().skip(1) {
        if let Some([of_first, of_other]) = difference(first, other) {
            let sides = [(0, of_first), (position, of_other)];
            return Err(Disagreement { sides });
        }
    }
    // Of the first that has names: one without names fits all.
    let named = signatures
        .iter()
        .enumerate()
        .filter(|(_, signature)| !signature.features.names().is_empty());
    let named: Vec<(usize, &&Signature)> = named.collect();
    for (position, other) in named.iter().skip(1) {
        let (first_position, first) = named[0];
        if let Some([of_first, of_other]) = different_name(first, other) {
            let sides = [(first_position, of_first), (*position, of_other)];
            return Err(Disagreement { sides });
        }
    }

    let all = |is: fn(&Signature, &Signature) -> bool| signatures.iter().all(|s| is(first, s));
    let has_leaves = signatures.iter().all(|signature| signature.leaves > 0);
    let leaves = signatures.iter().map(|signature| signature.leaves);
    let without_contributions = signatures
        .iter()
        .find(|signature| signature.contributions_in_row() == 0);
    let same_contributions = all(|a, b| a.contributions_in_row() == b.contributions_in_row());
    // Margins of one objective may be logarithms and those of another the values themselves.
    let same_meaning = all(|a, b| raw_objective(a) == raw_objective(b));
    Ok(Signature {
        features: named
            .first()
            .map_or(first, |(_, named)| named)
            .features
            .clone(),
        gives_path: false,
        raw_scores: match same_meaning && all(|a, b| a.raw_scores == b.raw_scores) {
            true => first.raw_scores,
            false => 0,
        },
        leaves: match has_leaves {
            true => leaves.fold(0, usize::saturating_add),
            false => 0,
        },
        contributions: match without_contributions {
            Some(one) => one.contributions,
            None if !same_meaning => Contributions::Missing(
                "the models of the ensemble have different objectives, whose raw scores have no common mean",
            ),
            None if same_contributions => first.contributions,
            None => Contributions::Missing("the models of the ensemble explain different scores"),
        },
        objective: match all(|a, b| a.objective == b.objective) {
            true => first.objective.clone(),
            false => None,
        },
        // A model that never saw a missing value says zero; the others know better.
        absent: match signatures.iter().any(|s| s.absent == Absent::Missing) {
            true => Absent::Missing,
            false => Absent::Zero,
        },
        takes_missing: signatures.iter().all(|signature| signature.takes_missing),
        platform: match all(|a, b| a.platform == b.platform) {
            true => first.platform,
            false => "ensemble",
        },
        ..first.clone()
    })
}

/// The objective that says what raw scores mean; of those of `multi:softmax` a label is made, else they are the same.
fn raw_objective(signature: &Signature) -> Option<&str> {
    match signature.objective.as_deref() {
        Some("multi:softmax") => Some("multi:softprob"),
        objective => objective,
    }
}

/// The first thing in which two models differ, as each has it.
fn difference(a: &Signature, b: &Signature) -> Option<[String; 2]> {
    let both = |describe: fn(&Signature) -> String| Some([describe(a), describe(b)]);
    if a.features.len() != b.features.len() {
        return both(|signature| match signature.features.len() {
            1 => "takes 1 feature".to_owned(),
            count => format!("takes {count} features"),
        });
    }
    if a.input_type != b.input_type {
        return both(|signature| format!("takes {} values", signature.input_type));
    }
    match (&a.output, &b.output) {
        (Output::Classes(of_a), Output::Classes(of_b)) => {
            if let Some(difference) = different_label(of_a, of_b) {
                return Some(difference);
            }
            if a.values != b.values {
                return both(|signature| format!("gives {}", kind(signature.values)));
            }
        }
        (of_a, of_b) if of_a == of_b => {}
        _ => return both(|signature| format!("gives {}", outputs(&signature.output))),
    }
    if a.is_double != b.is_double {
        return both(|signature| match signature.is_double {
            true => "gives float64 values".to_owned(),
            false => "gives float32 values".to_owned(),
        });
    }
    None
}

fn different_label(a: &Labels, b: &Labels) -> Option<[String; 2]> {
    if a == b {
        return None;
    }
    if a.len() != b.len() {
        return Some([a, b].map(|labels| format!("has {} labels", labels.len())));
    }
    // Text in quotes: "1" is not 1.
    let quoted = |labels: &Labels, class: usize| match labels {
        Labels::Text(labels) => format!("{:?}", excerpt(labels[class].as_bytes())),
        Labels::Integers(labels) => labels[class].to_string(),
    };
    let differs = |class: &usize| match (a, b) {
        (Labels::Text(a), Labels::Text(b)) => a[*class] != b[*class],
        (Labels::Integers(a), Labels::Integers(b)) => a[*class] != b[*class],
        _ => true,
    };
    let class = (0..a.len()).find(differs)?;
    Some([a, b].map(|labels| format!("has the label {} as class {class}", quoted(labels, class))))
}

fn different_name(a: &Signature, b: &Signature) -> Option<[String; 2]> {
    let mut features = 0..a.features.len();
    let feature = features.find(|&f| a.features.name(f) != b.features.name(f))?;
    Some([a, b].map(|signature| {
        let name = excerpt(signature.features.name(feature).as_bytes());
        format!("calls feature {feature} {name:?}")
    }))
}

fn kind(values: Values) -> &'static str {
    match values {
        Values::Probabilities => "probabilities",
        Values::Scores => "scores",
        Values::Distances => "distances",
    }
}

fn outputs(output: &Output) -> String {
    match output {
        Output::Classes(labels) => format!("one of {} labels", labels.len()),
        Output::Targets(1) => "a number".to_owned(),
        Output::Targets(count) => format!("{count} numbers"),
    }
}
