//! Typed getters that note mistakes instead of stopping at the first.

use super::source::Raw;
use super::{Mistake, Source, StoreUrl};
use secrecy::SecretString;
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;
use url::Url;

/// The fields of one reading; handed to the closure of [`Source::read`].
///
/// A getter's `default` is text, parsed like a written value; `None` makes the setting required.
/// After a mistake a getter answers a placeholder, which never gets out: the reading fails.
pub struct Fields<'a> {
    source: &'a Source,
    section: String,
    asked: BTreeSet<String>,
    mistakes: Vec<Mistake>,
}

impl<'a> Fields<'a> {
    pub(super) fn new(source: &'a Source, mistakes: Vec<Mistake>) -> Self {
        Self {
            source,
            section: String::new(),
            asked: BTreeSet::new(),
            mistakes,
        }
    }

    /// Reads the fields of a nested section: inside, `store` means `<name>.store`.
    pub fn section<T>(&mut self, name: &str, read: impl FnOnce(&mut Self) -> T) -> T {
        let parent = self.section.clone();
        self.section = self.full_name(name);
        let value = read(self);
        self.section = parent;
        value
    }

    /// Whether the setting is written anywhere.
    pub fn is_set(&mut self, name: &str) -> bool {
        self.raw(name).is_some()
    }

    /// Text as it is, surrounding space removed; may not be empty.
    pub fn text<'d>(&mut self, name: &str, default: impl Into<Option<&'d str>>) -> String {
        self.get(name, default.into(), "some text", |text| {
            (!text.trim().is_empty()).then(|| text.trim().to_owned())
        })
        .unwrap_or_default()
    }

    /// Anything with `FromStr`: `fields.parse("workers", "4", "a whole number")`.
    pub fn parse<'d, T: FromStr + Default>(
        &mut self,
        name: &str,
        default: impl Into<Option<&'d str>>,
        expected: &str,
    ) -> T {
        self.get(name, default.into(), expected, |text| {
            text.trim().parse().ok()
        })
        .unwrap_or_default()
    }

    /// A whole number within bounds, both included.
    pub fn number_within<'d>(
        &mut self,
        name: &str,
        default: impl Into<Option<&'d str>>,
        bounds: std::ops::RangeInclusive<u64>,
    ) -> u64 {
        let expected = format!("a whole number from {} to {}", bounds.start(), bounds.end());
        self.get(name, default.into(), &expected, |text| {
            text.trim()
                .parse()
                .ok()
                .filter(|number| bounds.contains(number))
        })
        .unwrap_or_default()
    }

    /// `true`/`false`, also `1`/`0`, `yes`/`no`, `on`/`off`.
    pub fn flag(&mut self, name: &str, default: bool) -> bool {
        let default = if default { "true" } else { "false" };
        self.get(name, Some(default), "true or false", |text| {
            match text.trim().to_lowercase().as_str() {
                "true" | "1" | "yes" | "on" => Some(true),
                "false" | "0" | "no" | "off" => Some(false),
                _ => None,
            }
        })
        .unwrap_or_default()
    }

    /// One of several words.
    pub fn one_of<'d>(
        &mut self,
        name: &str,
        default: impl Into<Option<&'d str>>,
        words: &[&str],
    ) -> String {
        let expected = format!("one of {}", words.join(", "));
        self.get(name, default.into(), &expected, |text| {
            words.contains(&text.trim()).then(|| text.trim().to_owned())
        })
        .unwrap_or_default()
    }

    /// A duration with its unit: `500ms`, `30s`, `5m`, `1h`, or `0`.
    pub fn duration<'d>(&mut self, name: &str, default: impl Into<Option<&'d str>>) -> Duration {
        self.get(
            name,
            default.into(),
            "a duration such as 500ms, 30s, 5m, 2h or 0",
            duration_from,
        )
        .unwrap_or_default()
    }

    /// Where to listen or connect: `127.0.0.1:8080`, `[::1]:0`.
    pub fn address<'d>(&mut self, name: &str, default: impl Into<Option<&'d str>>) -> SocketAddr {
        self.get(
            name,
            default.into(),
            "an address such as 127.0.0.1:8080",
            |text| text.trim().parse().ok(),
        )
        .unwrap_or(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0))
    }

    /// An absolute URL with a host, http or https.
    pub fn url<'d>(&mut self, name: &str, default: impl Into<Option<&'d str>>) -> Url {
        self.get(name, default.into(), EXPECTED_URL, http_url)
            .unwrap_or_else(placeholder_url)
    }

    /// Like [`Fields::url`], and may be absent.
    pub fn optional_url(&mut self, name: &str) -> Option<Url> {
        self.is_set(name).then(|| self.url(name, None))
    }

    /// One or more URLs like [`Fields::url`], comma-separated.
    pub fn urls<'d>(&mut self, name: &str, default: impl Into<Option<&'d str>>) -> Vec<Url> {
        let expected = "URLs such as http://10.0.0.1:8080, http://10.0.0.2:8080";
        self.get(name, default.into(), expected, |text| {
            let urls: Option<Vec<Url>> = text.split(',').map(http_url).collect();
            urls.filter(|urls| !urls.is_empty())
        })
        .unwrap_or_default()
    }

    /// A store, broker or folder whose scheme picks the adapter. Shown without its password.
    pub fn store_url<'d>(&mut self, name: &str, default: impl Into<Option<&'d str>>) -> StoreUrl {
        let Some(text) = self.required(name, default.into(), StoreUrl::EXPECTED) else {
            return StoreUrl::placeholder();
        };
        StoreUrl::parse(&text).unwrap_or_else(|why| {
            self.mistake(name, None, why);
            StoreUrl::placeholder()
        })
    }

    /// A path of a file or folder; it need not exist.
    pub fn path<'d>(&mut self, name: &str, default: impl Into<Option<&'d str>>) -> PathBuf {
        self.get(name, default.into(), "a path", |text| {
            (!text.is_empty()).then(|| PathBuf::from(text))
        })
        .unwrap_or_default()
    }

    /// A secret of at least `min_length` characters. Has no default and is never shown.
    pub fn secret(&mut self, name: &str, min_length: usize) -> SecretString {
        let expected = format!("a secret of at least {min_length} characters");
        let Some(text) = self.required(name, None, &expected) else {
            return SecretString::default();
        };
        if text.chars().count() < min_length {
            let found = text.chars().count();
            self.mistake(name, None, format!("expected {expected}, found {found}"));
        }
        SecretString::from(text)
    }

    /// Like [`Fields::secret`], and may be absent.
    pub fn optional_secret(&mut self, name: &str, min_length: usize) -> Option<SecretString> {
        self.is_set(name).then(|| self.secret(name, min_length))
    }

    /// A list: comma-separated in the environment, an array in a file.
    pub fn list<'d>(&mut self, name: &str, default: impl Into<Option<&'d str>>) -> Vec<String> {
        self.get(name, default.into(), "a comma-separated list", |text| {
            Some(
                text.split(',')
                    .map(str::trim)
                    .filter(|s| !s.is_empty())
                    .map(String::from)
                    .collect(),
            )
        })
        .unwrap_or_default()
    }

    /// Notes a mistake of the service's own rules ("must not exceed the timeout").
    pub fn reject(&mut self, name: &str, expected: impl Into<String>) {
        let value = self.raw(name).map(|raw| raw.text);
        self.mistake(name, value, expected.into());
    }

    /// Like [`Fields::reject`], without showing the value.
    pub fn reject_secret(&mut self, name: &str, expected: impl Into<String>) {
        self.mistake(name, None, expected.into());
    }

    /// Accepts the whole section `name` unread: it belongs to another program with the same file.
    pub fn ignore_section(&mut self, name: &str) {
        let lead = format!("{}.", self.full_name(name));
        let names = self
            .source
            .values
            .keys()
            .filter(|key| key.starts_with(&lead));
        self.asked.extend(names.cloned());
    }

    pub(super) fn finish(mut self) -> Vec<Mistake> {
        for (name, raw) in &self.source.values {
            if !self.asked.contains(name) {
                self.mistakes.push(Mistake {
                    name: name.clone(),
                    origin: raw.origin.clone(),
                    value: None,
                    expected: unknown(name, &self.asked),
                });
            }
        }
        self.mistakes
    }

    fn get<T>(
        &mut self,
        name: &str,
        default: Option<&str>,
        expected: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.required(name, default, expected)?;
        let parsed = parse(&text);
        if parsed.is_none() {
            self.mistake(name, Some(text), format!("expected {expected}"));
        }
        parsed
    }

    fn required(&mut self, name: &str, default: Option<&str>, expected: &str) -> Option<String> {
        let text = self
            .raw(name)
            .map(|raw| raw.text)
            .or_else(|| default.map(String::from));
        if text.is_none() {
            self.mistake(name, None, format!("is missing, expected {expected}"));
        }
        text
    }

    fn raw(&mut self, name: &str) -> Option<Raw> {
        let name = self.full_name(name);
        let raw = self.source.values.get(&name).cloned();
        self.asked.insert(name);
        raw
    }

    fn mistake(&mut self, name: &str, value: Option<String>, expected: String) {
        let origin = self.raw(name).map(|raw| raw.origin).unwrap_or_default();
        self.mistakes.push(Mistake {
            name: self.full_name(name),
            origin,
            value,
            expected,
        });
    }

    fn full_name(&self, name: &str) -> String {
        if self.section.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.section)
        }
    }
}

