//! Several replicas on one database.

use skeleton_durable::contract::eventually;

use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_that_two_replicas_could_send_is_sent_once() {
    let before = World::not_started().await;
    let mut people = Vec::new();
    for n in 0..40 {
        people.push(before.sign_up(&format!("Person{n}")).await);
    }
    // Both find all of them waiting.
    let (one, two) = tokio::join!(before.replica(), before.replica());
    let mut store = before.database.connect().await;
    eventually("no letter waits", async || {
        let waiting: i64 = sqlx::query_scalar("SELECT count(*) FROM mail")
            .fetch_one(&mut store)
            .await
            .unwrap();
        waiting == 0
    })
    .await;
    for person in people {
        let sent = one.mails_to(&person.email).len() + two.mails_to(&person.email).len();
        assert_eq!(sent, 1, "{}", person.email);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_stops_leaves_its_letters_to_the_other_at_once() {
    let one = World::new().await;
    one.sign_up("Ada").await.expect_mail(&one).await;
    let two = one.replica().await;
    let before = std::time::Instant::now();
    one.stop().await;
    let grace = two.sign_up("Grace").await;
    grace.expect_mail(&two).await;
    assert!(before.elapsed() < std::time::Duration::from_secs(15));
}
