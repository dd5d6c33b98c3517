//! Cuts a file into cards, line by line, holding at most one card.

use std::io::{self, BufRead, BufReader};

use encoding_rs::Encoding;
use memchr::memchr;

use crate::{
    charset::decode,
    entry::{Position, bounded},
    text::TextSource,
};

/// A card, or what stands where a card should.
pub(super) struct Cut {
    pub(super) position: Position,
    /// The lines from `BEGIN:VCARD` to `END:VCARD`, as far as they were kept.
    pub(super) bytes: Vec<u8>,
    /// Why this is not a card.
    pub(super) fault: Option<String>,
}

/// A vCard file being cut.
pub(super) struct Cards {
    reader: BufReader<TextSource>,
    max_card_bytes: usize,
    line_bytes: Vec<u8>,
    /// Number of the line in `line_bytes`.
    line: u64,
    card: u64,
    /// The line in hand is the `BEGIN:VCARD` that showed the card before it to be unfinished.
    begun: bool,
    /// What stood behind `END:VCARD` on the same line, where cards were joined without a line end.
    glued: Vec<u8>,
    /// The blanks before `BEGIN:VCARD`, which every line of an indented card has.
    indent_bytes: usize,
}

impl Cards {
    pub(super) fn new(source: TextSource, max_card_bytes: usize) -> Self {
        Self {
            reader: BufReader::with_capacity(64 << 10, source),
            max_card_bytes,
            line_bytes: Vec::new(),
            line: 0,
            card: 0,
            begun: false,
            glued: Vec::new(),
            indent_bytes: 0,
        }
    }

