//! What must hold for any payload: it is answered record by record, or refused in one line.

use std::sync::OnceLock;

use algorithm::{Cancellation, Features, Handler as _, Labels, Output, Refusal, Request};
use model_worker::scorer::Scorer;
use trees::{Model, TreeModel, TreeNode};

/// Longest line that a client gets, in bytes.
const LONGEST_LINE: usize = 1000;

/// Sends a payload through models of three, two and one features.
///
/// # Panics
/// The answer is the worker's fault, or none of the forms that the README promises.
pub(crate) fn answer(content_type: &str, body: &[u8]) {
    static SCORERS: OnceLock<Vec<Scorer>> = OnceLock::new();
    let scorers = SCORERS.get_or_init(|| [3, 2, 1].map(scorer).into());
    for scorer in scorers {
        let request = Request {
            content_type,
            content_encoding: "",
            accept: "application/jsonlines",
            custom_attributes: "",
            body,
            cancellation: &Cancellation::new(),
        };
        scorer.is_quick(request);
        match scorer.handle(request) {
            Ok(answer) => {
                let text = std::str::from_utf8(&answer.body).expect("an answer is text");
                assert!(text.ends_with("}\n"), "{text}");
                assert!(
                    text.lines()
                        .all(|line| line.starts_with("{\"predicted_label\":"))
                );
            }
            Err(Refusal::BadPayload(line) | Refusal::UnsupportedContentType(line)) => {
                assert!(!line.contains(['\n', '\r']), "{line:?}");
                assert!(!line.is_empty() && line.len() <= LONGEST_LINE, "{line:?}");
            }
            Err(other) => panic!("{other:?}"),
        }
    }
}

/// A model whose features are the first `n_features` of `a`, `b` and `features`.
fn scorer(n_features: usize) -> Scorer {
    let names = ["a", "b", "features"];
    let leaf = |class| TreeNode::Leaf {
        values: vec![(class, 1.0)],
    };
    let tree = TreeModel {
        trees: vec![vec![
            TreeNode::Split {
                feature: 0,
                threshold: 0.5,
                true_child: 1,
                false_child: 2,
                missing_goes_true: true,
            },
            leaf(0),
            leaf(1),
        ]],
        output: Output::Classes(Labels::Text(vec!["low".to_owned(), "high".to_owned()])),
        features: Features::named(
            names
                .iter()
                .take(n_features)
                .map(|&name| name.to_owned())
                .collect(),
        ),
        ..TreeModel::default()
    };
    let file = tree.to_onnx().expect("the tree is valid");
    let model = Model::load(&file).expect("the file is valid");
    Scorer::new(Box::new(model), "text/csv", None).expect("the settings are fine")
}
