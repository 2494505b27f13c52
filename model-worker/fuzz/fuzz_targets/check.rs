//! What must hold for any payload: it is answered record by record, or refused in one line.

use std::sync::OnceLock;

use algorithm::{Features, Labels, Output};
use model_worker::scorer::Scorer;
use proto::invocations::{Outcome, RequestHead};
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
        let head = RequestHead {
            content_type: content_type.to_owned(),
            accept: "application/jsonlines".to_owned(),
            ..RequestHead::default()
        };
        let (head, answer) = scorer.answer(&head, body);
        let text = std::str::from_utf8(&answer).expect("an answer is text");
        match head.outcome() {
            Outcome::Ok => {
                assert!(text.ends_with("}\n"), "{text}");
                assert!(
                    text.lines()
                        .all(|line| line.starts_with("{\"predicted_label\":"))
                );
            }
            Outcome::BadPayload | Outcome::UnsupportedContentType => {
                assert!(!text.contains(['\n', '\r']), "{text:?}");
                assert!(!text.is_empty() && text.len() <= LONGEST_LINE, "{text:?}");
            }
            other => panic!("{other:?}: {text}"),
        }
    }
}

/// A model whose features are `a`, `b` and `features`, or the first ones of these.
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
        metadata: vec![],
    };
    let file = tree.to_onnx().expect("the tree is one");
    let model = Model::load(&file).expect("the file is one");
    Scorer::new(Box::new(model), "text/csv", None).expect("the settings are fine")
}