const EXPECTED_URL: &str = "a URL such as http://127.0.0.1:8080";

fn http_url(text: &str) -> Option<Url> {
    let url = Url::parse(text.trim()).ok()?;
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(url)
}

fn placeholder_url() -> Url {
    Url::parse("http://invalid/").expect("a constant URL parses")
}

/// Parses `500ms`, `30s`, `5m`, `2h`, `7d`, `0`.
pub fn duration_from(text: &str) -> Option<Duration> {
    let text = text.trim();
    if text == "0" {
        return Some(Duration::ZERO);
    }
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().ok()?;
    match unit.trim() {
        "ms" => Some(Duration::from_millis(number)),
        "s" => Some(Duration::from_secs(number)),
        "m" => Some(Duration::from_secs(number.checked_mul(60)?)),
        "h" => Some(Duration::from_secs(number.checked_mul(3600)?)),
        "d" => Some(Duration::from_secs(number.checked_mul(86_400)?)),
        _ => None,
    }
}

fn unknown(name: &str, known: &BTreeSet<String>) -> String {
    let nearest = known.iter().map(|k| (distance(name, k), k)).min();
    match nearest {
        Some((steps, near)) if steps <= 3 => format!("no such setting, did you mean {near}?"),
        _ => "no such setting".to_owned(),
    }
}

/// Edit distance; names are short.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let step = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = step.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
