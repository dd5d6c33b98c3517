//! Lists come in pages: bounded, with a cursor that is opaque to the caller and that only the list
//! that gave it out takes back.

mod seal;

pub(crate) use self::seal::SealKey;

use self::seal::Seal;
use crate::http::Argument;
use crate::problem::{Problem, Query};
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use serde::de::{DeserializeOwned, Deserializer, Error, Visitor};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::future::{Ready, ready};
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

    /// The same page of other items.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(change).collect(),
            next: self.next,
        }
    }
}

/// Which page of a list a request asks for. Handlers take it as an argument; it reads
/// [`PageQuery`], opens the cursors that came back and seals those that go out.
#[derive(Debug, Clone)]
pub struct Pages {
    query: PageQuery,
    seal: Seal,
}

impl FromRequest for Pages {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let read = Query::of(request);
        ready(read.map(|Query(query)| Self {
            query,
            seal: Seal::of(request),
        }))
    }
}

impl<S> Argument<S> for Pages {
    const REFUSES: &'static [u16] = &[422];
}

impl Pages {
    /// How many items the page may have.
    pub fn limit(&self) -> usize {
        self.query.limit.clamp(1, MAX_LIMIT) as usize
    }

    /// Where the page begins, when it is not the first: what [`Pages::next`] was given when the
    /// page before was made, for this account and this list.
    ///
    /// # Errors
    /// A 422 problem at `/cursor` for anything else.
    pub fn after<C: DeserializeOwned>(&self) -> Result<Option<C>, Problem> {
        match self.query.cursor.as_deref() {
            None | Some("") => Ok(None),
            Some(text) => self.seal.open(text).map(Some).ok_or_else(|| {
                Problem::field("/cursor", "expected the `next` of a page of this list")
            }),
        }
    }

    /// The cursor from which the next page goes on: any plain data.
    pub fn next<C: Serialize>(&self, cursor: &C) -> String {
        self.seal.close(cursor)
    }

    /// Cuts a page out of `items`, which were fetched with `limit + 1`: one too many means that
    /// there is more, after the cursor of the last item kept.
    pub fn cut<T, C: Serialize>(&self, mut items: Vec<T>, cursor: impl Fn(&T) -> C) -> Page<T> {
        let more = items.len() > self.limit();
        items.truncate(self.limit());
        let last = items.last().filter(|_| more);
        let next = last.map(|last| self.next(&cursor(last)));
        Page { items, next }
    }
}

/// `?cursor=&limit=`, as documented; read by [`Pages`].
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
