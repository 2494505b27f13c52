//! Where the requests on a connection begin and end (RFC 9112, 6 and 7.1).

use memchr::memchr;

/// Of a line that comes in several reads only so many bytes are kept: enough for a name and a number.
const KEPT: usize = 256;

/// Follows a connection's bytes, in whatever pieces they come.
#[derive(Default)]
pub(super) struct Framing {
    state: State,
    /// The beginning of a line whose end has not come yet.
    line: Vec<u8>,
    /// Some of that line was not kept.
    is_cut: bool,
    head: Head,
    /// Heads so far.
    requests: u64,
}

#[derive(Default)]
enum State {
    #[default]
    Head,
    /// So many bytes of the body are still to come.
    Body(u64),
    ChunkSize,
    /// So many bytes of the chunk and its line end are still to come.
    Chunk(u64),
    Trailers,
    /// HTTP/2, or hyper ends the connection after this request.
    Over,
}

/// What the lines of a head have said so far.
#[derive(Default)]
struct Head {
    has_begun: bool,
    length: Option<Length>,
    is_chunked: bool,
}

enum Length {
    Bytes(u64),
    /// No number: hyper refuses the request, or knows better.
    Unclear,
}

/// The request that has begun, or is about to, may have two lengths.
struct Doubt;

impl Framing {
    /// Looks at the bytes that come next. Returns the number of the first request that has two lengths,
    /// or whose lengths can't be told; nothing is looked at from then on.
    pub(super) fn take(&mut self, mut bytes: &[u8]) -> Option<u64> {
        while !bytes.is_empty() {
            match &mut self.state {
                State::Over => return None,
                State::Body(left) | State::Chunk(left) => {
                    let here = usize::try_from(*left).map_or(bytes.len(), |n| n.min(bytes.len()));
                    *left -= here as u64;
                    bytes = bytes.get(here..).unwrap_or_default();
                    if *left == 0 {
                        self.state = match self.state {
                            State::Chunk(_) => State::ChunkSize,
                            _ => State::Head,
                        };
                    }
                }
                State::Head | State::ChunkSize | State::Trailers => {
                    let Some(end) = memchr(b'\n', bytes) else {
                        self.keep(bytes);
                        return None;
                    };
                    let (line, rest) = bytes.split_at(end);
                    bytes = rest.get(1..).unwrap_or_default();
                    if self.line_ends(line).is_err() {
                        self.state = State::Over;
                        return Some(self.requests.max(1));
                    }
                }
            }
        }
        None
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = KEPT.saturating_sub(self.line.len());
        self.is_cut |= bytes.len() > room;
        self.line
            .extend_from_slice(bytes.get(..room).unwrap_or(bytes));
    }

    /// A line is complete; `end` is what came of it last.
    fn line_ends(&mut self, end: &[u8]) -> Result<(), Doubt> {
        if self.line.is_empty() {
            return self.line(end, false);
        }
        self.keep(end);
        let mut line = std::mem::take(&mut self.line);
        let is_cut = std::mem::take(&mut self.is_cut);
        let result = self.line(&line, is_cut);
        line.clear();
        self.line = line;
        result
    }

    fn line(&mut self, line: &[u8], is_cut: bool) -> Result<(), Doubt> {
        match self.state {
            State::Head => self.head_line(line, is_cut),
            State::ChunkSize => self.chunk_size(line, is_cut),
            State::Trailers => match line {
                b"\r" => {
                    self.state = State::Head;
                    Ok(())
                }
                // hyper ends trailers nowhere else.
                _ if line.ends_with(b"\r") || is_cut => Ok(()),
                _ => self.doubt_next(),
            },
            State::Body(_) | State::Chunk(_) | State::Over => Ok(()),
        }
    }

