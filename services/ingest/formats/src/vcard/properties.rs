//! A card's lines, unfolded and decoded: the part in which the dialects differ.
//!
//! Handles what the `calcard` library does not: a quoted-printable value whose charset is not
//! named, the bare parameter `QUOTED-PRINTABLE`, an `AGENT` card inside a card, raw line breaks
//! inside a value, 8-bit charsets.

use mail_parser::decoders::base64::base64_decode;

use crate::text::{decode, decode_charset};

/// One property, on one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Property {
    /// `item1`
    pub(super) group: Option<String>,
    /// In upper case.
    pub(super) name: String,
    /// As written, without encoding and charset, which no longer apply.
    pub(super) params: Vec<String>,
    pub(super) value: Value,
    /// The line unfolded and otherwise verbatim.
    pub(super) verbatim: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// Text with the grammar's own escapes.
    Text(String),
    /// What base64 held.
    Binary(Vec<u8>),
}

impl Property {
    /// The text of the value, with escapes as they are.
    pub(super) fn text(&self) -> &str {
        match &self.value {
            Value::Text(text) => text,
            Value::Binary(_) => "",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Plain,
    QuotedPrintable,
    Base64,
}

/// Properties that can only be told from text by their names being known.
const NAMES: [&str; 52] = [
    "ADR",
    "AGENT",
    "ANNIVERSARY",
    "BDAY",
    "BEGIN",
    "CALADRURI",
    "CALURI",
    "CATEGORIES",
    "CLASS",
    "CLIENTPIDMAP",
    "CREATED",
    "EMAIL",
    "END",
    "FBURL",
    "FN",
    "GENDER",
    "GEO",
    "IMPP",
    "KEY",
    "KIND",
    "LABEL",
    "LANG",
    "LANGUAGE",
    "LOGO",
    "MAILER",
    "MEMBER",
    "N",
    "NAME",
    "NICKNAME",
    "NOTE",
    "ORG",
    "PHOTO",
    "PRODID",
    "PROFILE",
    "RELATED",
    "REV",
    "ROLE",
    "SOCIALPROFILE",
    "SORT-STRING",
    "SOUND",
    "SOURCE",
    "TEL",
    "TITLE",
    "TZ",
    "UID",
    "URL",
    "VERSION",
    "XML",
    "CONTACT-URI",
    "EXPERTISE",
    "HOBBY",
    "INTEREST",
];

/// Longest head (group, name and parameters) of a line that is looked at, in bytes.
const HEAD_BYTES: usize = 2 << 10;

/// Most properties of a card; in memory each takes many times its line.
pub(super) const MAX_PROPERTIES: usize = 5_000;

/// The properties between `BEGIN:VCARD` and `END:VCARD`; none where they are too many.
pub(super) fn properties(card: &[u8]) -> Option<Vec<Property>> {
    let mut reader = Unfolder::default();
    let (mut agents, mut agent) = (0_u32, Vec::new());
    for line in card.split(|byte| *byte == b'\n').skip(1) {
        let begins = line.trim_ascii().eq_ignore_ascii_case(b"BEGIN:VCARD");
        let ends = line.trim_ascii().eq_ignore_ascii_case(b"END:VCARD");
        if agents == 0 && ends {
            break;
        }
        if begins || agents > 0 {
            agent.extend_from_slice(line);
            agent.push(b'\n');
            agents = agents + u32::from(begins) - u32::from(ends);
            if agents == 0 {
                reader.end_agent(&std::mem::take(&mut agent));
            }
            continue;
        }
        reader.take(line);
        if reader.done.len() > MAX_PROPERTIES {
            return None;
        }
    }
    reader.finish();
    Some(reader.done)
}

/// Joins the lines of one property.
#[derive(Default)]
struct Unfolder {
    current: Vec<u8>,
    /// Known once the head is complete.
    encoding: Option<Encoding>,
    done: Vec<Property>,
}

impl Unfolder {
    fn take(&mut self, line: &[u8]) {
        let encoding = self.encoding();
        if encoding == Encoding::QuotedPrintable && self.current.last() == Some(&b'=') {
            self.current.pop();
            self.current.extend_from_slice(line);
        } else if line.trim_ascii().is_empty() {
            // Ends an old base64 value; means nothing anywhere else.
        } else if let [b' ' | b'\t', rest @ ..] = line {
            self.current.extend_from_slice(rest);
        } else if encoding == Encoding::Base64 && is_base64(line) {
            self.current.extend_from_slice(line);
        } else if self.current.is_empty() || begins_property(line) {
            self.finish();
            self.current.extend_from_slice(line);
        } else {
            // A raw line break inside a value.
            self.current.extend_from_slice(b"\\n");
            self.current.extend_from_slice(line);
        }
    }

    fn encoding(&mut self) -> Encoding {
        if let Some(encoding) = self.encoding {
            return encoding;
        }
        let head = &self.current[..self.current.len().min(HEAD_BYTES)];
        let Some(end) = head_end(head) else {
            // Too long a head is none; a shorter one may go on with the next line.
            if self.current.len() > HEAD_BYTES {
                self.encoding = Some(Encoding::Plain);
            }
            return Encoding::Plain;
        };
        let encoding = Head::parse(&decode(&head[..end])).encoding;
        self.encoding = Some(encoding);
        encoding
    }

    /// Ends the property in hand.
    fn finish(&mut self) {
        let line = std::mem::take(&mut self.current);
        self.encoding = None;
        if !line.is_empty() {
            self.done.push(property(&line));
        }
    }

    /// Ends an `AGENT` whose value is a card of its own.
    fn end_agent(&mut self, card: &[u8]) {
        self.finish();
        let text = decode(card);
        if let Some(agent) = self.done.last_mut().filter(|last| last.name == "AGENT") {
            agent.verbatim.push('\n');
            agent.verbatim.push_str(text.trim_end());
        }
    }
}

fn is_base64(line: &[u8]) -> bool {
    line.iter()
        .all(|byte| byte.is_ascii_alphanumeric() || b"+/= \t".contains(byte))
}

fn begins_property(line: &[u8]) -> bool {
    let is_name = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(**byte, b'-' | b'_' | b'.');
    let length = line.iter().take_while(is_name).count();
    if length == 0 || !matches!(line.get(length), Some(b':' | b';')) {
        return false;
    }
    let name = line[..length]
        .rsplit(|byte| *byte == b'.')
        .next()
        .unwrap_or_default();
    let upper = name.to_ascii_uppercase();
    upper == name || upper.starts_with(b"X-") || NAMES.iter().any(|known| known.as_bytes() == upper)
}

/// Where the head ends: the first colon outside quotes, or failing that the first colon.
fn head_end(line: &[u8]) -> Option<usize> {
    let mut quoted = false;
    for (at, byte) in line.iter().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b':' if !quoted => return Some(at),
            _ => {}
        }
    }
    memchr::memchr(b':', line)
}

