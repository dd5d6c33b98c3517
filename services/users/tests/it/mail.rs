use crate::world::{World, eventually};

#[tokio::test]
async fn mail_that_was_queued_before_a_stop_leaves_after_the_next_start() {
    let world = World::not_started().await;
    let ada = world.sign_up("Ada").await;
    assert!(
        world.mails_to(&ada.email).is_empty(),
        "the request does not wait for mail"
    );
    let world = world.reopen().await;
    eventually("the mail", async || world.mails_to(&ada.email).pop()).await;
}

#[tokio::test]
async fn mail_that_cannot_leave_now_leaves_later() {
    let world = World::not_started().await;
    let ada = world.sign_up("Ada").await;
    // A file where the folder should be.
    let place = world.data.path().join("mail");
    std::fs::write(&place, "in the way").unwrap();
    let world = world.reopen().await;
    let grace = world.sign_up("Grace").await;
    std::fs::remove_file(&place).unwrap();
    let mut rounds = 0;
    for person in [ada, grace] {
        eventually("the mail", async || {
            rounds += 1;
            // Back-off runs on the service's clock.
            world.clock.advance(std::time::Duration::from_secs(10));
            world.mails_to(&person.email).pop()
        })
        .await;
    }
    assert!(rounds >= 2);
}

#[tokio::test]
async fn a_mail_is_plain_text_from_the_instance_and_leads_to_it() {
    let world = World::new().await;
    let ada = world.sign_up("Ada").await;
    let mail = eventually("the mail", async || world.mails_to(&ada.email).pop()).await;
    assert!(
        mail.contains("From: Kith <kith@localhost>")
            || mail.contains("From: \"Kith\" <kith@localhost>"),
        "{mail}"
    );
    assert!(mail.contains("https://kith.example.com/settings"), "{mail}");
    assert!(mail.contains("Content-Type: text/plain"), "{mail}");
}
