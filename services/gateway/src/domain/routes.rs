//! Which service answers which request.

use std::collections::BTreeSet;

/// Requests that one service answers.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    /// One method, or none for all.
    pub method: Option<&'static str>,
    /// The path; with `/**` at its end also everything below. `{id}` stands for any one segment.
    pub path: &'static str,
    /// Who answers.
    pub service: &'static str,
}

const fn all(path: &'static str, service: &'static str) -> Route {
    Route {
        method: None,
        path,
        service,
    }
}

const fn only(method: &'static str, path: &'static str, service: &'static str) -> Route {
    Route {
        method: Some(method),
        path,
        service,
    }
}

/// Every request that is passed on. What is not here does not exist for the outside.
pub const ROUTES: &[Route] = &[
    all("/api/v1/accounts", "users"),
    all("/api/v1/sessions/**", "users"),
    all("/api/v1/me/**", "users"),
    all("/api/v1/circles/**", "users"),
    all("/api/v1/invitations/**", "users"),
    all("/api/v1/sample-network", "users"),
    all("/api/v1/imports/**", "ingest"),
    only("POST", "/api/v1/people", "ingest"),
    all("/api/v1/people/{id}", "ingest"),
    all("/api/v1/people/{id}/merges/**", "ingest"),
    all("/api/v1/people/{id}/records", "ingest"),
    all("/api/v1/people/{id}/records/{record}", "ingest"),
    only("GET", "/api/v1/people", "search"),
    all("/api/v1/organisations", "search"),
    all("/api/v1/people/{id}/ties", "network"),
    all("/api/v1/people/{id}/neighbourhood", "network"),
    all("/api/v1/people/{id}/annotations", "network"),
    all("/api/v1/people/{id}/tags/**", "network"),
    all("/api/v1/people/{id}/notes/**", "network"),
    all("/api/v1/paths", "network"),
    all("/api/v1/reminders/**", "notifications"),
    all("/api/v1/notifications/**", "notifications"),
    all("/api/v1/preferences", "notifications"),
];

/// What is open to people who have not signed in.
pub const PUBLIC: &[(&str, &str)] = &[("POST", "/api/v1/accounts"), ("POST", "/api/v1/sessions")];

/// Routes on which a body may be large and slow.
pub const UPLOADS: &[&str] = &["/api/v1/imports"];

/// Whether somebody who has not signed in may ask this.
#[must_use]
pub fn is_public(method: &str, path: &str) -> bool {
    PUBLIC.contains(&(method, path))
}

/// The services that requests are passed on to.
#[must_use]
pub fn services() -> BTreeSet<&'static str> {
    ROUTES.iter().map(|route| route.service).collect()
}

/// Who answers this request.
#[must_use]
pub fn service_for(method: &str, path: &str) -> Option<&'static str> {
    let found = ROUTES
        .iter()
        .find(|route| route.method.is_none_or(|only| only == method) && matches(route.path, path));
    found.map(|route| route.service)
}

/// Whether a path could be read as another one further on: segments that climb, backslashes.
#[must_use]
pub fn is_ambiguous(path: &str) -> bool {
    let escaped = path.contains('%');
    let spelt = escaped.then(|| path.to_ascii_lowercase().replace("%2e", "."));
    let path = spelt.as_deref().unwrap_or(path);
    path.contains('\\')
        || escaped && (path.contains("%5c") || path.contains("%2f"))
        || path.split('/').any(|segment| matches!(segment, "." | ".."))
}

fn matches(pattern: &str, path: &str) -> bool {
    let (pattern, below) = match pattern.strip_suffix("/**") {
        Some(prefix) => (prefix, true),
        None => (pattern, false),
    };
    let mut given = path.split('/');
    for wanted in pattern.split('/') {
        match given.next() {
            Some(segment) if wanted.starts_with('{') && !segment.is_empty() => {}
            Some(segment) if segment == wanted => {}
            _ => return false,
        }
    }
    below || given.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_fitting_service_answers() {
        for (method, path, service) in [
            ("GET", "/api/v1/people", Some("search")),
            ("POST", "/api/v1/people", Some("ingest")),
            ("GET", "/api/v1/people/7", Some("ingest")),
            ("GET", "/api/v1/people/7/ties", Some("network")),
            ("PUT", "/api/v1/people/7/tags/friend", Some("network")),
            ("DELETE", "/api/v1/people/7/merges/8", Some("ingest")),
            ("GET", "/api/v1/people/7/unknown", None),
            ("GET", "/api/v1/people//ties", None),
            ("DELETE", "/api/v1/sessions", Some("users")),
            ("POST", "/internal/sessions/check", None),
            ("GET", "/api/v1/mean", None),
        ] {
            assert_eq!(service_for(method, path), service, "{method} {path}");
        }
    }

    #[test]
    fn paths_that_climb_are_told_apart() {
        for path in [
            "/api/v1/me/../../internal/sessions/check",
            "/api/v1/me/%2E%2e/x",
            "/api/v1/me/.%2e/x",
            "/api/v1/me/./x",
            "/api/v1/me\\x",
            "/api/v1/me/%5cx",
            "/api/v1/people/1/tags/a%2Fb",
        ] {
            assert!(is_ambiguous(path), "{path}");
        }
        assert!(!is_ambiguous("/api/v1/people/1/tags/a.b..c%20d"));
    }
}
