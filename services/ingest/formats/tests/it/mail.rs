//! Mail as programs of all times and places write it: who is no person, when it was sent, where a
//! message begins.

use kith_formats::{Content, Format::Mbox, detect};

use crate::support::{entries, messages};

const SEPARATOR: &str = "From 1771113868000@xxx Sun Feb 15 00:04:28 +0000 2026\n";
const DATE: &str = "Date: Sun, 15 Feb 2026 01:04:28 +0100\n";

fn mail(headers: &str) -> String {
    format!("{SEPARATOR}{DATE}{headers}\nSubject: Hi\n\nBody\n\n")
}

fn from(sender: &str) -> String {
    mail(&format!("From: {sender}\nTo: charles@example.org"))
}

/// Why each message was left out; none where it was not.
fn reasons(file: String) -> Vec<Option<String>> {
    let reason = |content| match content {
        Content::LeftOut { reason, .. } => Some(reason),
        Content::Message(_) => None,
        other => panic!("{other:?}"),
    };
    entries(Mbox, file)
        .into_iter()
        .map(|it| reason(it.content))
        .collect()
}

fn reason(file: String) -> Option<String> {
    reasons(file).remove(0)
}

#[test]
fn machines_are_known_by_their_addresses_in_many_languages() {
    for sender in [
        "noreply@example.org",
        "No-Reply@example.org",
        "no.reply@example.org",
        "do_not_reply@example.org",
        "clips-noreply@example.org",
        "noreply+token@example.org",
        "ne-pas-repondre@example.org",
        "no-responder@example.org",
        "nao-responda@example.org",
        "nicht-antworten@example.org",
        "nie.odpowiadaj@example.org",
        "non-rispondere@example.org",
        "mailer-daemon@example.org",
        "reply-3f9a77c2@mail.example.org",
        "hit-reply@example.org",
        "alerts@example.org",
        "order-confirmation@example.org",
        "receipts@example.org",
        "rechnung@example.org",
        "factures@example.org",
        "newsletter@example.org",
        "calendar-notification@example.org",
        "builds@example.org",
        "account-update@example.org",
        "wordpress@example.org",
        "Acme Receipts <acme.uk@acme.example>",
    ] {
        let said = reason(from(sender)).unwrap_or_default();
        assert!(said.contains("machine"), "{sender}: {said}");
    }
}

#[test]
fn people_are_not_taken_for_machines() {
    for sender in [
        "ada@example.org",
        "a.l@example.org",
        "jan.bot@example.org",
        "replybear1815@example.org",
        "update.jansen@example.org",
        "Ada List <ada@example.org>",
        "acme@acme.example",
        "Ada Acme <ada.acme@acme.example>",
        "ada@list.ru",
        "norah.plyman@example.org",
        "feed.back.ada@example.org",
        "Ada <system.byron@example.org>",
    ] {
        assert_eq!(reason(from(sender)), None, "{sender}");
    }
    // Somebody answers from an office's address.
    let answer = "From: rechnung@example.org\nTo: a@example.org\nIn-Reply-To: <1@example.org>";
    assert_eq!(reason(mail(answer)), None);
}

#[test]
fn what_nobody_wrote_is_known_by_its_headers() {
    for header in [
        "Feedback-ID: 1:campaign:acme",
        "X-Auto-Response-Suppress: All",
        "X-Autoreply: yes",
        "Return-Path: <>",
        "Return-Path: <bounce-17-ada=example.org@news.example.org>",
        "Return-Path: <choir-bounces@example.org>",
        "X-Failed-Recipients: a@example.org",
        "List-Post: <mailto:choir@example.org>",
        "Mailing-List: list choir@example.org",
        "X-Original-From: Charles <charles@example.com>",
        "Sender: choir-bounces@example.org",
    ] {
        let file = mail(&format!(
            "From: ada@example.org\nTo: c@example.org\n{header}"
        ));
        assert!(reason(file).is_some(), "{header}");
    }
    for header in [
        "Return-Path: <ada@example.org>",
        "Return-Path: <prvs=1234abcd=ada@example.org>",
        "Return-Path: <SRS0=x=y=example.org=ada@example.com>",
        "Return-Path: <c+caf_=a=example.org@example.com>",
        "Auto-Submitted: no",
        "X-Auto-Response-Suppress: DR",
        "X-Original-From: Ada <ada@example.org>",
    ] {
        let file = mail(&format!(
            "From: ada@example.org\nTo: c@example.org\n{header}"
        ));
        assert_eq!(reason(file), None, "{header}");
    }
}

