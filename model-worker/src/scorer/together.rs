//! Small payloads that arrived at the same moment, scored together.
//!
//! A large model scores thirty rows together in far less than thirty times the time of one, and what the
//! headers ask for is found out once.

use std::ops::Range;

use algorithm::{Answer, InputType, Refusal, Request, Rows, Scores};

use super::{Failure, QUICK_CELLS, Scorer, Wanted};
use crate::{blocks::Scored, details::Details};

/// Whole rows of the model's number type.
enum Gathered {
    F32(Vec<f32>),
    F64(Vec<f64>),
    I64(Vec<i64>),
}

impl Gathered {
    fn new(input_type: InputType) -> Self {
        match input_type {
            InputType::F32 => Self::F32(Vec::new()),
            InputType::F64 => Self::F64(Vec::new()),
            InputType::I64 => Self::I64(Vec::new()),
        }
    }

    fn rows(&self) -> Rows<'_> {
        match self {
            Self::F32(values) => Rows::F32(values),
            Self::F64(values) => Rows::F64(values),
            Self::I64(values) => Rows::I64(values),
        }
    }

    fn push(&mut self, rows: Rows<'_>) {
        match (self, rows) {
            (Self::F32(values), Rows::F32(rows)) => values.extend_from_slice(rows),
            (Self::F64(values), Rows::F64(rows)) => values.extend_from_slice(rows),
            (Self::I64(values), Rows::I64(rows)) => values.extend_from_slice(rows),
            _ => unreachable!("a payload is decoded to the model's number type"),
        }
    }

    fn truncate(&mut self, n_values: usize) {
        match self {
            Self::F32(values) => values.truncate(n_values),
            Self::F64(values) => values.truncate(n_values),
            Self::I64(values) => values.truncate(n_values),
        }
    }
}

/// Answers by the position of their requests.
type Answers = Vec<Option<Result<Answer, Refusal>>>;

