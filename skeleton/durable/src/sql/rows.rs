//! Parts of statements, the same for every database.

use std::time::Duration;

use sqlx::{Database, Encode, QueryBuilder, Type};

/// Appends ` (v, v, …)`; of no values, a list that nothing is in.
pub fn push_list<'v, D, T>(query: &mut QueryBuilder<D>, values: impl IntoIterator<Item = T>)
where
    D: Database,
    T: 'v + Encode<'v, D> + Type<D>,
{
    let mut values = values.into_iter().peekable();
    query.push(" (");
    if values.peek().is_none() {
        query.push("NULL");
    }
    let mut list = query.separated(", ");
    for value in values {
        list.push_bind(value);
    }
    query.push(")");
}

/// A statement that ends with `… IN (v, v, …)`, of whose text all before the list is given.
pub fn among<'v, D, T>(text: &str, values: impl IntoIterator<Item = T>) -> QueryBuilder<D>
where
    D: Database,
    T: 'v + Encode<'v, D> + Type<D>,
{
    let mut query = QueryBuilder::new(text);
    push_list(&mut query, values);
    query
}

/// A count or limit as it is bound; one that is too large is the largest that can be.
pub fn number(count: impl TryInto<i64>) -> i64 {
    count.try_into().unwrap_or(i64::MAX)
}

/// A duration as it is bound, in microseconds; added to the present it is still a moment.
#[must_use]
pub fn micros(duration: Duration) -> i64 {
    number(duration.as_micros()).min(i64::MAX / 4)
}
