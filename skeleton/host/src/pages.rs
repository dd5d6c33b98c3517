//! Lists come in pages: bounded, with an opaque cursor.

use crate::problem::Problem;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::{DeserializeOwned, Deserializer, Error, Visitor};
use serde::{Deserialize, Serialize};
use std::fmt;
use utoipa::{IntoParams, ToSchema};

/// How many items a page has when the caller does not say.
pub const DEFAULT_LIMIT: u32 = 50;
/// The most items a page may have.
pub const MAX_LIMIT: u32 = 200;
const MAX_CURSOR_LENGTH: usize = 2_048;

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Page<T> {
    /// The items, in the list's order.
    pub items: Vec<T>,
    /// Pass it as `cursor` to get the page after this; null on the last page.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// A page that is the whole list.
    pub fn all(items: Vec<T>) -> Self {
        Self { items, next: None }
    }

    /// Cuts a page out of `items`, which were fetched with `limit + 1`: one too many means that
    /// there is more, after the cursor of the last item kept.
    pub fn cut<C: Serialize>(mut items: Vec<T>, limit: usize, cursor: impl Fn(&T) -> C) -> Self {
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items
            .last()
            .filter(|_| more)
            .map(|last| Cursor(cursor(last)).encode());
        Self { items, next }
    }

    /// The same page of other items.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(change).collect(),
            next: self.next,
        }
    }
}

/// Where the next page begins: any serde value, opaque to the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor<C>(pub C);

impl<C: Serialize> Cursor<C> {
    /// As base64url of JSON.
    pub fn encode(&self) -> String {
        let json = serde_json::to_vec(&self.0).expect("a cursor is plain data with string keys");
        URL_SAFE_NO_PAD.encode(json)
    }
}

impl<C: DeserializeOwned> Cursor<C> {
    /// Reads what [`Cursor::encode`] wrote.
    ///
    /// # Errors
    /// A 422 problem at `/cursor` for anything else.
    pub fn decode(text: &str) -> Result<Self, Problem> {
        let bad = || Problem::field("/cursor", "expected the `next` of a page of this list");
        if text.len() > MAX_CURSOR_LENGTH {
            return Err(bad());
        }
        let json = URL_SAFE_NO_PAD.decode(text).map_err(|_| bad())?;
        serde_json::from_slice(&json).map(Self).map_err(|_| bad())
    }
}

/// `?cursor=&limit=`. Take it with `Query<PageQuery>`, or flatten it into a query of your own.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// The `next` of the page before.
    #[serde(default)]
    pub cursor: Option<String>,
    /// How many items: 1 to 200, 50 unless told.
    #[serde(default = "default_limit", deserialize_with = "limit")]
    #[param(minimum = 1, maximum = 200, default = 50, value_type = u32)]
    pub limit: u32,
}

impl Default for PageQuery {
    fn default() -> Self {
        Self {
            cursor: None,
            limit: DEFAULT_LIMIT,
        }
    }
}

impl PageQuery {
    /// How many items the page may have.
    pub fn limit(&self) -> usize {
        self.limit.clamp(1, MAX_LIMIT) as usize
    }

    /// Where the page begins, when it is not the first.
    ///
    /// # Errors
    /// A 422 problem at `/cursor` when it is not a cursor of this list.
    pub fn after<C: DeserializeOwned>(&self) -> Result<Option<C>, Problem> {
        match self.cursor.as_deref() {
            None | Some("") => Ok(None),
            Some(text) => Cursor::decode(text).map(|Cursor(value)| Some(value)),
        }
    }
}

fn default_limit() -> u32 {
    DEFAULT_LIMIT
}

/// Takes text too: a flattened query hands over every number as text.
fn limit<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    struct Limit;
    impl Visitor<'_> for Limit {
        type Value = u32;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "a whole number from 1 to {MAX_LIMIT}")
        }
        fn visit_str<E: Error>(self, text: &str) -> Result<u32, E> {
            let bad = || E::invalid_value(serde::de::Unexpected::Str(text), &self);
            text.parse()
                .map_err(|_| bad())
                .and_then(|number| self.visit_u64(number))
        }
        fn visit_u64<E: Error>(self, number: u64) -> Result<u32, E> {
            u32::try_from(number)
                .ok()
                .filter(|limit| (1..=MAX_LIMIT).contains(limit))
                .ok_or_else(|| E::invalid_value(serde::de::Unexpected::Unsigned(number), &self))
        }
    }
    deserializer.deserialize_any(Limit)
}
