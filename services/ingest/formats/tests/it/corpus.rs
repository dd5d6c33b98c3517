//! The kept files: each is told for what it is, and read without a rejection.

use std::{fs, path::PathBuf};

use kith_formats::{Content, DETECT_HEAD_BYTES, Format, detect};

use crate::support::entries;

pub(crate) fn files() -> Vec<(PathBuf, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let mut paths = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect::<Vec<_>>();
    paths.sort();
    let read = |path: PathBuf| (path.clone(), fs::read(path).unwrap());
    paths.into_iter().map(read).collect()
}

/// Format, contacts, messages and entries left out of each file, by its name.
const EXPECTED: [(&str, Format, usize, usize, usize); 11] = [
    ("android-2.1.vcf", Format::Vcard, 2, 0, 0),
    ("apple-3.0.vcf", Format::Vcard, 3, 0, 0),
    ("gmail-takeout.mbox", Format::Mbox, 0, 3, 4),
    ("google-2024.csv", Format::GoogleCsv, 3, 0, 0),
    ("google-older.csv", Format::GoogleCsv, 2, 0, 0),
    ("linkedin-connections.csv", Format::LinkedIn, 3, 0, 1),
    (
        "linkedin-connections-de-windows.csv",
        Format::LinkedIn,
        2,
        0,
        0,
    ),
    ("linkedin-export.zip", Format::LinkedIn, 4, 3, 1),
    ("outlook-2.1-utf16.vcf", Format::Vcard, 1, 0, 0),
    ("standard-4.0.vcf", Format::Vcard, 2, 0, 1),
    ("thunderbird.mbox", Format::Mbox, 0, 2, 1),
];

#[test]
fn every_kept_file_gives_what_it_is_known_to_hold() {
    let files = files();
    assert_eq!(files.len(), EXPECTED.len());
    for (path, bytes) in files {
        let name = path.file_name().unwrap().to_str().unwrap();
        let (_, format, contacts, messages, left_out) = EXPECTED
            .into_iter()
            .find(|expected| expected.0 == name)
            .expect(name);
        assert_eq!(
            detect(name, &bytes[..bytes.len().min(DETECT_HEAD_BYTES)]),
            Ok(format),
            "{name}"
        );
        let mut counts = (0, 0, 0);
        for entry in entries(format, bytes) {
            match entry.content {
                Content::Contact(_) => counts.0 += 1,
                Content::Message(_) => counts.1 += 1,
                Content::LeftOut { .. } => counts.2 += 1,
                Content::Rejected { reason } => panic!("{name}, {}: {reason}", entry.position),
            }
        }
        assert_eq!(counts, (contacts, messages, left_out), "{name}");
    }
}
