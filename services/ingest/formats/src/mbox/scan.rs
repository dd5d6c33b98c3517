//! Finds the messages of a mailbox file in one pass over a bounded buffer.

use std::io::{self, Read};

use memchr::{memchr, memmem::Finder};

use super::{single, when};
use crate::{error::FormatError, reader::ReadSeek};

const BUFFER_BYTES: usize = 1 << 20;
/// Header text of one message that is kept; decoding is not linear in the worst case.
const KEPT_BYTES: usize = 256 << 10;
/// A separator and the beginning of the line after it fit into this.
const LOOK_AHEAD_BYTES: usize = 2 << 10;
/// The longest separator line believed.
const SEPARATOR_BYTES: usize = 1 << 10;

/// The headers that are kept, in lower case: who, whom, when, and what kind of mail it is.
const KEPT_HEADERS: [&[u8]; 16] = [
    b"auto-submitted",
    b"bcc",
    b"cc",
    b"date",
    b"from",
    b"in-reply-to",
    b"list-id",
    b"list-unsubscribe",
    b"message-id",
    b"precedence",
    b"references",
    b"to",
    b"x-gm-thrid",
    b"x-gmail-labels",
    b"x-mozilla-status",
    b"x-spam-flag",
];
/// Those that are looked at and not kept: they say which way a mail took.
const SEEN_HEADERS: [&[u8]; 20] = [
    b"delivered-to",
    b"envelope-to",
    b"feedback-id",
    b"list-post",
    b"mailing-list",
    b"received",
    b"reply-to",
    b"return-path",
    b"sender",
    b"x-auto-response-suppress",
    b"x-autoreply",
    b"x-autorespond",
    b"x-autoresponder",
    b"x-envelope-to",
    b"x-failed-recipients",
    b"x-forwarded-to",
    b"x-mailing-list",
    b"x-original-from",
    b"x-original-sender",
    b"x-original-to",
];

/// What was kept of one message.
pub(super) struct Block {
    /// The line `From …` that begins the message.
    pub(super) separator: Vec<u8>,
    /// The kept headers, folded as they were, `\n` as line end.
    pub(super) kept: Vec<u8>,
    /// Headers that are looked at and not kept.
    pub(super) seen: Vec<u8>,
    /// Why the message cannot be used.
    pub(super) fault: Option<String>,
}

/// A mailbox file being read.
pub(super) struct Scanner {
    source: Box<dyn ReadSeek + Send>,
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
    at_end: bool,
    taken_bytes: u64,
    max_header_bytes: usize,
    /// The file is one mail: before it, and behind it.
    single: Option<Single>,
    finder: Finder<'static>,
}

/// How far a file of one mail is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Single {
    Begins,
    Read,
}

enum Line {
    /// A line, from the buffer's start, with its line end.
    Whole(usize),
    /// The buffer is full and holds no line end.
    Endless,
    /// No bytes are left.
    None,
}

impl Scanner {
    pub(super) fn new(source: Box<dyn ReadSeek + Send>, max_header_bytes: usize) -> Self {
        Self {
            source,
            buffer: vec![0; BUFFER_BYTES].into_boxed_slice(),
            start: 0,
            end: 0,
            at_end: false,
            taken_bytes: 0,
            max_header_bytes,
            single: None,
            finder: Finder::new(b"\nFrom "),
        }
    }

    /// Bytes of the file that have been dealt with.
    pub(super) fn done_bytes(&self) -> u64 {
        self.taken_bytes - (self.end - self.start) as u64
    }

