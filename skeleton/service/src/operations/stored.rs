//! Rows that cannot be read: every row of every store is read as the service reads it, a page a
//! request.

use serde::{Deserialize, Serialize};
use skeleton_durable::stored::{Place, Unreadable};
use skeleton_host::{
    http::State,
    pages::Pages,
    problem::{Json, Problem},
};

use super::{App, problem};

/// Rows that one request reads.
const ROWS: u32 = 1_000;

/// Which store, and where in it.
#[derive(Serialize, Deserialize)]
struct At {
    store: usize,
    after: Option<Place>,
}

/// What a page of rows held.
#[derive(Serialize)]
pub(super) struct Page {
    /// Those that cannot be read; most pages have none.
    items: Vec<Unreadable>,
    /// How many rows were read.
    rows: u64,
    /// Pass it as `cursor` to go on; null at the end.
    next: Option<String>,
}

/// `GET /operator/v1/stored`
pub(super) async fn examine(State(app): State<App>, pages: Pages) -> Result<Json<Page>, Problem> {
    let at = pages.after()?.unwrap_or(At {
        store: 0,
        after: None,
    });
    let Some(store) = app.operations.stored.get(at.store) else {
        return Ok(Json(Page {
            items: Vec::new(),
            rows: 0,
            next: None,
        }));
    };
    let found = store.examine(at.after.as_ref(), ROWS);
    let found = found.await.map_err(problem)?;
    let next = match found.next {
        Some(after) => Some(At {
            store: at.store,
            after: Some(after),
        }),
        None => Some(at.store + 1)
            .filter(|next| *next < app.operations.stored.len())
            .map(|store| At { store, after: None }),
    };
    Ok(Json(Page {
        items: found.unreadable,
        rows: found.rows,
        next: next.map(|at| pages.next(&at)),
    }))
}