#[test]
fn a_sender_that_is_rewritten_is_not_who_it_says() {
    for sender in [
        "From: \"Ada via Engines\" <engines@example.org>",
        "From: \"Ada (via Docs)\" <share@docs.example.org>",
        "From: \"Ada über Maschinen\" <maschinen@example.org>\nReply-To: ada@example.com",
    ] {
        let said = reason(mail(&format!("{sender}\nTo: c@example.org")));
        assert!(said.is_some_and(|it| it.contains("rewritten")), "{sender}");
    }
}

#[test]
fn a_mailing_list_is_nobody_wherever_it_is_named() {
    let post = mail("From: me@example.org\nTo: The Choir <choir@singers.example>");
    let copy = mail(
        "From: Ada <ada@example.org>\nTo: choir@singers.example\n\
         List-Id: The choir <choir.singers.example>",
    );
    let both = mail("From: me@example.org\nTo: choir@singers.example, ada@example.org");
    for file in [format!("{post}{both}{copy}"), format!("{copy}{post}{both}")] {
        let found = reasons(file.clone());
        assert_eq!(found.iter().flatten().count(), 2, "{found:?}");
        let kept = entries(Mbox, file)
            .into_iter()
            .find_map(|it| match it.content {
                Content::Message(message) => Some(message),
                _ => None,
            });
        let to = kept.unwrap().to;
        assert_eq!((to.len(), to[0].address.as_str()), (1, "ada@example.org"));
    }
    // Far behind in a large file, too.
    let long =
        mail("From: me@example.org\nTo: ada@example.org").replace("Body", &"x".repeat(300_000));
    let file = format!("{post}{}{copy}", long.repeat(5));
    assert!(reasons(file)[0].is_some());
    for list in [
        "choir@lists.example.org",
        "choir-request@example.org",
        "choir@googlegroups.com",
    ] {
        let said = reason(mail(&format!("From: me@example.org\nTo: {list}")));
        assert!(
            said.is_some_and(|it| it.contains("mailing lists")),
            "{list}"
        );
    }
}

#[test]
fn a_date_that_cannot_be_is_not_believed() {
    let sent = |headers: &str, separator: &str| {
        let file =
            format!("{separator}From: a@example.org\nTo: b@example.org\n{headers}\n\nBody\n");
        messages(Mbox, file)[0].date.to_string()
    };
    let line = "From a@example.org Mon Jan 05 10:00:00 2015\n";
    let received = "Received: from a by b\n\twith SMTP; Mon, 05 Jan 2015 10:00:30 +0000";
    let future = "Date: Sat, 17 Mar 2096 05:32:00 +0000";
    assert_eq!(sent(future, line), "2015-01-05T10:00:00Z");
    assert_eq!(
        sent(&format!("{future}\n{received}"), line),
        "2015-01-05T10:00:30Z"
    );
    assert_eq!(
        sent(received, "From a@example.org Mon Jan 05 10:00:00 2026\n"),
        "2015-01-05T10:00:30Z"
    );
    let clockless = "Date: Tue, 01 Jan 1980 00:00:00 +0000";
    assert_eq!(sent(clockless, line), "2015-01-05T10:00:00Z");
    // A clock that is wrong by a day is believed, as is a line that was made up when it was exported.
    let late = "Date: Tue, 06 Jan 2015 11:00:00 +0000";
    assert_eq!(
        sent(&format!("{late}\n{received}"), line),
        "2015-01-06T11:00:00Z"
    );
    assert_eq!(sent(late, SEPARATOR), "2015-01-06T11:00:00Z");
    assert_eq!(
        sent("Date: 13 Feb 98 00:04 EST", SEPARATOR),
        "1998-02-13T05:04:00Z"
    );
    assert_eq!(
        sent("Date: Fri, 13 Feb 04 00:04:00 +0000", SEPARATOR),
        "2004-02-13T00:04:00Z"
    );
}