    /// What texts are in where they are not UTF-8.
    pub(super) fn legacy(&self) -> &'static Encoding {
        self.reader.get_ref().legacy()
    }

    pub(super) fn taken_bytes(&self) -> u64 {
        self.reader.get_ref().taken_bytes()
    }

    /// The next card, or the next run of lines outside any card.
    pub(super) fn next_cut(&mut self) -> io::Result<Option<Cut>> {
        if !std::mem::take(&mut self.begun)
            && let Some(stray) = self.find_begin()?
        {
            return Ok(Some(stray));
        }
        if self.line_bytes.is_empty() {
            return Ok(None);
        }
        self.card += 1;
        self.take_card().map(Some)
    }

    /// Goes to the next `BEGIN:VCARD`. Answers with the lines passed over unless they are blank.
    fn find_begin(&mut self) -> io::Result<Option<Cut>> {
        let mut stray: Option<Cut> = None;
        loop {
            self.indent_bytes = 0;
            if !self.next_line()? {
                break;
            }
            let indent = self.line_bytes.len() - self.line_bytes.trim_ascii_start().len();
            if is_line(&self.line_bytes[indent..], b"BEGIN:VCARD") {
                self.indent_bytes = indent;
                self.begun = stray.is_some();
                return Ok(stray);
            }
            if stray.is_none() && !self.line_bytes.trim_ascii().is_empty() {
                let shown = decode(&self.line_bytes[..self.line_bytes.len().min(80)]);
                let shown = bounded(shown.trim().to_owned(), 80)
                    .escape_debug()
                    .to_string();
                stray = Some(Cut {
                    position: Position::Line(self.line),
                    bytes: Vec::new(),
                    fault: Some(format!("outside any card: `{shown}`; expected BEGIN:VCARD")),
                });
            }
        }
        Ok(stray)
    }

    /// Takes the card whose first line is in hand.
    fn take_card(&mut self) -> io::Result<Cut> {
        let position = Position::Card {
            card: self.card,
            line: self.line,
        };
        let mut bytes = b"BEGIN:VCARD\n".to_vec();
        let (mut agents, mut agent_begins, mut passed_bytes) = (0_u32, false, 0_usize);
        loop {
            if !self.next_line()? {
                let fault = "the file ends inside this card; expected END:VCARD".to_owned();
                return Ok(Cut {
                    position,
                    bytes,
                    fault: Some(fault),
                });
            }
            passed_bytes = passed_bytes.saturating_add(self.line_bytes.len());
            let too_long = passed_bytes > self.max_card_bytes;
            if is_line(&self.line_bytes, b"BEGIN:VCARD") {
                if !agent_begins || too_long {
                    self.begun = true;
                    let fault = Some(self.unfinished(too_long));
                    return Ok(Cut {
                        position,
                        bytes,
                        fault,
                    });
                }
                agents += 1;
            }
            let ended = is_line(&self.line_bytes, b"END:VCARD");
            if !too_long {
                bytes.extend_from_slice(&self.line_bytes);
            }
            if ended && (agents == 0 || too_long) {
                let fault = too_long.then(|| self.unfinished(true));
                return Ok(Cut {
                    position,
                    bytes,
                    fault,
                });
            }
            if ended {
                agents -= 1;
            }
            if !self.line_bytes.trim_ascii().is_empty() {
                agent_begins = is_agent(&self.line_bytes);
            }
        }
    }

    fn unfinished(&self, too_long: bool) -> String {
        if too_long {
            let limit_bytes = self.max_card_bytes;
            return format!("longer than {limit_bytes} bytes; expected END:VCARD before that");
        }
        format!(
            "another card begins on line {}; expected END:VCARD before it",
            self.line
        )
    }

    /// Takes the next line, its line end included; of an overlong line only the beginning.
    fn next_line(&mut self) -> io::Result<bool> {
        self.line_bytes.clear();
        if !self.glued.is_empty() {
            self.line_bytes = std::mem::take(&mut self.glued);
            self.unglue();
            return Ok(true);
        }
        let any = self.read_line()?;
        self.unglue();
        let indent = &self.line_bytes[..self.indent_bytes.min(self.line_bytes.len())];
        if indent.iter().all(|byte| matches!(byte, b' ' | b'\t')) {
            self.line_bytes
                .drain(..self.indent_bytes.min(self.line_bytes.len()));
        }
        Ok(any)
    }

    /// Keeps what stands behind `END:VCARD` for the next line, if a card begins there.
    fn unglue(&mut self) {
        const END: &[u8] = b"END:VCARD";
        let line = &self.line_bytes;
        let start = line.len() - line.trim_ascii_start().len();
        let Some(rest) = line.get(start + END.len()..) else {
            return;
        };
        let ends = line[start..start + END.len()].eq_ignore_ascii_case(END);
        let rest = rest.trim_ascii_start();
        let begins = rest.strip_prefix(b"\xef\xbb\xbf").unwrap_or(rest);
        let begins = begins.get(..11);
        if ends && begins.is_some_and(|begins| begins.eq_ignore_ascii_case(b"BEGIN:VCARD")) {
            self.glued = rest.to_vec();
            self.line_bytes.truncate(start + END.len());
            self.line_bytes.push(b'\n');
        }
    }

    fn read_line(&mut self) -> io::Result<bool> {
        let mut any = false;
        loop {
            let ready = self.reader.fill_buf()?;
            if ready.is_empty() {
                self.line += u64::from(any);
                if any && self.line_bytes.last() != Some(&b'\n') {
                    self.line_bytes.push(b'\n');
                }
                return Ok(any);
            }
            any = true;
            let end = memchr(b'\n', ready).map(|at| at + 1);
            let taken = end.unwrap_or(ready.len());
            // One byte more than fits, so that the card is seen to be too long.
            let room = (self.max_card_bytes + 1).saturating_sub(self.line_bytes.len());
            self.line_bytes.extend_from_slice(&ready[..taken.min(room)]);
            self.reader.consume(taken);
            if end.is_some() {
                self.line += 1;
                return Ok(true);
            }
        }
    }
}

fn is_line(line: &[u8], wanted: &[u8]) -> bool {
    // A mark may stand before any card where several files were joined.
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    line.trim_ascii_end().eq_ignore_ascii_case(wanted)
}

/// `AGENT:` with nothing behind it, so that a card follows inside the card.
fn is_agent(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    let name = line.get(..5).unwrap_or_default();
    name.eq_ignore_ascii_case(b"AGENT") && line.ends_with(b":")
}