    fn head_line(&mut self, line: &[u8], is_cut: bool) -> Result<(), Doubt> {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            // Empty lines before a request do not count.
            return if self.head.has_begun {
                self.head_ends()
            } else {
                Ok(())
            };
        }
        if !self.head.has_begun {
            self.head.has_begun = true;
            self.requests += 1;
            if line == b"PRI * HTTP/2.0" {
                self.state = State::Over;
            }
            return Ok(());
        }
        // Most lines are told apart from the two by their first letter.
        match line.first() {
            Some(b'C' | b'c') => {
                if let Some(value) = value_of(b"content-length", line) {
                    let bytes = number(value).filter(|_| !is_cut);
                    let length = bytes.map_or(Length::Unclear, Length::Bytes);
                    self.head.length.get_or_insert(length);
                }
            }
            Some(b'T' | b't') if value_of(b"transfer-encoding", line).is_some() => {
                self.head.is_chunked = true;
            }
            _ => {}
        }
        Ok(())
    }

    fn head_ends(&mut self) -> Result<(), Doubt> {
        let head = std::mem::take(&mut self.head);
        self.state = match (head.is_chunked, head.length) {
            (true, Some(_)) => return Err(Doubt),
            // hyper refuses an encoding that does not end in "chunked".
            (true, None) => State::ChunkSize,
            (false, Some(Length::Unclear)) => return self.doubt_next(),
            (false, Some(Length::Bytes(0)) | None) => State::Head,
            (false, Some(Length::Bytes(bytes))) => State::Body(bytes),
        };
        Ok(())
    }

    fn chunk_size(&mut self, line: &[u8], is_cut: bool) -> Result<(), Doubt> {
        let end = line.iter().position(|byte| !byte.is_ascii_hexdigit());
        let digits = line.get(..end.unwrap_or(line.len())).unwrap_or_default();
        if is_cut && digits.len() == line.len() {
            return self.doubt_next();
        }
        let size = digits.iter().try_fold(0_u64, |size, digit| {
            let digit = char::from(*digit).to_digit(16)?;
            size.checked_mul(16)?.checked_add(digit.into())
        });
        // The line end behind the chunk.
        self.state = match size.map(|size| (size, size.checked_add(2))) {
            Some((0, _)) => State::Trailers,
            Some((_, Some(bytes))) => State::Chunk(bytes),
            _ => return self.doubt_next(),
        };
        Ok(())
    }

    /// Where this request ends can't be told, so nothing can be told of the next.
    fn doubt_next(&mut self) -> Result<(), Doubt> {
        self.requests += 1;
        Err(Doubt)
    }
}

/// The value of a header line, where it is the header `name`, in small letters.
fn value_of<'a>(name: &[u8], line: &'a [u8]) -> Option<&'a [u8]> {
    let (found, rest) = line.split_at_checked(name.len())?;
    let value = rest.strip_prefix(b":")?;
    found.eq_ignore_ascii_case(name).then_some(value)
}

fn number(value: &[u8]) -> Option<u64> {
    str::from_utf8(value.trim_ascii()).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &str = "GET /ping HTTP/1.1\r\nhost: x\r\n\r\n";
    const SIZED: &str =
        "POST / HTTP/1.1\r\nContent-Length: 12\r\nhost: x\r\n\r\nab\r\n\r\ncd\r\nef";
    const CHUNKED: &str = "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n\
         22;x=\"y\"\r\ncontent-length: 1\r\nP / a: b\r\n\r\n0\r\n\r\n0\r\nx: content-length: 7\r\n\r\n";
    const LENGTH_FIRST: &str =
        "POST / HTTP/1.1\r\nCONTENT-LENGTH:4\r\nx: y\r\nTransfer-Encoding: chunked\r\n\r\n";
    const CODING_FIRST: &str = "POST / HTTP/1.1\ntransfer-encoding: gzip\nTRANSFER-ENCODING:chunked\ncontent-length: a\n\n";

    /// The answer for the bytes as a whole, after it was the same for them in pieces of every size.
    fn found(bytes: &str) -> Option<u64> {
        let whole = Framing::default().take(bytes.as_bytes());
        for size in 1..bytes.len() {
            let mut framing = Framing::default();
            let mut pieces = bytes.as_bytes().chunks(size);
            assert_eq!(
                pieces.find_map(|piece| framing.take(piece)),
                whole,
                "{size}"
            );
        }
        whole
    }

    #[test]
    fn two_lengths_are_found_behind_any_requests() {
        for request in [LENGTH_FIRST, CODING_FIRST] {
            assert_eq!(found(request), Some(1));
            for before in [PLAIN, SIZED, CHUNKED] {
                assert_eq!(found(&format!("{before}\r\n{before}{request}")), Some(3));
            }
        }
    }

    #[test]
    fn what_bodies_and_trailers_say_does_not_count() {
        let body = format!(
            "POST / HTTP/1.1\r\ncontent-length: {}\r\n\r\n{LENGTH_FIRST}",
            LENGTH_FIRST.len()
        );
        let chunk = format!(
            "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{LENGTH_FIRST}\r\n0\r\n\r\n",
            LENGTH_FIRST.len()
        );
        let all = [PLAIN, SIZED, CHUNKED, &body, &chunk, PLAIN, CHUNKED].concat();
        assert_eq!(found(&all), None);
        assert_eq!(found(&(all + LENGTH_FIRST)), Some(8));
    }

    #[test]
    fn http2_is_left_alone() {
        let preface = format!("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n{LENGTH_FIRST}");
        assert_eq!(found(&preface), None);
    }

    #[test]
    fn what_cannot_be_told_is_in_doubt() {
        let far = format!(
            "POST / HTTP/1.1\r\ncontent-length:{}7\r\n\r\n",
            " ".repeat(KEPT)
        );
        let mut framing = Framing::default();
        assert_eq!(framing.take(&far.as_bytes()[..60]), None);
        assert_eq!(framing.take(&far.as_bytes()[60..]), Some(2));
        for request in [
            "POST / HTTP/1.1\r\ncontent-length: x\r\n\r\n",
            "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
            "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n0\r\nx\n\r\n",
        ] {
            assert_eq!(found(request), Some(2), "{request}");
        }
    }
}
