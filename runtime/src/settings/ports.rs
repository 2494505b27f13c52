//! The TCP ports that a container may open.

use std::{fmt, ops::RangeInclusive, str::FromStr};

use super::environment::{Environment, SettingError};

const DEFAULT_HTTP_PORT: u16 = 8080;

const GRPC_PORT: &str = "MODEL_SERVER_GRPC_PORT";

/// `SAGEMAKER_SAFE_PORT_RANGE`: the range of all ports but the HTTP port, so that the containers of an
/// inference pipeline do not collide.
struct SafeRange(RangeInclusive<u16>);

/// `SAGEMAKER_BIND_TO_PORT`; 0 stands for any free port.
pub(super) fn http<F: Fn(&str) -> Option<String>>(
    env: &Environment<F>,
) -> Result<u16, SettingError> {
    let port = env.number(&["SAGEMAKER_BIND_TO_PORT"], 0, u16::MAX)?;
    Ok(port.unwrap_or(DEFAULT_HTTP_PORT))
}

/// `MODEL_SERVER_GRPC_PORT`: within the safe range, if there is one, and not `http_port`.
pub(super) fn grpc<F: Fn(&str) -> Option<String>>(
    env: &Environment<F>,
    http_port: u16,
) -> Result<Option<u16>, SettingError> {
    let safe: Option<SafeRange> = env.parsed(
        "SAGEMAKER_SAFE_PORT_RANGE",
        "two ports as in 9000-9999, the lower one first",
    )?;
    let Some(port) = env.number(&[GRPC_PORT], 1, u16::MAX)? else {
        return Ok(None);
    };
    let refuse = |expected: String| {
        Err(SettingError {
            name: GRPC_PORT,
            value: port.to_string(),
            expected,
        })
    };
    match safe {
        _ if port == http_port => refuse("another port than SAGEMAKER_BIND_TO_PORT".to_owned()),
        Some(safe) if !safe.0.contains(&port) => {
            refuse(format!("a port of SAGEMAKER_SAFE_PORT_RANGE, {safe}"))
        }
        _ => Ok(Some(port)),
    }
}

impl FromStr for SafeRange {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (low, high) = text.split_once('-').ok_or(())?;
        let port = |text: &str| text.trim().parse::<u16>().map_err(|_| ());
        let range = port(low)?..=port(high)?;
        if range.is_empty() {
            return Err(());
        }
        Ok(Self(range))
    }
}

impl fmt::Display for SafeRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.0.start(), self.0.end())
    }
}
