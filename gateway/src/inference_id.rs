//! The name of an invocation in the logs of gateway and worker.

use std::{
    fmt,
    hash::{BuildHasher as _, RandomState},
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
};

use axum::http::{HeaderMap, HeaderName};

/// Header with the client's name for the invocation.
const HEADER: HeaderName = HeaderName::from_static("x-amzn-sagemaker-inference-id");

/// A longer name is cut to this many characters. SageMaker allows 64.
const LONGEST: usize = 256;

/// Distinguishes this process's names from those of any other gateway process.
static PREFIX: LazyLock<u32> = LazyLock::new(|| RandomState::new().hash_one(()) as u32);

/// The number in the next generated name.
static NEXT: AtomicU64 = AtomicU64::new(1);

/// The client's name for an invocation, else a generated one. Generating it allocates nothing.
#[derive(Clone, Copy)]
pub enum InferenceId<'a> {
    Client(&'a str),
    Generated(u64),
}

impl<'a> InferenceId<'a> {
    /// The name in the request's headers. A name that is not all visible ASCII counts as none.
    pub fn of(headers: &'a HeaderMap) -> Self {
        let name = headers.get(HEADER).and_then(|value| value.to_str().ok());
        match name {
            // ASCII can be cut anywhere.
            Some(name) if !name.is_empty() => Self::Client(&name[..name.len().min(LONGEST)]),
            _ => Self::Generated(NEXT.fetch_add(1, Ordering::Relaxed)),
        }
    }
}

impl fmt::Display for InferenceId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Client(name) => f.write_str(name),
            Self::Generated(number) => write!(f, "{:08x}-{number}", *PREFIX),
        }
    }
}

/// In quotes, as every text in the log, so that a name can't imitate other fields of its line.
impl fmt::Debug for InferenceId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Client(name) => fmt::Debug::fmt(name, f),
            Self::Generated(_) => write!(f, "\"{self}\""),
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn id_of(value: &'static [u8]) -> String {
        let mut headers = HeaderMap::new();
        headers.insert(HEADER, HeaderValue::from_bytes(value).unwrap());
        InferenceId::of(&headers).to_string()
    }

    #[test]
    fn the_clients_name_counts() {
        assert_eq!(id_of(b"leaf 7"), "leaf 7");
        assert_eq!(id_of(&[b'a'; 1000]), "a".repeat(LONGEST));
    }

    #[test]
    fn else_one_is_made_that_is_like_no_other() {
        let made = [
            id_of(b""),
            id_of(b"\xff"),
            InferenceId::of(&HeaderMap::new()).to_string(),
        ];
        let prefix = format!("{:08x}-", *PREFIX);
        assert!(made.iter().all(|id| id.starts_with(&prefix)), "{made:?}");
        assert!(made[0] != made[1] && made[1] != made[2], "{made:?}");
    }

    #[test]
    fn a_name_in_the_log_is_quoted() {
        let id = InferenceId::Client("x\" status=200");
        assert_eq!(format!("{id:?}"), r#""x\" status=200""#);
        assert!(format!("{:?}", InferenceId::Generated(1)).ends_with("-1\""));
    }
}
