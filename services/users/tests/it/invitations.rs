use kith_shared::{
    events::users::{AccountChanged, CircleChanged, InvitationChanged, InvitationStatus},
    ids::AccountId,
};
use serde_json::{Value, json};
use skeleton_host::testing::assert_problem;

use crate::world::{Person, World};

async fn listed(person: &Person) -> Vec<Value> {
    let page: Value = person.client.get("/api/v1/invitations").await.json();
    page["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn an_invitation_to_a_proven_address_shows_up_and_is_accepted() {
    let world = World::new().await;
    let (ada, grace) = (world.proven("Ada").await, world.proven("Grace").await);
    let circle = ada.circle("Analysts").await;
    let invitation = ada.invite(&circle, "GRACE@example.com").await;
    assert_eq!(
        invitation["circle"],
        json!({"id": circle, "name": "Analysts"})
    );
    assert_eq!(invitation["invited_by"]["display_name"], "Ada");
    assert_eq!(invitation["expires_at"], "2026-12-06T12:00:00Z");
    let event = world.event::<InvitationChanged>(|_| true).await;
    assert_eq!(
        (event.invited, event.status),
        (Some(AccountId(grace.id)), InvitationStatus::Pending)
    );
    assert_eq!(listed(&grace).await, std::slice::from_ref(&invitation));

    let joined: Value = grace
        .accept(&invitation, "organisation")
        .await
        .expect_status(200)
        .json();
    assert_eq!(joined["members"].as_array().unwrap().len(), 2);
    assert_eq!(joined["members"][1]["sharing"], "organisation");
    assert_eq!(joined["invitations"], json!([]));
    assert!(listed(&grace).await.is_empty());
    world
        .event::<CircleChanged>(|event| event.members.len() == 2)
        .await;
    world
        .event::<InvitationChanged>(|event| event.status == InvitationStatus::Accepted)
        .await;
}

#[tokio::test]
async fn an_unproven_address_shows_no_invitation_until_it_is_proven() {
    let world = World::new().await;
    let (ada, grace) = (world.proven("Ada").await, world.sign_up("Grace").await);
    let circle = ada.circle("Analysts").await;
    let verification_code = world.code_for(&grace.email).await;
    let invitation = ada.invite(&circle, &grace.email).await;
    let event = world.event::<InvitationChanged>(|_| true).await;
    assert_eq!(event.invited, None);
    assert!(listed(&grace).await.is_empty());
    assert_problem(&grace.accept(&invitation, "name").await, "not-found");

    let address = grace.me().await["addresses"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/api/v1/me/addresses/{address}/verification");
    grace
        .client
        .post(&path, &json!({"code": verification_code}))
        .await
        .expect_status(200);
    let event = world
        .event::<InvitationChanged>(|event| event.version == 2)
        .await;
    assert_eq!(event.invited, Some(AccountId(grace.id)));
    assert_eq!(listed(&grace).await.len(), 1);
}

#[tokio::test]
async fn the_code_in_the_mail_proves_the_sign_up_address_and_works_once() {
    let world = World::new().await;
    let (ada, grace) = (world.proven("Ada").await, world.sign_up("Grace").await);
    let circle = ada.circle("Analysts").await;
    ada.invite(&circle, &grace.email).await;
    let code = world.nth_code_for(&grace.email, 2).await;
    assert!(
        world.mails_to(&grace.email)[1]
            .contains(&format!("https://kith.example.com/invitations/{code}"))
    );
    grace.accept_code(&code).await.expect_status(200);
    assert_eq!(grace.me().await["addresses"][0]["verified"], true);
    world
        .event::<AccountChanged>(|event| {
            event.account_id.0 == grace.id && event.addresses[0].verified
        })
        .await;
    assert_problem(&grace.accept_code(&code).await, "not-found");
}

#[tokio::test]
async fn the_code_in_the_mail_adds_an_address_that_the_account_did_not_have() {
    let world = World::new().await;
    let (ada, grace) = (world.proven("Ada").await, world.proven("Grace").await);
    let circle = ada.circle("Analysts").await;
    ada.invite(&circle, "grace@example.org").await;
    let code = world.code_for("grace@example.org").await;
    grace.accept_code(&code).await.expect_status(200);
    let me = grace.me().await;
    assert_eq!(me["addresses"][1]["value"], "grace@example.org");
    assert_eq!(me["addresses"][1]["verified"], true);
}

#[tokio::test]
async fn a_code_for_an_address_that_another_account_has_proven_is_refused() {
    let world = World::new().await;
    let (ada, grace, mary) = (
        world.proven("Ada").await,
        world.proven("Grace").await,
        world.proven("Mary").await,
    );
    let circle = ada.circle("Analysts").await;
    ada.invite(&circle, &grace.email).await;
    let code = world.nth_code_for(&grace.email, 2).await;
    assert_problem(&mary.accept_code(&code).await, "conflict");
    grace.accept_code(&code).await.expect_status(200);
}

#[tokio::test]
async fn refused_withdrawn_and_expired_invitations_can_not_be_accepted() {
    let world = World::new().await;
    let (ada, grace) = (world.proven("Ada").await, world.proven("Grace").await);
    let circle = ada.circle("Analysts").await;

    let refused = ada.invite(&circle, &grace.email).await;
    let path = format!(
        "/api/v1/invitations/{}/refusal",
        refused["id"].as_str().unwrap()
    );
    grace
        .client
        .post(&path, &json!(null))
        .await
        .expect_status(204);
    assert_problem(&grace.accept(&refused, "name").await, "conflict");
    assert_problem(
        &grace
            .accept_code(&world.nth_code_for(&grace.email, 2).await)
            .await,
        "not-found",
    );

    let withdrawn = ada.invite(&circle, &grace.email).await;
    let path = format!(
        "/api/v1/circles/{circle}/invitations/{}",
        withdrawn["id"].as_str().unwrap()
    );
    ada.client.delete(&path).await.expect_status(204);
    assert_problem(&ada.client.delete(&path).await, "not-found");
    assert!(listed(&grace).await.is_empty());
    assert_problem(&grace.accept(&withdrawn, "name").await, "conflict");
    assert_problem(
        &grace
            .accept_code(&world.nth_code_for(&grace.email, 3).await)
            .await,
        "not-found",
    );

    let expired = ada.invite(&circle, &grace.email).await;
    let code = world.nth_code_for(&grace.email, 4).await;
    world.advance(14 * 24);
    assert!(listed(&grace).await.is_empty());
    assert_problem(&grace.accept(&expired, "name").await, "conflict");
    let by_code = grace.accept_code(&code).await;
    assert!(
        matches!(by_code.status.as_u16(), 404 | 409),
        "{}",
        by_code.text()
    );
    let view: Value = ada
        .client
        .get(&format!("/api/v1/circles/{circle}"))
        .await
        .json();
    assert_eq!(view["members"].as_array().unwrap().len(), 1);
    // The others hear that it ran out, and the address can be invited again.
    world
        .event::<InvitationChanged>(|event| {
            event.invitation_id.to_string() == expired["id"].as_str().unwrap()
                && event.status == InvitationStatus::Withdrawn
        })
        .await;
    ada.invite(&circle, &grace.email).await;
}

#[tokio::test]
async fn who_is_in_or_invited_is_not_invited_again() {
    let world = World::trusting().await;
    let (ada, grace) = (world.sign_up("Ada").await, world.sign_up("Grace").await);
    let circle = ada.circle("Analysts").await;
    let path = format!("/api/v1/circles/{circle}/invitations");
    let invite = |email: &str| ada.client.post(&path, &json!({"email": email}));
    assert_problem(&invite(&ada.email).await, "conflict");
    let invitation = ada.invite(&circle, &grace.email).await;
    assert_problem(&invite(&grace.email).await, "conflict");
    grace.accept(&invitation, "name").await.expect_status(200);
    assert_problem(&invite(&grace.email).await, "conflict");
    assert_problem(&invite("nonsense").await, "validation");
}

#[tokio::test]
async fn a_repeated_invitation_under_one_key_is_one_invitation() {
    let world = World::trusting().await;
    let ada = world.sign_up("Ada").await;
    let path = format!(
        "/api/v1/circles/{}/invitations",
        ada.circle("Analysts").await
    );
    let body = json!({"email": "grace@example.com"});
    let send = || ada.client.post(&path, &body).header("idempotency-key", "k");
    let (first, at_once) = tokio::join!(send().into_future(), send().into_future());
    let first: Value = first.expect_status(201).json();
    assert_eq!(at_once.expect_status(201).json::<Value>(), first);
    assert_eq!(send().await.expect_status(201).json::<Value>(), first);
}

#[tokio::test]
async fn one_invitation_accepted_twice_at_once_makes_one_member() {
    let world = World::trusting().await;
    let (ada, grace) = (world.sign_up("Ada").await, world.sign_up("Grace").await);
    let circle = ada.circle("Analysts").await;
    let invitation = ada.invite(&circle, &grace.email).await;
    let (a, b) = tokio::join!(
        grace.accept(&invitation, "name"),
        grace.accept(&invitation, "hidden")
    );
    let mut statuses = [a.status.as_u16(), b.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
}
