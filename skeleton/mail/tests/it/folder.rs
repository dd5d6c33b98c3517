use skeleton_mail::{FolderMailer, Mailer, NotSent, Sender};

use crate::letter;

#[tokio::test]
async fn a_letter_that_is_sent_twice_is_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("not/there/yet");
    let mailer = FolderMailer::new(&place, Sender::default());
    let letter = letter();
    mailer.send(&letter).await.unwrap();
    mailer.send(&letter).await.unwrap();
    let files: Vec<_> = std::fs::read_dir(&place)
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(files, [format!("{}.eml", letter.id)]);
    let text = std::fs::read_to_string(place.join(&files[0])).unwrap();
    assert!(text.contains("To: ada@example.com"), "{text}");
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_to_gets_the_letter_later() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("mail");
    std::fs::write(&place, "in the way").unwrap();
    let outcome = FolderMailer::new(&place, Sender::default())
        .send(&letter())
        .await;
    assert!(matches!(outcome, Err(NotSent::Later(_))), "{outcome:?}");
}
