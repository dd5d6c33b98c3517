//! Archives written, read, cut, damaged and locked.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::Path;

use secrecy::SecretString;
use serde_json::{Value, json};
use skeleton_archive::{ArchiveError, Entry, Identities, Place, Reader, Recipients, Writer};

const NAME: &str = "a.tar.zst";

fn entries() -> Vec<Entry> {
    (0..20u32)
        .map(|n| Entry {
            name: format!("service/{n:06}.lines"),
            // Neither all alike nor all random.
            content: (0..n * 1_000).flat_map(|m| (m * n).to_le_bytes()).collect(),
        })
        .collect()
}

async fn write(place: &Place, name: &str, recipients: &Recipients) -> u64 {
    let mut writer = Writer::create(place, name, recipients).await.unwrap();
    for entry in entries() {
        writer.entry(entry.name, entry.content).await.unwrap();
    }
    writer.finish(&json!({"rows": 7})).await.unwrap()
}

async fn read(
    place: &Place,
    name: &str,
    identities: &Identities,
) -> Result<(Vec<Entry>, Value), ArchiveError> {
    let mut reader = Reader::open(place, name, identities).await?;
    let mut all = Vec::new();
    while let Some(entry) = reader.next().await {
        all.push(entry);
    }
    Ok((all, reader.finish().await?))
}

fn secret() -> (String, String) {
    let key = age::x25519::Identity::generate();
    let secret = secrecy::ExposeSecret::expose_secret(&key.to_string()).to_owned();
    (secret, key.to_public().to_string())
}

