//! Where files wait, as an operator says it.

use skeleton_durable::blobs::Place;
use skeleton_host::settings::Source;
use skeleton_service::process;

fn read(pairs: &[(&str, &str)]) -> Result<Place, String> {
    let source = Source::from_pairs(pairs.iter().copied());
    source
        .read(process::blobs)
        .map_err(|error| error.to_string())
}

#[test]
fn the_scheme_says_where_files_wait() {
    assert!(matches!(read(&[]), Ok(Place::Rows)));
    let Ok(Place::Folder(folder)) = read(&[("blobs", "/srv/files")]) else {
        panic!("no folder");
    };
    assert_eq!(folder.to_str(), Some("/srv/files"));
    let server = [
        ("blobs", "s3://kith/waiting/files"),
        ("s3.endpoint", "http://127.0.0.1:9000/"),
        ("s3.access_key_id", "ada"),
        ("s3.secret_access_key", "lovelace"),
    ];
    let Ok(Place::Server(bucket)) = read(&server) else {
        panic!("no server");
    };
    assert_eq!((&*bucket.name, &*bucket.prefix), ("kith", "waiting/files"));
    assert_eq!(bucket.endpoint.as_deref(), Some("http://127.0.0.1:9000"));
    assert_eq!(bucket.key, Some(("ada".to_owned(), "lovelace".to_owned())));
    let Ok(Place::Server(bucket)) = read(&[("blobs", "s3://kith")]) else {
        panic!("no server");
    };
    assert_eq!(
        (&*bucket.prefix, bucket.endpoint, bucket.key),
        ("", None, None)
    );
}

#[test]
fn a_place_that_is_none_and_half_a_key_are_mistakes_that_show_no_secret() {
    for wrong in [
        "gs://kith",
        "s3://",
        "s3:///files",
        "s3://ada:lovelace@kith",
    ] {
        let error = read(&[("blobs", wrong)]).err().unwrap();
        assert!(error.contains("s3://bucket/prefix"), "{error}");
        assert!(!error.contains("lovelace"), "{error}");
    }
    let half = [("blobs", "s3://kith"), ("s3.secret_access_key", "lovelace")];
    let error = read(&half).err().unwrap();
    assert!(error.contains("s3.access_key_id"), "{error}");
    assert!(!error.contains("lovelace"), "{error}");
}
