//! How an invocation loses its worker, in words for the client and the log.

use std::{fmt, sync::Arc, time::Duration};

/// Longest reason of a broken protocol that is passed on, in characters. It may come from the worker.
const LONGEST_REASON: usize = 300;

/// Why a worker did not answer an invocation that it had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Loss {
    /// Its process ended.
    Died,
    /// It gave no sign of life for this long, `MODEL_SERVER_PROBE_TIMEOUT`.
    Stalled(Duration),
    /// It lives, but ended the stream.
    EndedStream,
    /// What it sent is no answer; the text says what was wrong.
    BrokeProtocol(Arc<str>),
}

/// The two losses after which an invocation is not tried again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Losses {
    pub first: Loss,
    pub second: Loss,
}

impl Loss {
    /// The loss of a worker that broke the protocol; `reason` becomes one line of bounded length.
    pub(crate) fn broke_protocol(reason: &str) -> Self {
        let characters = reason.chars().take(LONGEST_REASON);
        let line: String = characters
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        Self::BrokeProtocol(line.into())
    }

    /// Whether only a stream was lost, and the worker lives. Any invocation on that stream may be the cause.
    pub(crate) fn is_of_stream(&self) -> bool {
        matches!(self, Self::EndedStream | Self::BrokeProtocol(_))
    }
}

/// What the worker did.
impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Died => f.write_str("died"),
            Self::Stalled(patience) => write!(
                f,
                "gave no sign of life for {} s (MODEL_SERVER_PROBE_TIMEOUT)",
                patience.as_secs()
            ),
            Self::EndedStream => f.write_str("ended the stream"),
            Self::BrokeProtocol(reason) => write!(f, "broke the protocol: {reason}"),
        }
    }
}

impl fmt::Display for Losses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self {
                first: Loss::BrokeProtocol(_),
                second: Loss::BrokeProtocol(reason),
            } => write!(f, "the worker's answer broke the protocol: {reason}"),
            Self { first, second } if first == second => write!(
                f,
                "two workers in a row {first} while they had this invocation"
            ),
            Self { first, second } => write!(
                f,
                "two workers in a row failed while they had this invocation: the first {first}; \
                 the second {second}"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_says_what_happened() {
        let stalled = || Loss::Stalled(Duration::from_secs(1));
        let broke = || Loss::broke_protocol("no\nhead");
        for (first, second, sentence) in [
            (
                Loss::Died,
                Loss::Died,
                "two workers in a row died while they had this invocation",
            ),
            (
                stalled(),
                stalled(),
                "two workers in a row gave no sign of life for 1 s (MODEL_SERVER_PROBE_TIMEOUT) while \
                 they had this invocation",
            ),
            (
                broke(),
                broke(),
                "the worker's answer broke the protocol: no head",
            ),
            (
                Loss::EndedStream,
                Loss::EndedStream,
                "two workers in a row ended the stream while they had this invocation",
            ),
            (
                stalled(),
                Loss::Died,
                "two workers in a row failed while they had this invocation: the first gave no sign of \
                 life for 1 s (MODEL_SERVER_PROBE_TIMEOUT); the second died",
            ),
            (
                broke(),
                Loss::Died,
                "two workers in a row failed while they had this invocation: the first broke the \
                 protocol: no head; the second died",
            ),
        ] {
            assert_eq!(Losses { first, second }.to_string(), sentence);
        }
        let long = Loss::broke_protocol(&"é".repeat(1000)).to_string();
        assert_eq!(long.chars().filter(|c| *c == 'é').count(), LONGEST_REASON);
    }
}
