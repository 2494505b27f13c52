//! Metrics by round: as lines on stdout, and in a checkpoint.

use crate::boosting::{
    metric::Metric,
    rounds::{Boosted, Evaluation},
};

/// The line that AWS's container prints after a round: `[0]\ttrain-rmse:0.71234\tvalidation-rmse:0.81234`.
pub(super) fn line(round: usize, metrics: &[Metric], train: &[f64], validation: &[f64]) -> String {
    let mut line = format!("[{round}]");
    for (channel, values) in [("train", train), ("validation", validation)] {
        for (metric, value) in metrics.iter().zip(values) {
            line.push_str(&format!("\t{channel}-{}:{}", metric.name(), number(*value)));
        }
    }
    line
}

/// The last metric in words, unlike a [`line`], which tuning jobs look for: `validation-rmse 0.81234, train-rmse 0.71234`.
pub(super) fn status(metrics: &[Metric], train: &[f64], validation: &[f64]) -> String {
    let channels = [("validation", validation), ("train", train)];
    let last = channels.iter().filter_map(|(channel, values)| {
        let (metric, value) = (metrics.last()?, values.last()?);
        Some(format!("{channel}-{} {}", metric.name(), number(*value)))
    });
    last.collect::<Vec<String>>().join(", ")
}

/// As C writes `%.5f`.
fn number(value: f64) -> String {
    match value.is_nan() {
        true => "nan".to_owned(),
        false => format!("{value:.5}"),
    }
}

/// The metrics after a round.
pub(super) fn of_round(boosted: &Boosted, round: usize) -> Option<&Evaluation> {
    let mut evaluations = boosted.evaluations.iter().rev();
    evaluations.find(|evaluation| evaluation.round == round)
}

/// A line a round, all digits of all numbers: `3 0.5,0.75 0.625,0.875`.
pub(super) fn to_text(evaluations: &[Evaluation]) -> String {
    let numbers = |numbers: &[f64]| {
        let texts: Vec<String> = numbers.iter().map(f64::to_string).collect();
        texts.join(",")
    };
    let lines = evaluations.iter().map(|evaluation| {
        let Evaluation {
            round,
            train,
            validation,
        } = evaluation;
        format!("{round} {} {}", numbers(train), numbers(validation))
    });
    let lines: Vec<String> = lines.collect();
    lines.join("\n")
}

/// Reads [`to_text`]. What is not of this job, with these numbers of metrics and rounds, is passed over: the rounds
/// may have been run with other metrics.
pub(super) fn of_text(text: &str, n_metrics: [usize; 2], n_rounds: usize) -> Vec<Evaluation> {
    let numbers = |text: &str, n: usize| -> Option<Vec<f64>> {
        let texts = text.split(',').filter(|text| !text.is_empty());
        let numbers: Vec<f64> = texts.map(str::parse).collect::<Result<_, _>>().ok()?;
        (numbers.len() == n).then_some(numbers)
    };
    let evaluation = |line: &str| {
        let mut fields = line.split(' ');
        let round: usize = fields.next()?.parse().ok()?;
        Some(Evaluation {
            round,
            train: numbers(fields.next()?, n_metrics[0])?,
            validation: numbers(fields.next()?, n_metrics[1])?,
        })
    };
    let mut evaluations: Vec<Evaluation> = text.lines().filter_map(evaluation).collect();
    evaluations.retain(|evaluation| evaluation.round < n_rounds);
    evaluations
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evaluation(round: usize, train: &[f64], validation: &[f64]) -> Evaluation {
        Evaluation {
            round,
            train: train.to_vec(),
            validation: validation.to_vec(),
        }
    }

    #[test]
    fn a_line_is_as_python_writes_it() {
        let metrics = ["logloss", "error@0.8"].map(|name| Metric::new(name).unwrap());
        assert_eq!(
            line(3, &metrics, &[0.474_079, f64::NAN], &[1e3, f64::INFINITY]),
            "[3]\ttrain-logloss:0.47408\ttrain-error@0.8:nan\tvalidation-logloss:1000.00000\tvalidation-error@0.8:inf"
        );
        assert_eq!(
            line(0, &metrics[..1], &[-0.5], &[]),
            "[0]\ttrain-logloss:-0.50000"
        );
    }

    #[test]
    fn a_status_is_no_line_for_tuning_jobs() {
        let metrics = ["logloss", "error"].map(|name| Metric::new(name).unwrap());
        assert_eq!(
            status(&metrics, &[0.5, 0.25], &[0.5, f64::NAN]),
            "validation-error nan, train-error 0.25000"
        );
        assert_eq!(status(&metrics, &[0.5, 0.25], &[]), "train-error 0.25000");
    }

    #[test]
    fn a_text_restores_all_digits() {
        let all = [
            evaluation(0, &[0.1 + 0.2, 1e-300], &[f64::INFINITY]),
            evaluation(1, &[1.0, -2.5], &[0.1]),
        ];
        assert_eq!(of_text(&to_text(&all), [2, 1], 2), all);
        assert_eq!(of_text(&to_text(&all), [2, 1], 1), all[..1]);
        let without = [evaluation(0, &[0.5], &[])];
        assert_eq!(of_text(&to_text(&without), [1, 0], 1), without);
        let nan = of_text("0 NaN 1", [1, 1], 1);
        assert!(nan[0].train[0].is_nan());
        for other in ["", "0", "0 1", "x 1 1", "0 1,2 1", "0 a 1", "-1 1 1"] {
            assert_eq!(of_text(other, [1, 1], 9), [], "{other}");
        }
    }
}
