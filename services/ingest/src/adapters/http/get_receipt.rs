//! `GET /imports/{id}/receipt`: what became of each record of a file.

use axum::extract::State;
use kith_shared::ids::{AccountId, ImportId, PersonId};
use serde::{Deserialize, Serialize};
use skeleton_host::{
    auth::Caller,
    pages::{Page, PageQuery},
    problem::{Json, Path, Problem, Query},
};
use utoipa::{IntoParams, ToSchema};

use super::{Shared, get_import::Counts, problems};
use crate::domain::import::{Outcome, ReceiptLine};

/// Which lines.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ReceiptFilter {
    /// Only these: `created`, `merged`, `updated`, `unchanged`, `left_out` or `rejected`.
    outcome: Option<String>,
}

/// A page of a receipt.
#[derive(Serialize, ToSchema)]
pub(super) struct Receipt {
    items: Vec<Line>,
    next: Option<String>,
    counts: Counts,
}

/// What became of one record.
#[derive(Serialize, ToSchema)]
pub(super) struct Line {
    /// Where it stands: `line 12`, `card 3`, `message 9`.
    position: String,
    /// `created`, `merged`, `updated`, `unchanged`, `left_out` or `rejected`.
    outcome: &'static str,
    /// Why it was left out or rejected.
    reason: Option<String>,
    person_id: Option<PersonId>,
    label: String,
}

impl From<ReceiptLine> for Line {
    fn from(line: ReceiptLine) -> Self {
        Self {
            position: line.position,
            outcome: line.outcome.as_str(),
            reason: line.reason,
            person_id: line.person,
            label: line.label,
        }
    }
}

/// What became of each record of an import, in the file's order.
#[utoipa::path(
    get, path = "/api/v1/imports/{id}/receipt", tag = "imports",
    params(("id" = ImportId, Path)),
    responses((status = 200, body = Receipt), (status = 404, body = Problem), (status = 422, body = Problem))
)]
pub(super) async fn get_receipt(
    State(app): State<Shared>,
    caller: Caller,
    Path(id): Path<ImportId>,
    Query(page): Query<PageQuery>,
    Query(filter): Query<ReceiptFilter>,
) -> Result<Json<Receipt>, Problem> {
    let outcome = filter.outcome.as_deref().map(outcome).transpose()?;
    let (after, limit) = (page.after::<u64>()?.unwrap_or(0), page.limit());
    let account = AccountId(caller.account);
    let found = app
        .imports
        .receipt(account, id, outcome, after, limit + 1)
        .await;
    let found = found.map_err(problems::store)?;
    let (import, lines) = found.ok_or_else(|| Problem::not_found("import"))?;
    let page = Page::cut(lines, limit, |last| last.ordinal).map(Line::from);
    Ok(Json(Receipt {
        items: page.items,
        next: page.next,
        counts: Counts::of(&import.counts),
    }))
}

fn outcome(name: &str) -> Result<Outcome, Problem> {
    Outcome::named(name).ok_or_else(|| {
        let names = Outcome::ALL.map(Outcome::as_str).join(", ");
        Problem::field("/outcome", format!("expected one of {names}"))
    })
}
