//! Quoted-printable values, as telephones write them.

use encoding_rs::Encoding;

use crate::charset;

/// Whether a line of such a value goes on in the next one.
pub(super) fn is_broken_softly(line: &[u8]) -> bool {
    line.trim_ascii_end().last() == Some(&b'=')
}

/// What is encoded at the beginning of some bytes, of the form `=C3`.
fn encoded(bytes: &[u8]) -> Option<u8> {
    let [b'=', high, low, ..] = bytes else {
        return None;
    };
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(*high)? * 16 + digit(*low)?).ok()
}

/// Decodes quoted-printable text. A line end or a separator that was encoded is part of the text,
/// so it comes out escaped.
pub(super) fn decode(value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len());
    let mut at = 0;
    while let Some(byte) = value.get(at) {
        let decoded = encoded(&value[at..]);
        at += if decoded.is_some() { 3 } else { 1 };
        match decoded {
            Some(b'\r') => {}
            Some(b'\n') => out.extend_from_slice(b"\\n"),
            Some(b';') if out.last() != Some(&b'\\') => out.extend_from_slice(b"\\;"),
            Some(decoded) => out.push(decoded),
            // A soft break that nothing follows: some telephones break each part by itself.
            None if *byte == b'=' && matches!(value.get(at), None | Some(b';')) => {}
            None => out.push(*byte),
        }
    }
    out
}

/// What texts of a card are in where they are not UTF-8, if all such texts are quoted-printable.
pub(super) fn legacy(card: &[u8]) -> Option<&'static Encoding> {
    let is_quoted = card.is_ascii() && memchr::memmem::find(card, b"=").is_some();
    is_quoted.then(|| charset::guess(&decode(card)))?
}

/// Decodes a value that does not say that it is quoted-printable, if it plainly is: what is encoded
/// in it makes characters of UTF-8.
pub(super) fn decode_undeclared(value: &[u8]) -> Option<String> {
    let high = (0..value.len()).filter(|at| encoded(&value[*at..]) >= Some(0x80));
    if !value.is_ascii() || high.take(2).count() < 2 {
        return None;
    }
    String::from_utf8(decode(value)).ok()
}

/// Takes out the blanks with which a vCard's own folding begins lines, where a value was folded both
/// ways at once. `blanks`: where lines that follow a soft break begin with one; `lines`: how many
/// follow one.
///
/// A blank after a soft break is text for whoever leaves blanks as they are; it is folding where the
/// blanks of the text are encoded, where it would stand inside a character, and where nothing else
/// of the value is written plainly.
pub(super) fn unfold(value: &mut Vec<u8>, blanks: &[usize], lines: usize) {
    if blanks.is_empty() || blanks.len() < lines {
        return;
    }
    let without = {
        let kept = value.iter().enumerate();
        let kept = kept.filter(|(at, _)| blanks.binary_search(at).is_err());
        kept.map(|(_, byte)| *byte).collect::<Vec<_>>()
    };
    let text_start = without.iter().position(|byte| *byte == b':').unwrap_or(0);
    let text = &without[text_start..];
    let encodes_blanks = memchr::memmem::find(text, b"=20").is_some();
    let is_whole = |bytes: &[u8]| std::str::from_utf8(&decode(bytes)).is_ok();
    let mends = is_whole(&without) && !is_whole(value);
    let is_all_encoded = {
        let plain = text.iter().filter(|byte| byte.is_ascii_alphabetic());
        // Of `=C3` the letters are digits.
        plain.count() <= 2 * text.iter().filter(|byte| **byte == b'=').count()
            && !text.contains(&b' ')
    };
    if encodes_blanks || mends || is_all_encoded {
        *value = without;
    }
}
