//! Mailbox files.

use kith_formats::{Content, Entry, Format::Mbox, MessageKind};

use crate::support::{entries, messages, rejections};

const SEPARATOR: &str = "From 1771113868000@xxx Sun Feb 15 00:04:28 +0000 2026\n";

/// A mail of these headers, with a date and a body.
fn mail(headers: &str) -> String {
    format!("{SEPARATOR}Date: Sun, 15 Feb 2026 01:04:28 +0100\n{headers}\nSubject: Hi\n\nBody\n\n")
}

fn ada(headers: &str) -> String {
    mail(&format!(
        "From: Ada <ada@example.org>\nTo: charles@example.org\n{headers}"
    ))
}

fn addresses(mailboxes: &[kith_formats::Mailbox]) -> Vec<&str> {
    mailboxes
        .iter()
        .map(|mailbox| mailbox.address.as_str())
        .collect()
}

/// Why the file's only message was left out.
fn left_out(file: String) -> String {
    let found = entries(Mbox, file);
    let [
        Entry {
            content: Content::LeftOut { label, reason },
            ..
        },
    ] = &found[..]
    else {
        panic!("{found:?}")
    };
    assert_eq!(label, "ada@example.org");
    reason.clone()
}

#[test]
fn a_message_says_who_whom_and_when() {
    let found = messages(
        Mbox,
        ada(
            "Cc: \"Somerville, Mary\" <mary@example.org>, george@example.com\n\
             Bcc: quiet@example.org\nMessage-ID: <1.ada@mail.example.org>\nX-GM-THRID: 1857",
        ),
    );
    let message = &found[0];
    assert_eq!(
        message.message_id.as_deref(),
        Some("1.ada@mail.example.org")
    );
    assert_eq!(message.date.to_string(), "2026-02-15T00:04:28Z");
    assert_eq!(message.from.address, "ada@example.org");
    assert_eq!(message.from.name.as_deref(), Some("Ada"));
    assert_eq!(addresses(&message.to), ["charles@example.org"]);
    assert_eq!(
        addresses(&message.cc),
        [
            "mary@example.org",
            "george@example.com",
            "quiet@example.org"
        ]
    );
    assert_eq!(message.cc[0].name.as_deref(), Some("Somerville, Mary"));
    assert_eq!(message.thread.as_deref(), Some("1857"));
    assert_eq!(message.kind, MessageKind::Mail);
}

#[test]
fn encoded_words_groups_comments_and_folds_are_decoded() {
    let found = messages(
        Mbox,
        mail(
            "From: =?ISO-8859-1?Q?J=FCrgen_Gro=DF?= <juergen@example.org> (his work address)\n\
             To: =?UTF-8?B?w4VzYSDDlnp0w7xyaw==?=\n <asa@example.org>\n\
             Cc: Engineers: ada@example.org, Charles <charles@example.org>;, mary@example.org",
        ),
    );
    let message = &found[0];
    assert_eq!(message.from.name.as_deref(), Some("Jürgen Groß"));
    assert_eq!(message.from.address, "juergen@example.org");
    assert_eq!(message.to[0].name.as_deref(), Some("Åsa Öztürk"));
    assert_eq!(
        addresses(&message.cc),
        ["ada@example.org", "charles@example.org", "mary@example.org"]
    );
}

#[test]
fn undisclosed_recipients_are_nobody() {
    let found = messages(
        Mbox,
        mail("From: ada@example.org\nTo: undisclosed-recipients:;"),
    );
    assert!(found[0].to.is_empty());
}

#[test]
fn headers_in_an_old_8_bit_encoding_are_windows_1252() {
    let mut file = mail("From: J# <j@example.org>\nTo: a@example.org").into_bytes();
    let at = file.iter().position(|byte| *byte == b'#').unwrap();
    file[at] = 0xfc;
    assert_eq!(messages(Mbox, file)[0].from.name.as_deref(), Some("Jü"));
}