/// What stands before a property's colon.
struct Head {
    group: Option<String>,
    name: String,
    params: Vec<String>,
    encoding: Encoding,
    charset: Option<String>,
}

impl Head {
    fn parse(text: &str) -> Self {
        let mut parts = split_params(text).into_iter();
        let name = parts.next().unwrap_or_default();
        let (group, name) = match name.rsplit_once('.') {
            Some((group, name)) => (Some(group.to_owned()), name.to_owned()),
            None => (None, name),
        };
        let mut head = Self {
            group,
            name: name.trim().to_ascii_uppercase(),
            params: Vec::new(),
            encoding: Encoding::Plain,
            charset: None,
        };
        for param in parts {
            head.accept(param);
        }
        head
    }

    fn accept(&mut self, param: String) {
        let upper = param.to_ascii_uppercase();
        let (name, value) = upper.split_once('=').unwrap_or(("", &upper));
        match (name.trim(), value.trim().trim_matches('"')) {
            ("ENCODING" | "", "QUOTED-PRINTABLE") | ("ENCODING", "Q") => {
                self.encoding = Encoding::QuotedPrintable;
            }
            ("ENCODING" | "", "BASE64") | ("ENCODING", "B") => self.encoding = Encoding::Base64,
            ("ENCODING", _) | ("", "8BIT" | "7BIT" | "") => {}
            ("CHARSET", charset) => self.charset = Some(charset.to_owned()),
            _ => self.params.push(param),
        }
    }
}

