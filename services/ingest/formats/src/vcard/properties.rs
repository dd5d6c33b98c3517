//! A card's lines, unfolded and decoded: the part in which the dialects differ.
//!
//! Handles what the `calcard` library does not: a quoted-printable value whose charset is not
//! named, the bare parameter `QUOTED-PRINTABLE`, an `AGENT` card inside a card, raw line breaks
//! inside a value, 8-bit charsets.

use mail_parser::decoders::base64::base64_decode;

use encoding_rs::Encoding as Charset;

use super::{labels, quoted};
use crate::charset::{decode, decode_as, decode_charset};

/// One property, on one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Property {
    /// `item1`
    pub(super) group: Option<String>,
    /// In upper case.
    pub(super) name: String,
    /// As written, without encoding and charset, which no longer apply.
    pub(super) params: Vec<String>,
    /// The owner's own label, where it stands among the parameters: `X-Workshop`.
    pub(super) label: Option<String>,
    pub(super) value: Value,
    /// The line unfolded, decoded and otherwise verbatim.
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
pub(super) fn properties(card: &[u8], legacy: &'static Charset) -> Option<Vec<Property>> {
    let mut reader = Unfolder::new(legacy);
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
struct Unfolder {
    current: Vec<u8>,
    /// Known once the head is complete.
    encoding: Option<Encoding>,
    /// Lines that followed a soft break, and where in `current` those of them begin that begin with
    /// a blank.
    soft_lines: usize,
    soft_blanks: Vec<usize>,
    done: Vec<Property>,
    /// What texts are in where they are not UTF-8.
    legacy: &'static Charset,
}

impl Unfolder {
    fn new(legacy: &'static Charset) -> Self {
        Self {
            current: Vec::new(),
            encoding: None,
            soft_lines: 0,
            soft_blanks: Vec::new(),
            done: Vec::new(),
            legacy,
        }
    }

    fn take(&mut self, line: &[u8]) {
        let encoding = self.encoding();
        let is_quoted = encoding == Encoding::QuotedPrintable;
        if is_quoted && quoted::is_broken_softly(&self.current) && !begins_known(line) {
            let broken = self.current.trim_ascii_end().len() - 1;
            self.current.truncate(broken);
            self.soft_lines += 1;
            if line.starts_with(b" ") || line.starts_with(b"\t") {
                self.soft_blanks.push(broken);
            }
            self.current.extend_from_slice(line);
        } else if line.trim_ascii().is_empty() {
            // Ends an old base64 value; means nothing anywhere else.
        } else if let [b' ' | b'\t', rest @ ..] = line {
            self.current.extend_from_slice(rest);
        } else if encoding == Encoding::Base64 && is_base64(line) {
            self.current.extend_from_slice(line);
        } else if is_quoted && line.starts_with(b"=") {
            // A soft break of which the sign was lost.
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
        let mut line = std::mem::take(&mut self.current);
        quoted::unfold(&mut line, &self.soft_blanks, self.soft_lines);
        self.soft_lines = 0;
        self.soft_blanks.clear();
        self.encoding = None;
        if !line.is_empty() {
            self.done.push(property(&line, self.legacy));
        }
    }

    /// Ends an `AGENT` whose value is a card of its own.
    fn end_agent(&mut self, card: &[u8]) {
        self.finish();
        let text = decode_as(card, self.legacy);
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
    let Some(name) = name_of(line) else {
        return false;
    };
    let upper = name.to_ascii_uppercase();
    upper == name || is_known(&upper)
}

/// Whether a line begins a property that cannot be the text of another: it is spelled as programs do.
fn begins_known(line: &[u8]) -> bool {
    // One or two letters and a colon can be the text of anything.
    let is_long = |name: &[u8]| name.len() > 2 && !name.iter().any(u8::is_ascii_lowercase);
    name_of(line).is_some_and(|name| is_long(name) && is_known(name))
}

/// What stands before a line's colon or parameters, if it can be a property's name.
fn name_of(line: &[u8]) -> Option<&[u8]> {
    let is_name = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(**byte, b'-' | b'_' | b'.');
    let length = line.iter().take_while(is_name).count();
    if length == 0 || !matches!(line.get(length), Some(b':' | b';')) {
        return None;
    }
    line[..length].rsplit(|byte| *byte == b'.').next()
}

fn is_known(upper: &[u8]) -> bool {
    upper.starts_with(b"X-") || NAMES.iter().any(|known| known.as_bytes() == upper)
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
    label: Option<String>,
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
            label: None,
        };
        for param in parts {
            let (label, param) = match (labels::own(&param), labels::take_own(&param)) {
                (Some(label), _) => (Some(label), String::new()),
                (None, Some((label, types))) => (Some(label), types),
                (None, None) => (None, param),
            };
            if let Some(label) = label {
                let labels = head.label.into_iter().chain([label]).collect::<Vec<_>>();
                head.label = Some(labels.join(", "));
            }
            if !param.is_empty() {
                head.accept(param);
            }
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

fn property(line: &[u8], legacy: &'static Charset) -> Property {
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
        label,
    } = Head::parse(&decode_as(head, legacy));
    let text = |bytes: &[u8]| decode_charset(bytes, charset.as_deref(), legacy).into_owned();
    let mut verbatim = unescaped(&decode_as(line, legacy));
    let value = match encoding {
        Encoding::Plain => match quoted::decode_undeclared(value) {
            Some(decoded) => {
                verbatim = as_line(group.as_ref(), &name, &params, &decoded);
                Value::Text(decoded)
            }
            None => Value::Text(text(value)),
        },
        Encoding::QuotedPrintable => {
            let decoded = text(&quoted::decode(value));
            verbatim = as_line(group.as_ref(), &name, &params, &decoded);
            Value::Text(decoded)
        }
        Encoding::Base64 => {
            let packed = value
                .iter()
                .copied()
                .filter(|byte| !byte.is_ascii_whitespace());
            match base64_decode(&packed.collect::<Vec<_>>()) {
                Some(bytes) => Value::Binary(bytes),
                None => Value::Text(text(value)),
            }
        }
    };
    Property {
        group,
        name,
        params,
        label,
        value,
        verbatim,
    }
}

/// A property as a line that says what it holds without its encoding.
fn as_line(group: Option<&String>, name: &str, params: &[String], text: &str) -> String {
    let group = group.map(|group| format!("{group}."));
    let params = params.iter().map(|param| format!(";{param}"));
    let (group, params) = (group.unwrap_or_default(), params.collect::<String>());
    format!("{group}{name}{params}:{}", unescaped(text))
}

/// A text with the grammar's own escapes undone.
pub(super) fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match (c, c == '\\') {
            (_, false) => out.push(c),
            (_, true) => match characters.next() {
                Some('n' | 'N') => out.push('\n'),
                Some(plain @ ('\\' | ';' | ',' | ':')) => out.push(plain),
                other => {
                    out.push('\\');
                    out.extend(other);
                }
            },
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(card: &str) -> Property {
        let mut found = properties(
            format!("BEGIN:VCARD\n{card}\nEND:VCARD\n").as_bytes(),
            encoding_rs::WINDOWS_1252,
        )
        .unwrap();
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
