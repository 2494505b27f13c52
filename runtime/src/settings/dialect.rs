//! Whose payloads and answers the server speaks.

use std::{fmt, str::FromStr};

use super::environment::{Environment, SettingError};

/// `MODEL_SERVER_DIALECT`: what payloads and answers look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// As README.md says.
    Native,
    /// As those of AWS's XGBoost container.
    SagemakerXgboost,
}

impl Dialect {
    pub(super) fn read<F: Fn(&str) -> Option<String>>(
        env: &Environment<F>,
    ) -> Result<Option<Self>, SettingError> {
        env.parsed("MODEL_SERVER_DIALECT", "sagemaker-xgboost or native")
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Native => "native",
            Self::SagemakerXgboost => "sagemaker-xgboost",
        })
    }
}

/// That name, in any case.
impl FromStr for Dialect {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        [Self::Native, Self::SagemakerXgboost]
            .into_iter()
            .find(|dialect| dialect.to_string().eq_ignore_ascii_case(text))
            .ok_or(())
    }
}