fn split_params(head: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut quoted = false;
    for c in head.chars() {
        quoted ^= c == '"';
        match (c, parts.last_mut()) {
            (';', _) if !quoted => parts.push(String::new()),
            (c, Some(part)) => part.push(c),
            (_, None) => {}
        }
    }
    parts
}

fn property(line: &[u8]) -> Property {
    let end = head_end(&line[..line.len().min(HEAD_BYTES)]);
    let (head, value) = match end {
        Some(end) => (&line[..end], &line[end + 1..]),
        None => (&line[..line.len().min(HEAD_BYTES)], &line[line.len()..]),
    };
    let Head {
        group,
        name,
        params,
        encoding,
        charset,
    } = Head::parse(&decode(head));
    let verbatim = decode(line).into_owned();
    let value = match encoding {
        Encoding::Plain => Value::Text(decode_charset(value, charset.as_deref()).into_owned()),
        Encoding::QuotedPrintable => {
            let bytes = unquote_printable(value);
            Value::Text(decode_charset(&bytes, charset.as_deref()).into_owned())
        }
        Encoding::Base64 => {
            let packed = value
                .iter()
                .copied()
                .filter(|byte| !byte.is_ascii_whitespace());
            match base64_decode(&packed.collect::<Vec<_>>()) {
                Some(bytes) => Value::Binary(bytes),
                None => Value::Text(decode(value).into_owned()),
            }
        }
    };
    Property {
        group,
        name,
        params,
        value,
        verbatim,
    }
}

/// Decodes quoted-printable text. A line end or a separator that was encoded is part of the text,
/// so it comes out escaped.
fn unquote_printable(value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len());
    let mut at = 0;
    while let Some(byte) = value.get(at) {
        let decoded = match (byte, value.get(at + 1..at + 3)) {
            (b'=', Some(hex)) => std::str::from_utf8(hex).ok().and_then(|hex| {
                let is_hex = hex.bytes().all(|digit| digit.is_ascii_hexdigit());
                is_hex.then(|| u8::from_str_radix(hex, 16).ok())?
            }),
            _ => None,
        };
        at += if decoded.is_some() { 3 } else { 1 };
        match decoded {
            Some(b'\r') => {}
            Some(b'\n') => out.extend_from_slice(b"\\n"),
            Some(b';') if out.last() != Some(&b'\\') => out.extend_from_slice(b"\\;"),
            Some(decoded) => out.push(decoded),
            None => out.push(*byte),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(card: &str) -> Property {
        let mut found = properties(format!("BEGIN:VCARD\n{card}\nEND:VCARD\n").as_bytes()).unwrap();
        assert_eq!(found.len(), 1, "{found:?}");
        found.remove(0)
    }

    #[test]
    fn a_soft_break_is_joined_and_utf_8_is_assumed() {
        let note = only("NOTE;ENCODING=QUOTED-PRINTABLE:Gr=C3=BC=\n=C3=9Fe=0D=0AAda");
        assert_eq!(note.value, Value::Text("Grüße\\nAda".into()));
    }

    #[test]
    fn an_encoded_separator_is_text_and_a_plain_one_separates() {
        let name = only("N;QUOTED-PRINTABLE:Love=3Blace;Ada");
        assert_eq!(name.value, Value::Text("Love\\;lace;Ada".into()));
    }

    #[test]
    fn a_raw_line_break_stays_in_its_value() {
        let note = only("NOTE:first\nsecond http://example.org\nthird: it");
        assert_eq!(
            note.value,
            Value::Text("first\\nsecond http://example.org\\nthird: it".into())
        );
    }

    #[test]
    fn an_agent_card_stays_inside_its_property() {
        let agent = only("AGENT:\nBEGIN:VCARD\nFN:Secretary\nEND:VCARD");
        assert_eq!(
            agent.verbatim,
            "AGENT:\nBEGIN:VCARD\nFN:Secretary\nEND:VCARD"
        );
    }
}