fn files(folder: &Path) -> Vec<String> {
    let files = std::fs::read_dir(folder).unwrap();
    files
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_is_read_with_and_without_keys() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::folder(folder.path()).unwrap();
    let ((mine, to_me), (other, to_other)) = (secret(), secret());
    let passphrase = || SecretString::from("correct horse");
    let both = Recipients::keys([to_me.as_str(), to_other.as_str()]).unwrap();
    for (name, recipients, identities) in [
        ("plain", Recipients::default(), vec![Identities::default()]),
        (
            "keys",
            both,
            vec![
                Identities::keys(&format!("# a comment\n{mine}\n")).unwrap(),
                Identities::keys(&other).unwrap(),
            ],
        ),
        (
            "passphrase",
            Recipients::passphrase(passphrase()),
            vec![Identities::default().with_passphrase(passphrase())],
        ),
    ] {
        let bytes = write(&place, name, &recipients).await;
        let listed = place.list(name).await.unwrap();
        assert_eq!(listed.len(), 1);
        assert_eq!(listed[0].bytes, bytes);
        for identities in identities {
            let (read, about) = read(&place, name, &identities).await.unwrap();
            assert_eq!(read, entries());
            assert_eq!(about, json!({"rows": 7}));
        }
    }
    let again = Writer::create(&place, "plain", &Recipients::default()).await;
    assert!(matches!(again.err(), Some(ArchiveError::Exists(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_key_is_told_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::folder(folder.path()).unwrap();
    let ((_, to_me), (other, _)) = (secret(), secret());
    write(&place, "keys", &Recipients::keys([to_me.as_str()]).unwrap()).await;
    let passphrase = Recipients::passphrase(SecretString::from("right"));
    write(&place, "passphrase", &passphrase).await;
    let wrong = Identities::default().with_passphrase(SecretString::from("wrong"));
    let others = Identities::keys(&other).unwrap();
    for (name, identities, expected) in [
        ("keys", &Identities::default(), "secret keys"),
        ("keys", &others, "for somebody else"),
        ("passphrase", &Identities::default(), "give its passphrase"),
        ("passphrase", &wrong, "not the passphrase"),
        ("passphrase", &others, "give its passphrase"),
    ] {
        let error = read(&place, name, identities).await.unwrap_err();
        assert!(matches!(error, ArchiveError::Locked(_)), "{error:?}");
        assert!(error.to_string().contains(expected), "{error}");
    }
    let error = Recipients::keys([other.as_str()]).unwrap_err().to_string();
    assert!(error.contains("age1") && !error.contains(&other), "{error}");
    let error = Identities::keys(&to_me).unwrap_err().to_string();
    assert!(error.contains("line 1"), "{error}");
    assert!(Identities::keys("# nothing\n").is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_cut_or_changed_anywhere_is_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::folder(folder.path()).unwrap();
    let (mine, to_me) = secret();
    let identities = Identities::keys(&mine).unwrap();
    let locked = Recipients::keys([to_me.as_str()]).unwrap();
    for (recipients, head) in [(Recipients::default(), 4), (locked, 250)] {
        let _ = std::fs::remove_file(folder.path().join(NAME));
        write(&place, NAME, &recipients).await;
        let whole = std::fs::read(folder.path().join(NAME)).unwrap();
        for n in 0..40 {
            let at = head + (whole.len() - head - 1) * n / 39;
            std::fs::write(folder.path().join("cut"), &whole[..at]).unwrap();
            let error = read(&place, "cut", &identities).await.unwrap_err();
            assert!(
                matches!(error, ArchiveError::Damaged(_)),
                "cut at {at}: {error:?}"
            );
            let mut changed = whole.clone();
            changed[at] ^= 0x10;
            std::fs::write(folder.path().join("changed"), &changed).unwrap();
            // A bit that means nothing to anybody may change.
            match read(&place, "changed", &identities).await {
                Ok((read, _)) => assert_eq!(read, entries(), "changed at {at}"),
                Err(error) => assert!(
                    matches!(error, ArchiveError::Damaged(_)),
                    "changed at {at}: {error:?}"
                ),
            }
        }
        let mut longer = whole.clone();
        longer.extend_from_slice(&whole);
        std::fs::write(folder.path().join("longer"), &longer).unwrap();
        assert!(read(&place, "longer", &identities).await.is_err());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn other_files_and_later_formats_are_no_archives_of_ours() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::folder(folder.path()).unwrap();
    let nobody = Identities::default();
    let put = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    let tar = |entries: &[(&str, &str)]| {
        let mut tar = tar::Builder::new(Vec::new());
        for (name, content) in entries {
            let mut header = tar::Header::new_gnu();
            header.set_size(content.len() as u64);
            tar.append_data(&mut header, name, content.as_bytes())
                .unwrap();
        }
        zstd::encode_all(tar.into_inner().unwrap().as_slice(), 1).unwrap()
    };
    put("text", b"BEGIN:VCARD");
    put("empty", b"");
    put("tar", &tar(&[("holiday.txt", "sun")]));
    put(
        "newer",
        &tar(&[("format.json", r#"{"format":2,"more":[]}"#)]),
    );
    put(
        "half",
        &tar(&[("format.json", r#"{"format":1}"#), ("a", "b")]),
    );
    for (name, expected) in [
        ("text", "this is no archive"),
        ("empty", "it is empty"),
        ("tar", "begins with holiday.txt"),
        ("newer", "has the format 2"),
        ("half", "it has no manifest"),
        ("nowhere", "there is no archive nowhere"),
    ] {
        let error = read(&place, name, &nobody).await.unwrap_err().to_string();
        assert!(error.contains(expected), "{name}: {error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_given_up_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::folder(folder.path()).unwrap();
    let mut writer = Writer::create(&place, NAME, &Recipients::default())
        .await
        .unwrap();
    for entry in entries() {
        writer.entry(entry.name, entry.content).await.unwrap();
    }
    writer.abandon().await;
    assert_eq!(files(folder.path()), Vec::<String>::new());
    // What a killed writer leaves is no archive, and goes once it is old; nothing else does.
    let old = std::time::UNIX_EPOCH;
    for name in ["a.tar.zst#1", "C# notes.txt", "#draft#", "b.tar.zst#x"] {
        let file = std::fs::File::create(folder.path().join(name)).unwrap();
        file.set_modified(old).unwrap();
    }
    std::fs::write(
        folder.path().join("new.tar.zst#1"),
        "of somebody who still writes",
    )
    .unwrap();
    write(&place, NAME, &Recipients::default()).await;
    let mut left = files(folder.path());
    left.sort();
    let kept = [
        "#draft#",
        "C# notes.txt",
        "a.tar.zst",
        "b.tar.zst#x",
        "new.tar.zst#1",
    ];
    assert_eq!(left, kept);
    assert_eq!(place.list("a").await.unwrap().len(), 1);
    place.remove(NAME).await.unwrap();
    place.remove(NAME).await.unwrap();
    assert_eq!(place.list("a").await.unwrap(), []);
    assert!(Place::folder(&folder.path().join("nowhere")).is_err());
}
