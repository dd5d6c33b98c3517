//! What the owner calls a value: `item1.X-ABLabel:…`, `TEL;X-Workshop:…`, `ADR;LABEL="…"`.

use encoding_rs::WINDOWS_1252;

use super::quoted;
use crate::{charset::decode_charset, text::non_empty};

/// Types that programs write with and without `X-`.
const TYPES: [&str; 19] = [
    "assistant",
    "blog",
    "car",
    "cell",
    "fax",
    "home",
    "homepage",
    "internet",
    "iphone",
    "main",
    "mobile",
    "msg",
    "other",
    "pager",
    "pref",
    "profile",
    "video",
    "voice",
    "work",
];

/// Takes the owner's own labels out of a parameter of several types: `TYPE=X-Workshop,HOME`.
pub(super) fn take_own(param: &str) -> Option<(String, String)> {
    let (name, types) = param.split_once('=')?;
    let types = types.trim_matches('"');
    if !name.trim().eq_ignore_ascii_case("TYPE") || !types.contains(',') || types.contains('(') {
        return None;
    }
    let (labels, types): (Vec<_>, Vec<_>) = types.split(',').partition(|it| own(it).is_some());
    let labels = labels.into_iter().filter_map(own).collect::<Vec<_>>();
    let types = format!("{name}={}", types.join(","));
    (!labels.is_empty()).then(|| (labels.join(", "), types))
}

/// A type without the `X-` with which some programs write those that others know.
pub(super) fn known_type(kind: &str) -> &str {
    let bare = kind.strip_prefix("x-").unwrap_or(kind);
    if TYPES.contains(&bare) { bare } else { kind }
}

/// The label that a parameter is, if it is one: `X-Workshop`, `TYPE=X-Workshop`, or as Android
/// writes what is not ASCII, `X-CUSTOM(CHARSET=UTF-8,ENCODING=QUOTED-PRINTABLE,=C3=96)`.
pub(super) fn own(param: &str) -> Option<String> {
    let value = match param.split_once('=') {
        Some((name, value)) if name.trim().eq_ignore_ascii_case("TYPE") => value,
        Some((name, _)) if !name.contains('(') => return None,
        _ => param,
    };
    let value = value.trim().trim_matches('"');
    let name = value.strip_prefix("X-").or(value.strip_prefix("x-"))?;
    if let Some(custom) = strip_custom(name) {
        return non_empty(&custom);
    }
    let is_type = TYPES.iter().any(|known| known.eq_ignore_ascii_case(name));
    // Several types in one parameter, or one of them, are no label.
    (!is_type && !name.contains(',')).then(|| non_empty(name))?
}

fn strip_custom(name: &str) -> Option<String> {
    let (custom, inner) = name.strip_suffix(')')?.split_once('(')?;
    if !custom.eq_ignore_ascii_case("CUSTOM") {
        return None;
    }
    let (mut charset, mut is_quoted, mut text) = (None, false, Vec::new());
    for part in inner.split(',') {
        match part.split_once('=') {
            Some((key, value)) if key.eq_ignore_ascii_case("CHARSET") => charset = Some(value),
            Some((key, _)) if key.eq_ignore_ascii_case("ENCODING") => is_quoted = true,
            _ => text.push(part),
        }
    }
    let text = text.join(",").into_bytes();
    let bytes = if is_quoted {
        quoted::decode(&text)
    } else {
        text
    };
    Some(decode_charset(&bytes, charset, WINDOWS_1252).into_owned())
}

/// Apple's own labels come as `_$!<Work>!$_`.
pub(super) fn plain(label: &str) -> String {
    let inner = label
        .strip_prefix("_$!<")
        .and_then(|label| label.strip_suffix(">!$_"));
    inner.unwrap_or(label).to_owned()
}

/// A parameter's value with the escapes of RFC 6868 undone: `^n`, `^'` and `^^`.
pub(super) fn uncircumflexed(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut characters = value.chars().peekable();
    while let Some(c) = characters.next() {
        let undone = match (c, characters.peek()) {
            ('^', Some('n' | 'N')) => '\n',
            ('^', Some('\'')) => '"',
            ('^', Some('^')) => '^',
            _ => {
                out.push(c);
                continue;
            }
        };
        characters.next();
        out.push(undone);
    }
    out
}
