use secrecy::ExposeSecret;
use skeleton_host::settings::{Scheme, Source, StoreUrl, duration_from};
use std::time::Duration;

fn variables(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

#[test]
fn every_mistake_is_reported_in_one_message() {
    let source = Source::default().with_variables(
        "APP_",
        variables(&[
            ("APP_STORE", "mysql://u:hunter2@h/x"),
            ("APP_LISTEN", "localhost"),
            ("APP_HTTP__TIMEOUT", "30"),
            ("APP_KEY", "short-secret"),
            ("APP_LISTNE", "x"),
            ("OTHER_THING", "ignored"),
        ]),
    );
    let error = source
        .read(|f| {
            let _ = (
                f.store_url("store", None),
                f.address("listen", None),
                f.secret("key", 32),
            );
            let _ = f.section("http", |f| {
                (f.duration("timeout", "30s"), f.flag("on", true))
            });
            f.text("name", None)
        })
        .expect_err("six mistakes");
    let shown = error.to_string();
    assert_eq!(error.mistakes.len(), 6, "{shown}");
    insta::assert_snapshot!(shown, @r#"
    6 mistakes in the settings
      store (from APP_STORE): expected a store such as sqlite:./data/app.db, postgres://user@host/name or a folder, found scheme "mysql" (known: sqlite, postgres, bolt, amqp, http, https, memory, file)
      listen = "localhost" (from APP_LISTEN): expected an address such as 127.0.0.1:8080
      key (from APP_KEY): expected a secret of at least 32 characters, found 12
      http.timeout = "30" (from APP_HTTP__TIMEOUT): expected a duration such as 500ms, 30s, 5m, 2h or 0
      name: is missing, expected some text
      listne (from APP_LISTNE): no such setting, did you mean listen?
    "#);
}

#[test]
fn a_secret_is_never_shown() {
    let source = Source::from_pairs([("key", "hunter2"), ("store", "postgres://ada:hunter2@/x")]);
    let error = source
        .read(|f| (f.secret("key", 32), f.store_url("store", None)))
        .expect_err("both are wrong");
    assert_eq!(error.mistakes.len(), 2);
    for shown in [
        format!("{error}"),
        format!("{error:?}"),
        format!("{source:?}"),
    ] {
        assert!(!shown.contains("hunter2"), "{shown}");
    }
    let url = StoreUrl::parse("postgres://ada:hunter2@db.example.com/x?password=hunter2").unwrap();
    assert_eq!(url.to_string(), "postgres://ada:***@db.example.com/x?***");
    assert!(!format!("{url:?}").contains("hunter2"));
    assert!(url.expose().contains("hunter2"));
}

#[test]
fn the_environment_wins_over_the_file_and_the_file_over_the_default() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("app.toml");
    std::fs::write(
        &file,
        "workers = 3\nretries = 5\n[mail]\nhosts = ['a', 'b']\n",
    )
    .unwrap();
    let source = Source::default().with_file(&file).with_variables(
        "APP_",
        variables(&[("APP_RETRIES", "7"), ("APP_PIN", "0042")]),
    );
    let read = source
        .read(|f| {
            let workers: u16 = f.parse("workers", "1", "a whole number");
            let retries: u16 = f.parse("retries", "1", "a whole number");
            let threads: u16 = f.parse("threads", "9", "a whole number");
            (
                workers,
                retries,
                threads,
                f.text("pin", None),
                f.section("mail", |f| f.list("hosts", None)),
            )
        })
        .unwrap();
    // A number in the environment stays the text it was: secrets may begin with a zero.
    assert_eq!(
        read,
        (
            3,
            7,
            9,
            "0042".to_owned(),
            vec!["a".to_owned(), "b".to_owned()]
        )
    );
}

#[test]
fn a_file_that_cannot_be_read_is_a_mistake_beside_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let broken = folder.path().join("app.toml");
    std::fs::write(&broken, "workers = \n").unwrap();
    let error = Source::default()
        .with_file(&broken)
        .read(|f| f.text("name", None))
        .expect_err("two");
    assert_eq!(error.mistakes.len(), 2, "{error}");
    assert!(
        error
            .to_string()
            .contains("app.toml: expected a readable TOML file"),
        "{error}"
    );
}

#[test]
fn the_scheme_of_a_store_picks_the_adapter() {
    for (text, scheme, path) in [
        ("sqlite:./data/app.db", Scheme::Sqlite, "./data/app.db"),
        ("sqlite:///var/app.db", Scheme::Sqlite, "/var/app.db"),
        ("file:./mail", Scheme::Folder, "./mail"),
        ("./mail", Scheme::Folder, "./mail"),
        ("/var/mail", Scheme::Folder, "/var/mail"),
    ] {
        let url = StoreUrl::parse(text).unwrap();
        assert_eq!(
            (url.scheme(), url.path().to_str().unwrap()),
            (scheme, path),
            "{text}"
        );
    }
    assert_eq!(
        StoreUrl::parse("amqp://localhost:5672").unwrap().scheme(),
        Scheme::Amqp
    );
    assert_eq!(
        StoreUrl::parse("bolt://localhost:7687").unwrap().scheme(),
        Scheme::Bolt
    );
    assert!(StoreUrl::parse("sqlite::memory:").unwrap().is_ephemeral());
    for wrong in ["", "sqlite:", "postgres:", "ftp://example.com"] {
        assert!(StoreUrl::parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn durations_need_a_unit() {
    assert_eq!(duration_from("500ms"), Some(Duration::from_millis(500)));
    assert_eq!(duration_from("5m"), Some(Duration::from_secs(300)));
    assert_eq!(duration_from("7d"), Some(Duration::from_secs(604_800)));
    assert_eq!(duration_from("0"), Some(Duration::ZERO));
    for wrong in [
        "30",
        "s",
        "-1s",
        "1.5s",
        "1w",
        "99999999999999999999s",
        "18446744073709551615h",
    ] {
        assert_eq!(duration_from(wrong), None, "{wrong}");
    }
}

#[test]
fn a_secret_keeps_its_text() {
    let key = "k".repeat(32);
    let read = Source::from_pairs([("key", key.clone())])
        .read(|f| f.secret("key", 32))
        .unwrap();
    assert_eq!(read.expose_secret(), key);
}

#[test]
fn a_section_of_another_program_can_be_left_alone() {
    let source = Source::from_pairs([("other.thing", "1"), ("mine", "2")]);
    assert!(source.read(|f| f.text("mine", None)).is_err());
    let read = source.read(|f| {
        f.ignore_section("other");
        f.text("mine", None)
    });
    assert_eq!(read.unwrap(), "2");
}