#[test]
fn a_line_of_a_letter_is_no_separator_however_it_looks() {
    for line in [
        "From Ada at 10:15 yesterday\nTo: Charles\nDate: tomorrow",
        "From what we said we begin at 10:15,\n\n- engines",
        "From 12:30 on Monday we had tea\nX: y",
    ] {
        let file = from("ada@example.org").replace("Body", &format!("Body\n\n{line}\n"));
        assert_eq!(messages(Mbox, file.repeat(2)).len(), 2, "{line}");
    }
    for separator in [
        "From ada@example.org Sun Feb 15 00:04:28 2026\n",
        "From - Sun Feb 15 00:04:28 2026\n",
        "From ada at example.org  Sun Feb 15 00:04:28 2026\n",
        "From ada@example.org Sun, 15 Feb 2026 00:04:28 +0000\n",
        "From ???@??? Sun Feb 15 00:04:28 2026\n",
        "From MAILER-DAEMON Sun Feb 15 00:04 2026\n",
        "From ada@example.org 2026-02-15T00:04:28+00:00\n",
    ] {
        let file = from("ada@example.org").replace(SEPARATOR, separator);
        assert_eq!(detect("mail", file.as_bytes()), Ok(Mbox), "{separator}");
        assert_eq!(messages(Mbox, file.repeat(2)).len(), 2, "{separator}");
    }
}

#[test]
fn a_character_may_be_split_between_encoded_words() {
    for (words, name) in [
        ("=?utf-8?B?w4U=?= =?utf-8?B?c2E=?=", "Åsa"),
        ("=?utf-8?Q?=C3?=\n =?UTF-8?Q?=85sa_Berg?=", "Åsa Berg"),
        ("=?utf-8?B?ww==?= =?utf-8?Q?=85sa?= Berg", "Åsa Berg"),
        ("=?iso-8859-1?Q?=C5sa?= =?utf-8?Q?_=C3=96zt?=", "Åsa Özt"),
    ] {
        let found = messages(Mbox, from(&format!("{words} <a@example.org>")));
        assert_eq!(found[0].from.name.as_deref(), Some(name), "{words}");
        assert_eq!(found[0].to[0].address, "charles@example.org");
    }
}

#[test]
fn a_mail_belongs_to_the_mailbox_into_which_it_was_put() {
    let file = mail(
        "From: ada@example.org\nTo: old@example.com\nDelivered-To: me@example.net\n\
         X-Original-To: old@example.com",
    );
    let found = messages(Mbox, file);
    let delivered = found[0].delivered.iter().map(|it| it.address.as_str());
    let delivered: Vec<&str> = delivered.collect();
    assert_eq!(delivered, ["me@example.net", "old@example.com"]);
    assert!(found[0].cc.is_empty());
    let inside = mail("From: ada@example.org\nTo: me@example.com\nDelivered-To: me@mail.internal");
    assert!(messages(Mbox, inside)[0].delivered.is_empty());
    let found = entries(
        Mbox,
        mail("From: a@example.org\nTo: b@example.org\nReceived: from home"),
    );
    assert!(
        !found[0].raw.contains("home"),
        "the way of a mail is not kept"
    );
}

#[test]
fn drafts_and_junk_are_left_out_whatever_the_language_of_the_account() {
    for label in [
        "Черновики",
        "下書き",
        "Kladder",
        "Utkast",
        "草稿",
        "Luonnokset",
        "Wersje robocze",
        "Koncepty",
        "Taslaklar",
        "임시보관함",
        "Πρόχειρα",
        "טיוטות",
        "المسودات",
        "Drafts",
        "Entwürfe",
    ] {
        let words = label
            .bytes()
            .map(|byte| format!("={byte:02X}"))
            .collect::<String>();
        let header = format!("X-Gmail-Labels: =?UTF-8?Q?Opened,\"a, b\",{words}?=");
        let file = mail(&format!(
            "From: ada@example.org\nTo: c@example.org\n{header}"
        ));
        assert_eq!(reason(file).as_deref(), Some("a draft"), "{label}");
    }
    let file = mail("From: a@example.org\nTo: c@example.org\nX-Gmail-Labels: \"Spam, no\",Opened");
    assert_eq!(reason(file), None);
}

#[test]
fn one_mail_in_a_file_is_read() {
    let headers = format!(
        "Return-Path: <ada@example.org>\r\nFrom: ada@example.org\r\nTo: c@example.org\r\n{DATE}"
    );
    for file in [
        format!("{headers}\r\nFrom here on\r\nFrom x@y Sun Feb 15 00:04:28 2026\r\nTo: z\r\n"),
        format!("\n{headers}\nBody"),
        headers.clone(),
        format!("1234\n{headers}\nBody\n<?xml version=\"1.0\"?>\n"),
    ] {
        assert_eq!(detect("letter.eml", file.as_bytes()), Ok(Mbox), "{file}");
        let size = file.len() as u64;
        let found = entries(Mbox, file);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].bytes_done, size);
        assert!(
            matches!(&found[0].content, Content::Message(it) if it.from.address == "ada@example.org")
        );
    }
}
