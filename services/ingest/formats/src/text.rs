//! Text out of bytes: byte-order marks, UTF-16, and every kind of line end.

use std::io::{self, Read};

use encoding_rs::{CoderResult, Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use crate::charset;

const CHUNK_BYTES: usize = 64 << 10;

/// A reader whose bytes are UTF-8 (or, in places, an older encoding: see [`charset`]), with no
/// byte-order mark and with `\n` as the only line end.
pub(crate) struct TextSource {
    inner: Box<dyn Read + Send>,
    /// Present when the file is UTF-16.
    utf16: Option<Decoder>,
    /// What its texts are in where they are not UTF-8, once there is one.
    legacy: Option<&'static Encoding>,
    /// Text that is ready to be handed out, from `start`.
    ready: Vec<u8>,
    start: usize,
    /// The last chunk ended in a CR whose LF may follow.
    pending_cr: bool,
    at_end: bool,
    taken_bytes: u64,
}

impl TextSource {
    pub(crate) fn new(mut inner: Box<dyn Read + Send>) -> io::Result<Self> {
        let head = read_up_to(&mut *inner, CHUNK_BYTES)?;
        let (encoding, mark_bytes) = sniff(&head);
        let mut source = Self {
            inner,
            utf16: (encoding != UTF_8).then(|| encoding.new_decoder_without_bom_handling()),
            legacy: None,
            ready: Vec::with_capacity(CHUNK_BYTES),
            start: 0,
            pending_cr: false,
            at_end: head.len() < CHUNK_BYTES,
            taken_bytes: head.len() as u64,
        };
        source.accept(&head[mark_bytes..]);
        Ok(source)
    }

    /// Bytes of the underlying file taken so far.
    pub(crate) fn taken_bytes(&self) -> u64 {
        self.taken_bytes
    }

    /// What texts are in where they are not UTF-8, as far as the file was taken.
    pub(crate) fn legacy(&self) -> &'static Encoding {
        self.legacy.unwrap_or(WINDOWS_1252)
    }

    /// The text at hand, without taking it: the whole file or its first tens of kilobytes.
    pub(crate) fn head(&self) -> &[u8] {
        &self.ready[self.start..]
    }

    /// Makes a chunk of the file ready as text.
    fn accept(&mut self, chunk: &[u8]) {
        self.ready.clear();
        self.start = 0;
        let Some(decoder) = &mut self.utf16 else {
            append_lines(&mut self.ready, chunk, &mut self.pending_cr);
            self.legacy = self.legacy.or_else(|| charset::guess(&self.ready));
            return;
        };
        let mut text = String::with_capacity(
            decoder
                .max_utf8_buffer_length(chunk.len())
                .unwrap_or(4 * CHUNK_BYTES),
        );
        let (result, _, _) = decoder.decode_to_string(chunk, &mut text, self.at_end);
        debug_assert_eq!(result, CoderResult::InputEmpty);
        append_lines(&mut self.ready, text.as_bytes(), &mut self.pending_cr);
    }
}

impl Read for TextSource {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        while self.start == self.ready.len() {
            if self.at_end {
                return Ok(0);
            }
            let chunk = read_up_to(&mut *self.inner, CHUNK_BYTES)?;
            self.at_end = chunk.len() < CHUNK_BYTES;
            self.taken_bytes += chunk.len() as u64;
            self.accept(&chunk);
        }
        let taken = out.len().min(self.ready.len() - self.start);
        out[..taken].copy_from_slice(&self.ready[self.start..self.start + taken]);
        self.start += taken;
        Ok(taken)
    }
}

fn read_up_to(inner: &mut (dyn Read + Send), bytes: usize) -> io::Result<Vec<u8>> {
    let mut chunk = Vec::with_capacity(bytes);
    inner.take(bytes as u64).read_to_end(&mut chunk)?;
    Ok(chunk)
}