#[test]
fn bulk_mail_is_left_out_with_the_reason() {
    for (header, reason) in [
        ("List-Id: <news.example.org>", "List-ID"),
        (
            "LIST-UNSUBSCRIBE: <mailto:off@example.org>",
            "List-Unsubscribe",
        ),
        ("Precedence: Bulk", "Precedence: bulk"),
        ("precedence: list", "Precedence: list"),
        ("Precedence: junk", "Precedence: junk"),
        ("Auto-Submitted: auto-replied", "Auto-Submitted"),
    ] {
        let found = left_out(ada(header));
        assert!(
            found.to_lowercase().contains(&reason.to_lowercase()),
            "{header}: {found}"
        );
    }
    assert_eq!(
        messages(Mbox, ada("Auto-Submitted: no\nPrecedence: first-class")).len(),
        1
    );
}

#[test]
fn spam_and_drafts_are_left_out_in_any_language() {
    assert_eq!(left_out(ada("X-Gmail-Labels: Spam,Unread")), "spam");
    assert_eq!(left_out(ada("X-Spam-Flag: YES")), "spam");
    assert_eq!(left_out(ada("X-Gmail-Labels: Opened,Drafts")), "a draft");
    assert_eq!(
        left_out(ada("X-Gmail-Labels: =?UTF-8?Q?Entw=C3=BCrfe?=")),
        "a draft"
    );
    assert_eq!(left_out(ada("X-Mozilla-Status: 0009")), "deleted");
}

#[test]
fn only_headers_that_matter_are_kept() {
    let found = entries(Mbox, ada("X-Secret: words\n of several lines"));
    assert!(!found[0].raw.contains("words") && !found[0].raw.contains("lines"));
    assert!(!found[0].raw.contains("Body") && !found[0].raw.contains("Subject"));
    assert!(found[0].raw.contains("To: charles@example.org"));
}

#[test]
fn a_sentence_that_begins_with_from_is_no_separator() {
    let file = ada("X: y").replace(
        "Body",
        "Body\n\nFrom here on\nFrom 12:30 we had tea\nlater\n>From x",
    );
    assert_eq!(messages(Mbox, file.repeat(3)).len(), 3);
}

#[test]
fn messages_with_dos_line_ends_or_no_body_or_no_final_line_end_are_read() {
    let file = ada("X: y").repeat(2).replace('\n', "\r\n");
    assert_eq!(messages(Mbox, file).len(), 2);
    let bare = format!("{SEPARATOR}From: ada@example.org\nDate: Sun, 15 Feb 2026 00:04:28 +0000\n");
    assert_eq!(messages(Mbox, format!("{bare}\n{bare}\n")).len(), 2);
    assert_eq!(messages(Mbox, bare.repeat(2).trim_end()).len(), 2);
}

#[test]
fn a_message_without_a_date_has_that_of_its_separator() {
    for separator in [SEPARATOR, "From ada@example.org Sun Feb 15 00:04:28 2026\n"] {
        let file = format!("{separator}From: ada@example.org\nTo: c@example.org\n\nBody\n");
        assert_eq!(
            messages(Mbox, file)[0].date.to_string(),
            "2026-02-15T00:04:28Z"
        );
    }
}

#[test]
fn a_message_without_a_sender_is_rejected_by_itself() {
    let found = entries(
        Mbox,
        format!("{}{}", mail("To: a@example.org"), ada("X: y")),
    );
    let rejected = rejections(&found);
    assert_eq!(rejected.len(), 1);
    assert_eq!(rejected[0].0, "message 1");
    assert!(
        rejected[0].1.contains("expected a From header"),
        "{rejected:?}"
    );
    assert_eq!(found.len(), 2);
}

#[test]
fn separators_are_found_wherever_the_buffer_ends() {
    const BUFFER_BYTES: usize = 1 << 20;
    let body_bytes = BUFFER_BYTES - ada("X: y").len() + "Body".len();
    // The second separator begins before, at and behind the buffer's end.
    for n in -80_isize..20 {
        let body = "x".repeat(body_bytes.checked_add_signed(n).unwrap());
        let file = ada("X: y").replace("Body", &body) + &ada("X: z");
        assert_eq!(messages(Mbox, file).len(), 2, "{n}");
    }
}

#[test]
fn progress_is_where_the_next_message_begins() {
    let file = ada("X: y");
    let size = file.len() as u64;
    let found = entries(Mbox, file.repeat(3));
    let done = found
        .iter()
        .map(|entry| entry.bytes_done)
        .collect::<Vec<_>>();
    assert_eq!(done, [size, 2 * size, 3 * size]);
}