    /// Goes to the first message, which must be what the file begins with.
    pub(super) fn find_first(&mut self) -> Result<(), FormatError> {
        const EXPECTED: &str = "an mbox file, beginning with a line `From address date`";
        self.refill()?;
        if self.ready().starts_with(b"\xef\xbb\xbf") {
            self.start += 3;
        }
        self.start += self.ready().len() - self.ready().trim_ascii_start().len();
        if self.ready().is_empty() && self.at_end {
            return Err(FormatError::Empty { expected: EXPECTED });
        }
        if is_separator(self.ready(), true) != Some(true) {
            if let Some(start) = single::begins(self.ready()) {
                self.start += start;
                self.single = Some(Single::Begins);
                return Ok(());
            }
            let line = self
                .ready()
                .split(|byte| *byte == b'\n')
                .next()
                .unwrap_or_default();
            let line = crate::charset::decode(&line[..line.len().min(100)]).into_owned();
            let found = format!("the file begins with `{}`", line.escape_debug());
            return Err(FormatError::NoRecords {
                found,
                expected: EXPECTED,
            });
        }
        Ok(())
    }

    /// Takes the headers of the next message and goes to the one after it.
    pub(super) fn next_message(&mut self) -> io::Result<Option<Block>> {
        let separator = match (self.single, self.line()?) {
            (Some(Single::Read), _) | (_, Line::None) => return Ok(None),
            (Some(Single::Begins), _) | (None, Line::Endless) => Vec::new(),
            (None, Line::Whole(length)) => self.ready()[..length.min(SEPARATOR_BYTES)].to_vec(),
        };
        match &mut self.single {
            Some(single) => *single = Single::Read,
            None => self.pass_line()?,
        }
        let mut block = Block {
            separator,
            kept: Vec::new(),
            seen: Vec::new(),
            fault: None,
        };
        if self.take_headers(&mut block)? {
            self.pass_body()?;
        }
        Ok(Some(block))
    }

    /// Takes headers up to and excluding the end of the blank line after them. Answers whether a
    /// body follows.
    fn take_headers(&mut self, block: &mut Block) -> io::Result<bool> {
        let (mut passed_bytes, mut keeping, mut received) = (0, Keep::No, false);
        loop {
            let length = match self.line()? {
                Line::None => return Ok(false),
                Line::Endless => self.ready().len(),
                Line::Whole(length) => length,
            };
            passed_bytes += length;
            if passed_bytes > self.max_header_bytes || length == BUFFER_BYTES {
                block.fault = Some(format!(
                    "its headers do not end within {} bytes; expected an empty line after them",
                    self.max_header_bytes.min(passed_bytes)
                ));
                return Ok(true);
            }
            let line = &self.buffer[self.start..self.start + length];
            let text = line.trim_ascii_end();
            if text.is_empty() {
                // The line end stays: the next separator may follow at once.
                self.start += length - 1;
                return Ok(true);
            }
            if line.starts_with(b"From ") && self.single.is_none() && self.at_separator()? {
                return Ok(false);
            }
            let text = self.ready()[..length].trim_ascii_end();
            if !matches!(text[0], b' ' | b'\t') {
                keeping = keep(text, &mut received);
            }
            let into = match keeping {
                Keep::Shown => Some(&mut block.kept),
                Keep::Seen => Some(&mut block.seen),
                Keep::No => None,
            };
            if let Some(into) = into.filter(|into| into.len() + text.len() < KEPT_BYTES) {
                into.extend_from_slice(text);
                into.push(b'\n');
            }
            self.start += length;
        }
    }

    /// Goes to the next separator, or to the end.
    fn pass_body(&mut self) -> io::Result<()> {
        loop {
            if self.single.is_some() {
                self.start = self.end;
                if self.at_end {
                    return Ok(());
                }
                self.refill()?;
                continue;
            }
            match self.finder.find(self.ready()) {
                Some(at) => {
                    self.start += at;
                    if self.end - self.start < LOOK_AHEAD_BYTES {
                        self.refill()?;
                    }
                    self.start += 1;
                    if self.at_separator()? {
                        return Ok(());
                    }
                }
                None => {
                    // The last bytes may be the beginning of a separator.
                    self.start = self.start.max(self.end.saturating_sub(5));
                    if self.at_end {
                        self.start = self.end;
                        return Ok(());
                    }
                    self.refill()?;
                }
            }
        }
    }

