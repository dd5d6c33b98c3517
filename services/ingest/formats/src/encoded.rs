//! Encoded words (`=?UTF-8?B?…?=`): those that go on in the next one, and those that were copied out
//! of a mail into an address book.

use std::{borrow::Cow, fmt::Write};

use encoding_rs::WINDOWS_1252;
use mail_parser::decoders::base64::base64_decode;

use crate::charset::decode_charset;

/// An encoded word, taken apart.
struct Word<'a> {
    charset: &'a str,
    bytes: Vec<u8>,
    /// Its length as written, in bytes.
    length: usize,
}

/// Headers in which words of one charset that follow each other are one. Programs end a word inside
/// a character, whose bytes only together are one; the blanks between them mean nothing.
pub(crate) fn joined(headers: &str) -> Cow<'_, str> {
    if !headers.contains("?= =?") && !headers.contains("?=\n") {
        return Cow::Borrowed(headers);
    }
    let mut out = String::with_capacity(headers.len());
    let mut rest = headers;
    while let Some(at) = rest.find("=?") {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let Some(mut word) = word(rest) else {
            out.push_str("=?");
            rest = &rest[2..];
            continue;
        };
        let (mut length, mut count) = (word.length, 1);
        while let Some((blanks, next)) = next_word(&rest[length..], word.charset) {
            word.bytes.extend_from_slice(&next.bytes);
            length += blanks + next.length;
            count += 1;
        }
        if count == 1 {
            out.push_str(&rest[..length]);
        } else {
            push(&mut out, &word);
        }
        rest = &rest[length..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// A text with its encoded words decoded; none where there are none.
pub(crate) fn decoded(text: &str) -> Option<String> {
    if !text.contains("=?") || !text.contains("?=") {
        return None;
    }
    let text = joined(text);
    let (mut out, mut rest, mut found) = (String::new(), &*text, false);
    while let Some(at) = rest.find("=?") {
        let (before, after) = rest.split_at(at);
        // Between two words, blanks mean nothing.
        let is_between = found && before.trim().is_empty();
        out.push_str(if is_between { "" } else { before });
        match word(after) {
            Some(word) => {
                out.push_str(&decode_charset(
                    &word.bytes,
                    Some(word.charset),
                    WINDOWS_1252,
                ));
                rest = &after[word.length..];
                found = true;
            }
            None => {
                out.push_str("=?");
                rest = &after[2..];
            }
        }
    }
    out.push_str(rest);
    found.then_some(out)
}

/// The word that goes on with the one before, and how many blanks are before it.
fn next_word<'a>(text: &'a str, charset: &str) -> Option<(usize, Word<'a>)> {
    let after = text.trim_start_matches([' ', '\t', '\n', '\r']);
    let blanks = text.len() - after.len();
    let is_folded = blanks > 0 && !text[..blanks].ends_with('\n');
    let next = is_folded.then(|| word(after))??;
    next.charset
        .eq_ignore_ascii_case(charset)
        .then_some((blanks, next))
}

/// The encoded word at a text's beginning.
fn word(text: &str) -> Option<Word<'_>> {
    let inner = text.strip_prefix("=?")?;
    let mut parts = inner.splitn(3, '?');
    let (charset, encoding, rest) = (parts.next()?, parts.next()?, parts.next()?);
    let payload = &rest[..rest.find("?=")?];
    if charset.len() > 40 || payload.contains([' ', '\n', '?']) {
        return None;
    }
    let bytes = match encoding {
        "B" | "b" => base64_decode(payload.as_bytes())?,
        "Q" | "q" => unquoted(payload),
        _ => return None,
    };
    Some(Word {
        charset,
        bytes,
        length: 2 + charset.len() + 1 + encoding.len() + 1 + payload.len() + 2,
    })
}

fn unquoted(payload: &str) -> Vec<u8> {
    let bytes = payload.as_bytes();
    let (mut out, mut at) = (Vec::new(), 0);
    while let Some(byte) = bytes.get(at) {
        let hex = bytes.get(at + 1..at + 3).filter(|_| *byte == b'=');
        let hex = hex.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        at += if hex.is_some() { 3 } else { 1 };
        out.push(hex.unwrap_or(if *byte == b'_' { b' ' } else { *byte }));
    }
    out
}

fn push(out: &mut String, word: &Word<'_>) {
    let _ = write!(out, "=?{}?Q?", word.charset);
    for byte in &word.bytes {
        let _ = write!(out, "={byte:02X}");
    }
    out.push_str("?=");
}
