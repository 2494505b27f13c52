//! The environment variables of a job. SageMaker's toolkits set the `SM_*` variables inside their own
//! containers; here they override the job's files and are never needed. An empty variable counts as not
//! set.

use std::path::PathBuf;

/// Looks variables up.
pub(super) struct Environment<E>(pub(super) E);

impl<E: Fn(&str) -> Option<String>> Environment<E> {
    /// `SAGEMAKER_BASE_DIR`, or `/opt/ml`.
    pub(super) fn base(&self) -> PathBuf {
        runtime::settings::base_dir(&self.0)
    }

    /// `SM_INPUT_DIR`: the directory of `config` and `data`.
    pub(super) fn input(&self) -> Option<PathBuf> {
        self.path("SM_INPUT_DIR")
    }

    /// `SM_INPUT_CONFIG_DIR`: the directory of the job's JSON files.
    pub(super) fn config(&self) -> Option<PathBuf> {
        self.path("SM_INPUT_CONFIG_DIR")
    }

    /// `SM_MODEL_DIR`: where the model file goes.
    pub(super) fn model(&self) -> Option<PathBuf> {
        self.path("SM_MODEL_DIR")
    }

    /// `SM_OUTPUT_DATA_DIR`: where the reports go.
    pub(super) fn output_data(&self) -> Option<PathBuf> {
        self.path("SM_OUTPUT_DATA_DIR")
    }

    /// `SM_CHANNEL_NAME`: the files of a channel.
    pub(super) fn channel(&self, name: &str) -> Option<PathBuf> {
        self.path(&format!("SM_CHANNEL_{}", name.to_ascii_uppercase()))
    }

    /// `SM_HP_NAME`: a hyperparameter. Here an empty text is a value.
    pub(super) fn hyperparameter(&self, name: &str) -> Option<String> {
        (self.0)(&format!("SM_HP_{}", name.to_ascii_uppercase()))
    }

    /// `SM_CURRENT_HOST`: the name of this machine.
    pub(super) fn current_host(&self) -> Option<String> {
        self.text("SM_CURRENT_HOST")
    }

    /// `SM_HOSTS`: a JSON array of the names of all machines; anything else counts as not set.
    pub(super) fn hosts(&self) -> Option<Vec<String>> {
        serde_json::from_str(&self.text("SM_HOSTS")?).ok()
    }

    /// `TRAINING_JOB_NAME`, which SageMaker sets.
    pub(super) fn job_name(&self) -> Option<String> {
        self.text("TRAINING_JOB_NAME")
    }

    fn path(&self, name: &str) -> Option<PathBuf> {
        self.text(name).map(PathBuf::from)
    }

    fn text(&self, name: &str) -> Option<String> {
        (self.0)(name).filter(|text| !text.trim().is_empty())
    }
}
