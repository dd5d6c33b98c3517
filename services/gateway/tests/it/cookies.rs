use skeleton_host::http::Body;

use crate::support::{get, request, world, world_with};

#[tokio::test]
async fn signing_in_sets_a_cookie_that_scripts_cannot_read_and_signing_out_clears_it() {
    let world = world().await;
    let answer = world
        .ask_with(request("POST", "/api/v1/sessions"), Body::from("{}"))
        .await;
    assert_eq!(answer.status, 201);
    let expected = "kith=fresh-token; Max-Age=3600; Path=/; HttpOnly; SameSite=Lax";
    assert_eq!(answer.header("set-cookie"), expected);
    assert_eq!(answer.json()["token"], "fresh-token");

    world.sign_in("fresh-token");
    let out = request("DELETE", "/api/v1/sessions")
        .header("cookie", "kith=fresh-token")
        .header("sec-fetch-site", "same-origin");
    let answer = world.ask(out).await;
    assert_eq!(answer.status, 204);
    assert_eq!(
        answer.header("set-cookie"),
        "kith=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax"
    );
}

#[tokio::test]
async fn over_https_by_a_trusted_proxy_the_cookie_is_bound_to_the_host() {
    let world = world_with(|settings| {
        settings.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    })
    .await;
    let sign_in = request("POST", "/api/v1/sessions").header("x-forwarded-proto", "https");
    let answer = world.ask(sign_in).await;
    let expected = "__Host-kith=fresh-token; Max-Age=3600; Path=/; HttpOnly; SameSite=Lax; Secure";
    assert_eq!(answer.header("set-cookie"), expected);
    assert!(
        answer
            .header("strict-transport-security")
            .starts_with("max-age=")
    );

    world.sign_in("t");
    let with = |cookie: &str| {
        get("/api/v1/me")
            .header("x-forwarded-proto", "https")
            .header("cookie", cookie.to_owned())
    };
    assert_eq!(world.ask(with("__Host-kith=t")).await.status, 200);
    assert_eq!(
        world.ask(with("kith=t")).await.status,
        401,
        "any host could have set this one"
    );
}

#[tokio::test]
async fn a_stranger_cannot_make_a_plain_connection_count_as_https() {
    let world = world().await;
    let sign_in = request("POST", "/api/v1/sessions").header("x-forwarded-proto", "https");
    let answer = world.ask(sign_in).await;
    assert!(answer.header("set-cookie").starts_with("kith="));
    assert_eq!(answer.header("strict-transport-security"), "");
}

#[tokio::test]
async fn a_change_with_a_cookie_must_come_from_our_own_pages() {
    let world = world().await;
    world.sign_in("t");
    let own = ("origin", "http://kith.example");
    let foreign = ("origin", "http://evil.example");
    let cases: &[(&[(&str, &str)], bool)] = &[
        (&[("sec-fetch-site", "same-origin")], true),
        (&[("sec-fetch-site", "none")], true),
        (&[("sec-fetch-site", "same-site")], false),
        (&[("sec-fetch-site", "cross-site")], false),
        (&[("sec-fetch-site", "cross-site"), own], false),
        (&[("sec-fetch-site", "same-origin"), foreign], true),
        (&[own], true),
        (&[foreign], false),
        (&[("origin", "null")], false),
        (&[], false),
    ];
    for method in ["POST", "PUT", "PATCH", "DELETE"] {
        for (headers, is_allowed) in cases {
            let mut change = request(method, "/api/v1/circles/7").header("cookie", "kith=t");
            for (name, value) in *headers {
                change = change.header(*name, *value);
            }
            let answer = world.ask(change).await;
            assert_eq!(answer.status != 403, *is_allowed, "{method} {headers:?}");
        }
    }
    // Reading is safe from anywhere: the answer is not readable there.
    let read = get("/api/v1/me")
        .header("cookie", "kith=t")
        .header("sec-fetch-site", "cross-site");
    assert_eq!(world.ask(read).await.status, 200);
    // A program says who it is itself; no site can make a browser do that.
    let program = request("POST", "/api/v1/circles").header("authorization", "Bearer t");
    assert_eq!(world.ask(program).await.status, 200);
}

#[tokio::test]
async fn another_site_cannot_sign_a_browser_in() {
    let world = world().await;
    for path in ["/api/v1/sessions", "/api/v1/accounts"] {
        for (name, value) in [
            ("sec-fetch-site", "cross-site"),
            ("origin", "http://evil.example"),
        ] {
            let answer = world.ask(request("POST", path).header(name, value)).await;
            assert_eq!(answer.status, 403, "{path} {name}");
        }
    }
}
