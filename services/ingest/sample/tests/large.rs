//! The files for measurements, small.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail as tests do"
)]

use std::io::Cursor;

use kith_formats::{Content, Format, Limits};
use kith_sample::{large_google_csv, large_linkedin_csv, large_mbox};

/// Entries, and of them contacts or messages; fails if one is rejected.
fn count(format: Format, bytes: Vec<u8>) -> (u64, u64) {
    assert_eq!(
        kith_formats::detect("sample", &bytes[..bytes.len().min(65_536)]),
        Ok(format)
    );
    let (mut all, mut used) = (0, 0);
    for entry in
        kith_formats::read(format, Box::new(Cursor::new(bytes)), Limits::default()).unwrap()
    {
        let entry = entry.unwrap();
        all += 1;
        match entry.content {
            Content::Contact(_) | Content::Message(_) => used += 1,
            Content::LeftOut { .. } => {}
            Content::Rejected { reason } => panic!("{}: {reason}", entry.position),
        }
    }
    (all, used)
}

#[test]
fn a_google_file_holds_as_many_contacts_as_asked_for() {
    let mut csv = Vec::new();
    large_google_csv(7, 2_500, &mut csv).unwrap();
    assert_eq!(count(Format::GoogleCsv, csv), (2_500, 2_500));
}

#[test]
fn a_linkedin_file_holds_as_many_contacts_as_asked_for() {
    let mut csv = Vec::new();
    large_linkedin_csv(7, 2_500, &mut csv).unwrap();
    assert_eq!(count(Format::LinkedIn, csv), (2_500, 2_500));
}

#[test]
fn a_mailbox_file_is_as_long_as_asked_for_and_no_body_is_taken_for_a_message() {
    let mut mbox = Vec::new();
    let messages = large_mbox(7, 8 << 20, &mut mbox).unwrap();
    assert!(mbox.len() >= 8 << 20);
    let (all, used) = count(Format::Mbox, mbox);
    assert_eq!(all, messages);
    assert!(used * 10 > all * 4 && used < all);
}
