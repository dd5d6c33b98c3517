use skeleton_mail::{Attempt, Letter, Mailer, NotSent, Sender, SmtpMailer, attempt};

use crate::{
    letter,
    server::{Script, Server},
};

fn mailer(url: &str) -> SmtpMailer {
    SmtpMailer::new(url, "Post <post@example.org>".parse().unwrap()).unwrap()
}

/// What sending comes to: nothing, later or never, with the reason.
async fn sent(script: Script) -> Result<(), NotSent> {
    let server = Server::start(script).await;
    mailer(&server.url()).send(&letter()).await
}

#[tokio::test]
async fn a_letter_arrives_as_it_was_written() {
    let server = Server::start(Script::default()).await;
    let letter = letter();
    mailer(&server.url()).send(&letter).await.unwrap();
    let taken = server.taken();
    let [text] = taken.as_slice() else {
        panic!("{taken:?}");
    };
    let (head, body) = text.split_once("\n\n").unwrap();
    for line in [
        "From: Post <post@example.org>",
        "To: ada@example.com",
        "Date: Sun, 22 Nov 2026 12:00:00 +0000",
        &format!("Message-ID: <{}@example.org>", letter.id),
    ] {
        assert!(head.lines().any(|it| it == line), "no {line:?} in {head}");
    }
    assert!(head.contains("Subject: =?utf-8?"), "{head}");
    assert_eq!(body.trim_end(), letter.body.trim_end());
    let heard = server.heard();
    assert!(
        heard
            .iter()
            .any(|it| it.starts_with("MAIL FROM:<post@example.org>")),
        "{heard:?}"
    );
    assert!(heard.contains(&"RCPT TO:<ada@example.com>".to_owned()));
}

#[tokio::test]
async fn a_refusal_for_now_is_not_one_for_ever() {
    let busy = "450 mailbox busy";
    let fine = Script::default();
    for script in [
        Script {
            greeting: "421 too many connections",
            ..fine
        },
        Script {
            sender: busy,
            ..fine
        },
        Script {
            recipient: busy,
            ..fine
        },
        Script {
            text: "451 try again later",
            ..fine
        },
    ] {
        let outcome = sent(script).await;
        assert!(matches!(outcome, Err(NotSent::Later(_))), "{outcome:?}");
    }
}

#[tokio::test]
async fn a_refusal_for_ever_says_why() {
    let fine = Script::default();
    for script in [
        Script {
            recipient: "550 no such user here",
            ..fine
        },
        Script {
            text: "554 no such user here",
            ..fine
        },
    ] {
        match sent(script).await {
            Err(NotSent::Never(reason)) => assert!(reason.contains("no such user"), "{reason}"),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_wrong_password_loses_no_letter() {
    let script = Script {
        auth: "535 wrong password",
        ..Script::default()
    };
    let server = Server::start(script).await;
    let url = format!("smtp://user:secret@127.0.0.1:{}", server.port);
    let outcome = mailer(&url).send(&letter()).await;
    assert!(matches!(outcome, Err(NotSent::Later(_))), "{outcome:?}");

    let script = Script {
        sender: "530 authentication required",
        ..Script::default()
    };
    let outcome = sent(script).await;
    assert!(matches!(outcome, Err(NotSent::Later(_))), "{outcome:?}");
}

#[tokio::test]
async fn a_server_that_is_away_or_hangs_up_gets_the_letter_later() {
    let server = Server::start(Script::default()).await;
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = nobody.local_addr().unwrap().port();
    drop(nobody);
    let outcome = mailer(&format!("smtp://127.0.0.1:{port}"))
        .send(&letter())
        .await;
    assert!(matches!(outcome, Err(NotSent::Later(_))), "{outcome:?}");
    // One that does not speak the language.
    let outcome = sent(Script {
        greeting: "HTTP/1.1 400 Bad Request",
        ..Script::default()
    })
    .await;
    assert!(matches!(outcome, Err(NotSent::Later(_))), "{outcome:?}");
    drop(server);
}

/// Time stands still unless everybody waits for it.
#[tokio::test(start_paused = true)]
async fn a_server_that_stalls_is_given_up_in_bounded_time() {
    let fine = Script::default();
    for script in [
        Script {
            greeting: "",
            ..fine
        },
        Script {
            recipient: "",
            ..fine
        },
        Script { text: "", ..fine },
    ] {
        let server = Server::start(script).await;
        let letter = letter();
        let outcome = attempt(&mailer(&server.url()), &letter, 0, letter.created_at).await;
        assert!(matches!(outcome, Attempt::Postponed { .. }), "{outcome:?}");
    }
}

#[tokio::test]
async fn a_letter_that_cannot_be_written_down_never_leaves() {
    let server = Server::start(Script::default()).await;
    let nowhere = Letter {
        recipient: "nowhere".to_owned(),
        ..letter()
    };
    let outcome = mailer(&server.url()).send(&nowhere).await;
    assert!(matches!(outcome, Err(NotSent::Never(_))), "{outcome:?}");
    assert!(server.heard().is_empty());
}

#[tokio::test]
async fn a_subject_adds_no_header_and_no_recipient() {
    let server = Server::start(Script::default()).await;
    let crooked = Letter {
        subject: "hello\r\nBcc: eve@example.net\r\n\r\nbody".to_owned(),
        ..letter()
    };
    // Whether it is refused or made harmless, Eve gets nothing.
    let _ = mailer(&server.url()).send(&crooked).await;
    for text in server.taken() {
        assert!(!text.lines().any(|line| line.starts_with("Bcc:")), "{text}");
    }
    assert!(!server.heard().iter().any(|line| line.contains("eve@")));
}

#[test]
fn a_url_that_is_none_is_refused_without_repeating_it() {
    for url in ["", "mail.example.org", "http://user:secret@example.org"] {
        match SmtpMailer::new(url, Sender::default()) {
            Ok(_) => panic!("{url:?} was taken"),
            Err(error) => assert!(!format!("{error:#}").contains("secret")),
        }
    }
}
