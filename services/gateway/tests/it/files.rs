use std::fs;

use crate::support::{Answer, World, get, request, world, world_with};

struct Site {
    world: World,
    _folder: tempfile::TempDir,
}

async fn site() -> Site {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("web")).unwrap();
    let web = folder.path().join("web");
    fs::create_dir(web.join("assets")).unwrap();
    fs::write(web.join("index.html"), "<!doctype html>the app").unwrap();
    fs::write(web.join("favicon.svg"), "<svg/>").unwrap();
    fs::write(web.join("assets/index-1a2b.js"), "plain").unwrap();
    fs::write(web.join("assets/index-1a2b.js.br"), "as br").unwrap();
    fs::write(web.join("assets/index-1a2b.js.gz"), "as gzip").unwrap();
    fs::write(folder.path().join("secret.txt"), "secret").unwrap();
    let world = world_with(|settings| settings.web = Some(web)).await;
    Site {
        world,
        _folder: folder,
    }
}

fn text(answer: &Answer) -> String {
    String::from_utf8(answer.body.clone()).unwrap()
}

#[tokio::test]
async fn hashed_files_are_kept_for_a_year_and_the_page_is_asked_for_again() {
    let site = site().await;
    let script = site.world.ask(get("/assets/index-1a2b.js")).await;
    assert_eq!((script.status, text(&script).as_str()), (200, "plain"));
    assert_eq!(
        script.header("cache-control"),
        "public, max-age=31536000, immutable"
    );
    assert_eq!(
        script.header("content-type"),
        "text/javascript; charset=utf-8"
    );
    let page = site.world.ask(get("/")).await;
    assert_eq!(page.header("cache-control"), "no-cache");
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    let tag = page.header("etag").to_owned();
    assert!(tag.starts_with('"') && tag.len() > 10, "{tag}");
    let again = site.world.ask(get("/").header("if-none-match", &tag)).await;
    assert_eq!((again.status, again.body.len()), (304, 0));
    let other = site
        .world
        .ask(get("/").header("if-none-match", "\"other\""))
        .await;
    assert_eq!(other.status, 200);
}

#[tokio::test]
async fn the_smallest_form_that_the_browser_takes_is_sent() {
    let site = site().await;
    for (accepted, encoding, body) in [
        ("gzip, deflate, br", "br", "as br"),
        ("gzip", "gzip", "as gzip"),
        ("br;q=0, gzip;q=0.5", "gzip", "as gzip"),
        ("identity", "", "plain"),
        ("zstd", "", "plain"),
    ] {
        let asked = get("/assets/index-1a2b.js").header("accept-encoding", accepted);
        let answer = site.world.ask(asked).await;
        assert_eq!(answer.header("content-encoding"), encoding, "{accepted}");
        assert_eq!(text(&answer), body);
        assert_eq!(answer.header("vary"), "accept-encoding");
    }
}

#[tokio::test]
async fn a_navigation_gets_the_app_and_a_missing_file_is_missing() {
    let site = site().await;
    let navigate = |path: &str| get(path).header("accept", "text/html,application/xhtml+xml");
    for path in ["/", "/people/7", "/paths?to=7", "/people/Ana%20Silva"] {
        let answer = site.world.ask(navigate(path)).await;
        assert_eq!(
            (answer.status, text(&answer).contains("the app")),
            (200, true),
            "{path}"
        );
    }
    for path in [
        "/assets/index-old.js",
        "/robots.txt",
        "/api/v1/nothing",
        "/internal/x",
        "/index.php",
    ] {
        assert_eq!(site.world.ask(navigate(path)).await.status, 404, "{path}");
    }
    let fetched = site
        .world
        .ask(get("/people/7").header("accept", "*/*"))
        .await;
    assert_eq!(
        fetched.status, 404,
        "a program that asks for data is not given a page"
    );
    assert_eq!(
        site.world.ask(request("POST", "/people/7")).await.status,
        404
    );
}

#[tokio::test]
async fn nothing_outside_of_the_folder_is_served() {
    let site = site().await;
    for path in [
        "/../secret.txt",
        "/assets/../../secret.txt",
        "/%2e%2e/secret.txt",
        "//secret.txt",
    ] {
        let answer = site.world.ask(get(path)).await;
        assert!(
            !text(&answer).contains("secret\n") && text(&answer) != "secret",
            "{path}"
        );
        assert_eq!(answer.status, 404, "{path}");
    }
}

#[tokio::test]
async fn every_answer_tells_the_browser_what_to_refuse() {
    let site = site().await;
    for path in [
        "/",
        "/assets/index-1a2b.js",
        "/nothing.js",
        "/api/v1/me",
        "/api/v1/docs",
    ] {
        let answer = site.world.ask(get(path)).await;
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("default-src 'none'"), "{path}: {policy}");
        assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"));
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(
            answer.header("cross-origin-opener-policy"),
            "same-origin",
            "{path}"
        );
        assert_ne!(answer.header("referrer-policy"), "", "{path}");
        assert_ne!(answer.header("permissions-policy"), "", "{path}");
    }
}

#[tokio::test]
async fn without_the_web_app_a_page_says_how_to_build_it() {
    let world = world().await;
    let answer = world.ask(get("/").header("accept", "text/html")).await;
    assert_eq!(answer.status, 200);
    assert!(text(&answer).contains("make web"));
}
