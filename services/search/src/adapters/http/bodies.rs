//! What several endpoints take.

use skeleton_host::problem::Problem;

/// Longest query, in characters.
const QUERY_LIMIT: usize = 200;

/// Refuses a query that is too long.
pub(super) fn check_query(text: &str) -> Result<&str, Problem> {
    let found = text.chars().count();
    if found > QUERY_LIMIT {
        return Err(Problem::field(
            "/q",
            format!("expected at most {QUERY_LIMIT} characters, found {found}"),
        ));
    }
    Ok(text)
}
