//! What a batch transform job says to its containers.

use std::{fmt, num::NonZeroUsize, str::FromStr};

use super::environment::{Environment, SettingError};

/// The batch transform job that this container serves, if any.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// `SAGEMAKER_BATCH`: there is such a job, whatever the text, as in AWS's XGBoost container.
    pub is_on: bool,
    /// `SAGEMAKER_BATCH_STRATEGY`: what a request holds.
    pub strategy: Strategy,
    /// `SAGEMAKER_MAX_CONCURRENT_TRANSFORMS`: requests that the job sends at once.
    pub concurrent: Option<NonZeroUsize>,
}

/// What a request of a batch transform job holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strategy {
    /// As many records as fit the payload limit.
    #[default]
    MultiRecord,
    /// One record.
    SingleRecord,
}

impl Batch {
    pub(super) fn read<F: Fn(&str) -> Option<String>>(
        env: &Environment<F>,
    ) -> Result<Self, SettingError> {
        let is_on = env.text("SAGEMAKER_BATCH");
        let concurrent = env.number(&["SAGEMAKER_MAX_CONCURRENT_TRANSFORMS"], 0, 10_000)?;
        Ok(Self {
            is_on: is_on.is_some(),
            strategy: env
                .parsed("SAGEMAKER_BATCH_STRATEGY", "MULTI_RECORD or SINGLE_RECORD")?
                .unwrap_or(Strategy::MultiRecord),
            // 0 leaves the number to the container, as in CreateTransformJob.
            concurrent: concurrent.and_then(NonZeroUsize::new),
        })
    }
}

/// The name in `/execution-parameters`.
impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MultiRecord => "MULTI_RECORD",
            Self::SingleRecord => "SINGLE_RECORD",
        })
    }
}

/// That name, or the one in CreateTransformJob, `MultiRecord`, in any case.
impl FromStr for Strategy {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text.replace('_', "").to_ascii_lowercase().as_str() {
            "multirecord" => Ok(Self::MultiRecord),
            "singlerecord" => Ok(Self::SingleRecord),
            _ => Err(()),
        }
    }
}