impl Scorer {
    /// Answers quick payloads, in their order.
    pub(super) fn answer_together(&self, requests: &[Request<'_>]) -> Vec<Result<Answer, Refusal>> {
        let mut answers: Answers = requests.iter().map(|_| None).collect();
        for (first, request) in requests.iter().enumerate() {
            if answers[first].is_some() {
                continue;
            }
            let alike: Vec<usize> = (first..requests.len())
                .filter(|other| answers[*other].is_none() && are_alike(request, &requests[*other]))
                .collect();
            if alike.len() > 1
                && let Ok(wanted) = self.wanted(*request)
            {
                self.answer_alike(requests, &alike, &wanted, &mut answers);
            }
        }
        let answers = requests.iter().zip(answers);
        answers
            .map(|(request, answer)| answer.unwrap_or_else(|| self.answer_alone(*request)))
            .collect()
    }

    /// Answers payloads with equal headers. Those that can't be answered this way are left open.
    fn answer_alike(
        &self,
        requests: &[Request<'_>],
        alike: &[usize],
        wanted: &Wanted<'_>,
        answers: &mut Answers,
    ) {
        let signature = self.predictor.signature();
        let n_features = signature.features.len();
        let needs = wanted.selection.needs(signature);
        let row_cells = needs.work_in_row(signature);
        let (mut scores, mut details) = (Scores::new(), Details::default());
        let mut rest = alike;
        while !rest.is_empty() {
            let mut gathered = Gathered::new(signature.input_type);
            let mut ranges = Vec::new();
            let mut n_rows = 0;
            // So that the first answers do not wait for hundreds of others.
            while let [position, others @ ..] = rest
                && n_rows * row_cells < QUICK_CELLS
            {
                rest = others;
                match self.gather(requests[*position], &mut gathered) {
                    Ok(false) => {}
                    Ok(true) => {
                        let end = gathered.rows().len() / n_features;
                        ranges.push((*position, n_rows..end));
                        n_rows = end;
                    }
                    Err(failure) => {
                        gathered.truncate(n_rows * n_features);
                        let refusal = self.refusal(requests[*position], failure);
                        answers[*position] = Some(Err(refusal));
                    }
                }
            }
            if ranges.is_empty() {
                continue;
            }
            let rows = gathered.rows();
            let scored = self.predictor.predict(rows, &mut scores);
            if scored
                .and_then(|()| scores.check(n_rows, signature))
                .is_err()
                || details.fill(&*self.predictor, rows, needs).is_err()
            {
                continue; // each alone, so that only the cause fails
            }
            let scored = Scored {
                rows,
                scores: &scores,
                details: &details,
            };
            for (position, range) in ranges {
                let body = requests[position].body;
                let answer = self.encode_range(wanted, body, scored, range);
                answers[position] = Some(answer.map_err(Refusal::from));
            }
        }
    }

    /// The answer of some of the rows, those of the payload `body`.
    fn encode_range(
        &self,
        wanted: &Wanted<'_>,
        body: &[u8],
        scored: Scored<'_>,
        range: Range<usize>,
    ) -> Result<Answer, Failure> {
        let mut encoder = self.encoder(wanted)?;
        let claim = self.memory.claim(body.len());
        let begin = encoder.length();
        let pushed = encoder.push(scored, range);
        pushed.map_err(|error| Failure::Refused(error.into()))?;
        let grown = claim.grow(encoder.length() - begin);
        grown.map_err(|error| Failure::Refused(error.into()))?;
        Ok(encoder.finish())
    }

    /// Adds the rows of a payload, if there is one.
    fn gather(&self, request: Request<'_>, gathered: &mut Gathered) -> Result<bool, Failure> {
        let Some(content) = self.content(request)? else {
            return Ok(false);
        };
        let payload = content.payload()?;
        payload.decode(&self.schema, &mut |rows| gathered.push(rows))?;
        self.warn_if_short(&content);
        Ok(true)
    }
}

fn are_alike(a: &Request<'_>, b: &Request<'_>) -> bool {
    a.content_type == b.content_type
        && a.content_encoding == b.content_encoding
        && a.accept == b.accept
        && a.custom_attributes == b.custom_attributes
}

#[cfg(test)]
mod tests {
    use algorithm::{Cancellation, Features, Handler, Labels, PredictError, Signature};
    use proptest::prelude::*;

    use super::*;
    use crate::testing::{Toy, classifier, explained};

    const CONTENT_TYPES: [&str; 4] = ["text/csv", "application/json", "text/libsvm", "image/png"];
    const ACCEPTS: [&str; 3] = ["text/csv", "application/json", "image/png"];
    const ATTRIBUTES: [&str; 4] = [
        "output=probabilities,leaf",
        "output=raw_scores",
        "output=path",
        "output=nonsense",
    ];
    const BODIES: [&[u8]; 7] = [
        b"0,9",
        b"1,9\n0,9\n",
        b"1,x",
        b"13,9",
        b"",
        b"[[0,9],[1,9]]",
        b"0:1 1:2\n",
    ];

    static WAITED_FOR: Cancellation = Cancellation::new();

    fn request((a, b, c, d): &(usize, usize, usize, usize)) -> Request<'static> {
        Request {
            content_type: CONTENT_TYPES[*a],
            content_encoding: "",
            accept: ACCEPTS[*b],
            custom_attributes: ATTRIBUTES[*c],
            body: BODIES[*d],
            cancellation: &WAITED_FOR,
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

        /// Whatever arrives together, each answer is the one that its request would get alone.
        #[test]
        fn together_as_alone(
            choices in prop::collection::vec((0..4_usize, 0..3_usize, 0..4_usize, 0..7_usize), 0..40),
        ) {
            let native = Scorer::new(Box::new(explained(1)), "text/csv", None).unwrap();
            let model = Box::new(classifier(Labels::Integers(vec![0, 1, 2])));
            let dialect = Scorer::like_xgboost_container(model, "text/csv", None, false).unwrap();
            let requests: Vec<Request<'_>> = choices.iter().map(request).collect();
            for scorer in [native, dialect] {
                let alone: Vec<_> = requests.iter().map(|request| scorer.handle(*request)).collect();
                prop_assert_eq!(scorer.handle_together(&requests), alone);
            }
        }
    }

    /// Counts the rows of each call in the answers; fails if a row begins with 7.
    fn counting() -> Scorer {
        let signature = Signature::regressor(Features::unnamed(2), 1);
        let toy = Toy::new(signature, |values, scores, signature| {
            scores.resize(values.len() / 2, signature);
            scores.values_mut().fill((values.len() / 2) as f32);
            match values.chunks_exact(2).any(|row| row[0] == 7.0) {
                true => Err(PredictError::new("seven")),
                false => Ok(()),
            }
        });
        Scorer::new(Box::new(toy), "text/csv", None).unwrap()
    }

    fn csv(body: &str) -> Request<'_> {
        Request {
            body: body.as_bytes(),
            custom_attributes: "",
            ..request(&(0, 0, 0, 0))
        }
    }

    fn bodies(answers: Vec<Result<Answer, Refusal>>) -> Vec<String> {
        let text = |answer: Result<Answer, Refusal>| match answer {
            Ok(answer) => String::from_utf8(answer.body).unwrap(),
            Err(refusal) => refusal.to_string(),
        };
        answers.into_iter().map(text).collect()
    }

    #[test]
    fn payloads_with_equal_headers_are_one_call_of_the_predictor() {
        let requests = [csv("1,2"), csv("1,2\n3,4"), csv("x,2"), csv("5,6")];
        let answers = bodies(counting().handle_together(&requests));
        assert_eq!(
            (&*answers[0], &*answers[1], &*answers[3]),
            ("4.0\n", "4.0\n4.0\n", "4.0\n")
        );
        assert!(answers[2].starts_with("row 1"), "{}", answers[2]);
    }

    #[test]
    fn only_the_payload_that_makes_the_predictor_fail_fails() {
        let requests = [csv("1,2"), csv("7,2"), csv("5,6")];
        assert_eq!(
            bodies(counting().handle_together(&requests)),
            ["1.0\n", "seven", "1.0\n"]
        );
    }
}
