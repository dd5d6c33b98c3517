//! `GET /imports/{id}/receipt`: what became of each record of a file.
#![allow(
    unused_qualifications,
    reason = "the derive of `IntoParams` qualifies needlessly"
)]

use kith_shared::ids::{AccountId, ImportId, PersonId};
use serde::{Deserialize, Serialize};
use skeleton_host::{
    auth::Caller,
    http::State,
    pages::{PageQuery, Pages},
    problem::{Json, Path, Problem, Query},
};
use utoipa::{IntoParams, ToSchema};

use super::{App, bodies::Counts, problems};
use crate::{domain::receipt::Outcome, ports::StoredLine};

/// Which lines.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ReceiptFilter {
    /// Only these.
    #[param(value_type = Option<RecordOutcome>, inline)]
    outcome: Option<String>,
}

/// What became of one record.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(
    dead_code,
    reason = "describes the words, which are passed on as they are stored"
)]
pub(super) enum RecordOutcome {
    /// A new person.
    Created,
    /// Joined a person whom other sources knew, or joined several persons into one.
    Merged,
    /// Told something new of a person of the same source; or a message that was counted.
    Updated,
    /// Known already.
    Unchanged,
    /// Understood, and left out on purpose.
    LeftOut,
    /// Not understood.
    Rejected,
}

/// A page of a receipt.
#[derive(Serialize, ToSchema)]
pub(super) struct Receipt {
    items: Vec<Line>,
    next: Option<String>,
    counts: Counts,
    /// There are more records than lines: those of the first 100,000 are kept, the counts go on.
    cut: bool,
}

/// What became of one record.
#[derive(Serialize, ToSchema)]
pub(super) struct Line {
    /// Where it stands: `line 12`, `card 3`, `message 9`.
    position: String,
    #[schema(value_type = RecordOutcome)]
    outcome: String,
    /// Why it was left out or rejected.
    reason: Option<String>,
    person_id: Option<PersonId>,
    label: String,
}

impl From<StoredLine> for Line {
    fn from(line: StoredLine) -> Self {
        Self {
            position: line.position,
            outcome: line.outcome,
            reason: line.reason,
            person_id: line.person,
            label: line.label,
        }
    }
}

/// What became of each record of an import, in the file's order.
#[utoipa::path(
    get, path = "/api/v1/imports/{id}/receipt", tag = "imports",
    params(("id" = ImportId, Path), ReceiptFilter, PageQuery),
    responses((status = 200, body = Receipt), (status = 404, body = Problem), (status = 422, body = Problem))
)]
pub(super) async fn get_receipt(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ImportId>,
    pages: Pages,
    Query(filter): Query<ReceiptFilter>,
) -> Result<Json<Receipt>, Problem> {
    let outcome = filter.outcome.as_deref().map(outcome).transpose()?;
    let (after, limit) = (pages.after::<u64>()?.unwrap_or(0), pages.limit());
    let account = AccountId(caller.account);
    let found = app
        .get_receipt(account, id, outcome, after, limit + 1)
        .await;
    let found = found.map_err(problems::store)?;
    let (import, lines) = found.ok_or_else(|| Problem::not_found("import"))?;
    let page = pages.cut(lines, |last| last.ordinal).map(Line::from);
    Ok(Json(Receipt {
        items: page.items,
        next: page.next,
        counts: Counts::of(&import.counts),
        cut: import.receipt_is_cut(),
    }))
}

fn outcome(name: &str) -> Result<Outcome, Problem> {
    Outcome::named(name).ok_or_else(|| {
        let names = Outcome::ALL.map(Outcome::as_str).join(", ");
        Problem::field("/outcome", format!("expected one of {names}"))
    })
}
