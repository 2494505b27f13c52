//! What a file says, as a model.

use algorithm::{Absent, Features, text::excerpt};

use super::{
    error::{Fault, invalid, unsupported},
    forest::ForestBuilder,
    objective::ObjectiveLink,
    version::Version,
};
use crate::{files::LibraryFile, link::Link, model::Model};

/// Most features, as in ONNX files.
pub(super) const MAX_FEATURES: usize = 1 << 24;

/// Most classes or targets, as in ONNX files.
const MAX_OUTPUTS: usize = 100_000;

/// What a file says, of any format.
pub(super) struct File {
    pub(super) version: Option<Version>,
    pub(super) base_score: Vec<f32>,
    /// Whether `base_score` is a margin, and not an answer.
    pub(super) is_margin: bool,
    pub(super) n_features: usize,
    /// 0 if the objective is not about classes; a document has 0 or 1 for two classes.
    pub(super) n_classes: usize,
    /// 0 in files older than several targets.
    pub(super) n_targets: usize,
    pub(super) is_dart: bool,
    pub(super) objective: String,
    pub(super) feature_names: Vec<String>,
    /// Missing, unless the file is one of ours that says otherwise.
    pub(super) absent: Absent,
    pub(super) forest: ForestBuilder,
}

impl File {
    pub(super) fn unknown_booster(name: &str) -> Fault {
        let found = excerpt(name.as_bytes());
        Fault::unsupported(format!("found `{found}`, supported are gbtree and dart"))
    }

    pub(super) fn load(self) -> Result<Model, Fault> {
        let of_param = |fault: Fault| fault.at("learner.learner_model_param");
        match self.n_features {
            0 => {
                let message = "found 0, allowed are numbers from 1: the model has not been fitted";
                return Err(of_param(Fault::invalid(message).at("num_feature")));
            }
            found if found > MAX_FEATURES => {
                let message = format!("found {found}, supported are up to {MAX_FEATURES}");
                return Err(of_param(Fault::unsupported(message).at("num_feature")));
            }
            _ => {}
        }
        let n_outputs = self.n_classes.max(self.n_targets).max(1);
        if n_outputs > MAX_OUTPUTS {
            return unsupported!(
                "learner.learner_model_param: found {n_outputs} outputs, supported are up to {MAX_OUTPUTS}"
            );
        }
        let base_score = match self.base_score.as_slice() {
            [one] => vec![*one; n_outputs],
            many if many.len() == n_outputs => self.base_score,
            many => {
                let found = many.len();
                return invalid!(
                    "learner.learner_model_param.base_score: found {found} numbers, expected 1 or {n_outputs}"
                );
            }
        };
        let objective = ObjectiveLink::new(&self.objective, n_outputs, self.version);
        let base = if self.is_margin {
            base_score
        } else {
            objective.margins(base_score, self.version)
        };
        let features = Features::with_names(self.n_features, self.feature_names)
            .map_err(|message| Fault::invalid(message).at("learner.feature_names"))?;
        // Before, the library added up the trees first.
        let since = if self.is_dart {
            Version(1, 4)
        } else {
            Version(1, 3)
        };
        let trees = self
            .forest
            .finish(self.n_features, n_outputs)
            .map_err(|fault| fault.at("learner.gradient_booster.model"))?;
        let file = LibraryFile {
            trees,
            base,
            adds_base_last: self.version.is_some_and(|version| version < since),
            output: objective.output(),
            features,
            absent: self.absent,
            objective: Some(self.objective),
            platform: "xgboost",
            link: Box::new(objective) as Box<dyn Link<f32>>,
        };
        file.load().map_err(|error| {
            Fault::invalid(error.to_string()).at("learner.gradient_booster.model.trees")
        })
    }
}