/// The encoding of a file's head and the length of its byte-order mark.
fn sniff(head: &[u8]) -> (&'static Encoding, usize) {
    if let Some((encoding, mark_bytes)) = Encoding::for_bom(head) {
        return (encoding, mark_bytes);
    }
    // UTF-16 without a mark: text of any export is mostly ASCII, so every other byte is zero.
    let sample = &head[..head.len().min(512)];
    let zeros = |offset: usize| {
        sample
            .iter()
            .skip(offset)
            .step_by(2)
            .filter(|b| **b == 0)
            .count()
    };
    let (even, odd, pairs) = (zeros(0), zeros(1), sample.len() / 2);
    if pairs >= 4 && odd * 10 > pairs * 7 && even * 10 < pairs {
        (UTF_16LE, 0)
    } else if pairs >= 4 && even * 10 > pairs * 7 && odd * 10 < pairs {
        (UTF_16BE, 0)
    } else {
        (UTF_8, 0)
    }
}

/// Appends a chunk with every `\r\n` and lone `\r` made `\n`.
fn append_lines(out: &mut Vec<u8>, mut chunk: &[u8], pending_cr: &mut bool) {
    if *pending_cr && !chunk.is_empty() {
        // The line end itself went out with the chunk before.
        chunk = chunk.strip_prefix(b"\n").unwrap_or(chunk);
        *pending_cr = false;
    }
    while let Some(at) = memchr::memchr(b'\r', chunk) {
        out.extend_from_slice(&chunk[..at]);
        out.push(b'\n');
        chunk = &chunk[at + 1..];
        if chunk.is_empty() {
            *pending_cr = true;
        }
        chunk = chunk.strip_prefix(b"\n").unwrap_or(chunk);
    }
    out.extend_from_slice(chunk);
}

/// Whether there is nothing to see in a beginning.
pub(crate) fn is_blank(head: &[u8]) -> bool {
    let is_blank = |byte: &u8| byte.is_ascii_whitespace();
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    head.iter().all(is_blank)
}

/// The head of a file as text for detection.
pub(crate) fn decode_head(head: &[u8]) -> String {
    let (encoding, mark_bytes) = sniff(head);
    let text = if encoding == UTF_8 {
        let legacy = charset::guess(head).unwrap_or(WINDOWS_1252);
        charset::decode_as(&head[mark_bytes..], legacy)
    } else {
        encoding.decode_without_bom_handling(&head[mark_bytes..]).0
    };
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// A text if there is any, without surrounding white space.
pub(crate) fn non_empty(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn text_of(bytes: &[u8]) -> String {
        let mut text = String::new();
        TextSource::new(Box::new(Cursor::new(bytes.to_vec())))
            .unwrap()
            .read_to_string(&mut text)
            .unwrap();
        text
    }

    #[test]
    fn every_kind_of_line_end_becomes_a_line_feed() {
        assert_eq!(text_of(b"a\r\nb\rc\nd\r"), "a\nb\nc\nd\n");
        assert_eq!(text_of(b"a\r\r\nb"), "a\n\nb");
    }

    #[test]
    fn a_line_end_split_between_two_chunks_stays_one() {
        let mut bytes = vec![b'x'; CHUNK_BYTES - 1];
        bytes.extend_from_slice(b"\r\ny");
        let text = text_of(&bytes);
        assert_eq!(text.matches('\n').count(), 1);
        assert!(text.ends_with("x\ny"));
    }

    #[test]
    fn utf_16_is_read_with_and_without_a_mark_in_both_orders() {
        let text = "Grüße, Ada Lovelace\r\n";
        for (big, marked) in [(false, false), (false, true), (true, false), (true, true)] {
            let mark = marked.then_some('\u{feff}').into_iter();
            let units = mark.chain(text.chars()).collect::<String>();
            let bytes = units
                .encode_utf16()
                .flat_map(|unit| {
                    if big {
                        unit.to_be_bytes()
                    } else {
                        unit.to_le_bytes()
                    }
                })
                .collect::<Vec<_>>();
            assert_eq!(text_of(&bytes), "Grüße, Ada Lovelace\n");
        }
    }

    #[test]
    fn a_utf_16_pair_split_between_two_chunks_stays_whole() {
        let text = format!("{}🦉b", "a".repeat(CHUNK_BYTES / 2 - 2));
        let mut bytes = vec![0xff, 0xfe];
        bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
        assert_eq!(text_of(&bytes), text);
    }

    #[test]
    fn the_utf_8_mark_is_dropped() {
        assert_eq!(text_of(b"\xef\xbb\xbfFirst Name"), "First Name");
    }
}