    /// Whether a separator stands at the buffer's start.
    fn at_separator(&mut self) -> io::Result<bool> {
        if self.end - self.start < LOOK_AHEAD_BYTES {
            self.refill()?;
        }
        Ok(is_separator(self.ready(), self.at_end).unwrap_or(false))
    }

    fn ready(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// The line at the buffer's start.
    fn line(&mut self) -> io::Result<Line> {
        let mut searched = 0;
        loop {
            if let Some(at) = memchr(b'\n', &self.ready()[searched..]) {
                return Ok(Line::Whole(searched + at + 1));
            }
            searched = self.ready().len();
            if self.at_end {
                return Ok(if searched == 0 {
                    Line::None
                } else {
                    Line::Whole(searched)
                });
            }
            if searched == BUFFER_BYTES {
                return Ok(Line::Endless);
            }
            self.refill()?;
        }
    }

    /// Drops the line at the buffer's start, however long.
    fn pass_line(&mut self) -> io::Result<()> {
        loop {
            match self.line()? {
                Line::Whole(length) => {
                    self.start += length;
                    return Ok(());
                }
                Line::Endless => self.start = self.end,
                Line::None => return Ok(()),
            }
        }
    }

    /// Moves what is ready to the front and fills the buffer behind it.
    fn refill(&mut self) -> io::Result<()> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        while self.end < BUFFER_BYTES && !self.at_end {
            match self.source.read(&mut self.buffer[self.end..]) {
                Ok(0) => self.at_end = true,
                Ok(taken) => {
                    self.end += taken;
                    self.taken_bytes += taken as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// What becomes of a header.
#[derive(Clone, Copy)]
enum Keep {
    Shown,
    Seen,
    No,
}

/// What becomes of the header that a line begins. Of those that each who carried the mail adds, only
/// the first is wanted.
fn keep(line: &[u8], received: &mut bool) -> Keep {
    let name = line.split(|byte| *byte == b':').next();
    let name = name.unwrap_or_default().trim_ascii_end();
    let is_of = |names: &[&[u8]]| names.iter().any(|it| it.eq_ignore_ascii_case(name));
    if is_of(&[b"received"]) && std::mem::replace(received, true) {
        return Keep::No;
    }
    match (is_of(&KEPT_HEADERS), is_of(&SEEN_HEADERS)) {
        (true, _) => Keep::Shown,
        (false, true) => Keep::Seen,
        (false, false) => Keep::No,
    }
}

/// Whether bytes begin with a line `From address date` followed by a header, an empty line or
/// nothing. A sentence of a body that begins with "From" has no day with its year and time in its
/// line, or no header below it. `None` when there are too few bytes to tell and more may come.
pub(super) fn is_separator(bytes: &[u8], all_there: bool) -> Option<bool> {
    if !bytes.starts_with(b"From ") {
        return Some(false);
    }
    let window = &bytes[..bytes.len().min(LOOK_AHEAD_BYTES)];
    let Some(end) = memchr(b'\n', window) else {
        let cut_off = bytes.len() < LOOK_AHEAD_BYTES && all_there;
        return if cut_off {
            Some(has_moment(window))
        } else {
            Some(false)
        };
    };
    if end > SEPARATOR_BYTES || !has_moment(&window[..end]) {
        return Some(false);
    }
    let next = &window[end + 1..];
    if next.is_empty() && !all_there {
        return None;
    }
    let line = next.split(|byte| *byte == b'\n').next().unwrap_or_default();
    Some(line.trim_ascii().is_empty() || begins_header(line) || line.starts_with(b">From "))
}

/// Whether a day and a time stand in a line as programs write them, whatever is before them.
fn has_moment(line: &[u8]) -> bool {
    when::separator_moment(&String::from_utf8_lossy(line)).is_some()
}

fn begins_header(line: &[u8]) -> bool {
    let name = line
        .iter()
        .take_while(|byte| byte.is_ascii_graphic() && **byte != b':')
        .count();
    name > 0 && line.get(name) == Some(&b':')
}
