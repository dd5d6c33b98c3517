use std::path::Path;

use skeleton_host::settings::Source;
use skeleton_mail::{MailSettings, Way};

fn read(pairs: &[(&str, &str)]) -> Result<MailSettings, String> {
    Source::from_pairs(pairs.iter().copied())
        .read(MailSettings::read)
        .map_err(|mistakes| mistakes.to_string())
}

#[test]
fn letters_go_to_a_server_or_into_a_folder() {
    let server = read(&[
        ("smtp_url", "smtps://user:secret@mail.example.org"),
        ("smtp_from", "Post <post@example.org>"),
    ])
    .unwrap();
    assert!(matches!(server.way, Way::Server(_)));
    assert!(server.as_folder().is_none());
    assert!(!format!("{server:?}").contains("secret"));
    let folder = read(&[("mail_folder", "/var/mail")]).unwrap();
    assert_eq!(folder.as_folder(), Some(Path::new("/var/mail")));
}

#[test]
fn where_they_go_must_be_said_once() {
    let neither = read(&[]).unwrap_err();
    assert!(neither.contains("found neither"), "{neither}");
    let both = [("smtp_url", "smtp://mail:25"), ("mail_folder", "mail")];
    let both = read(&both).unwrap_err();
    assert!(both.contains("found both"), "{both}");
}

#[test]
fn every_mistake_is_named_and_no_secret_is_shown() {
    let mistakes = read(&[
        ("smtp_url", "https://user:secret@mail.example.org"),
        ("smtp_from", "nobody at all"),
    ])
    .unwrap_err();
    for part in ["smtp_url", "smtps://", "smtp_from", "nobody at all"] {
        assert!(mistakes.contains(part), "no {part:?} in {mistakes}");
    }
    assert!(!mistakes.contains("secret"), "{mistakes}");
}
