//! A change of each kind, of what was there before.

use reqwest::Method;
use serde_json::{Value, json};

use super::{
    asked::{ids, text},
    lived::{own_people, signed_up},
    send,
};
use crate::running::Session;

/// Two who have a circle together change what they have.
pub(crate) async fn everything(ada: &Session<'_>, grace: &Session<'_>) {
    the_book(ada).await;
    annotations(ada).await;
    reminders_and_notifications(ada).await;
    imports(ada).await;
    addresses_and_sessions(ada).await;
    circles(ada, grace).await;
}

async fn the_book(session: &Session<'_>) {
    let people = own_people(session).await;
    let edit = json!({"title": "Of another version", "phones": ["+44 20 7946 0001"]});
    send(
        session,
        Method::PATCH,
        &format!("/people/{}", people[0]),
        edit,
    )
    .await;
    let mut merged = Vec::new();
    for person in &people {
        let page = session.get(&format!("/people/{person}")).await;
        let merges = page["merged"].as_array().unwrap().iter();
        merged.extend(merges.map(|it| (person.clone(), text(&it["merge_id"]))));
    }
    let (person, merge) = merged.last().expect("somebody is merged");
    let unmerge = format!("/people/{person}/merges/{merge}");
    send(session, Method::DELETE, &unmerge, Value::Null).await;
    let whom = json!({ "person_id": people[3] });
    let path = format!("/people/{}/merges", people[2]);
    send(session, Method::POST, &path, whom).await;
    let wish = json!({"display_name": "New Person", "emails": ["new@example.org"]});
    send(session, Method::POST, "/people", wish).await;
}

async fn annotations(session: &Session<'_>) {
    let (mut tags, mut notes) = (0, 0);
    for person in own_people(session).await {
        let path = format!("/people/{person}");
        let there = session.get(&format!("{path}/annotations")).await;
        for tag in there["tags"].as_array().unwrap() {
            tags += 1;
            let tag = format!("{path}/tags/{}", text(tag));
            send(session, Method::DELETE, &tag, Value::Null).await;
            send(session, Method::PUT, &tag, Value::Null).await;
        }
        for note in there["notes"].as_array().unwrap() {
            notes += 1;
            let note = format!("{path}/notes/{}", text(&note["id"]));
            send(session, Method::DELETE, &note, Value::Null).await;
            let another = json!({"text": "Another"});
            send(session, Method::POST, &format!("{path}/notes"), another).await;
        }
    }
    assert!(tags > 0 && notes > 0, "{tags} tags, {notes} notes");
}

async fn reminders_and_notifications(session: &Session<'_>) {
    for reminder in session.all("/reminders?").await {
        let path = format!("/reminders/{}", text(&reminder["id"]));
        let edit = match reminder["status"].as_str() {
            // It falls due at once.
            Some("pending") => json!({"due_at": "2020-02-02T08:00:00Z"}),
            Some("due") => json!({"status": "done"}),
            _ => json!({"note": "Changed", "status": "pending"}),
        };
        send(session, Method::PATCH, &path, edit).await;
        let has_settled = || async {
            let status = &session.get(&path).await["status"];
            status != "pending"
        };
        session
            .kith
            .until("a reminder that fell due", has_settled)
            .await;
        send(session, Method::DELETE, &path, Value::Null).await;
    }
    let wish = json!({"note": "New", "due_at": "2098-01-01T08:00:00Z"});
    send(session, Method::POST, "/reminders", wish).await;
    let told = session.get("/notifications?limit=1").await;
    for read in [false, true] {
        let path = format!("/notifications/{}", ids(&told)[0]);
        send(session, Method::PATCH, &path, json!({ "read": read })).await;
    }
    send(
        session,
        Method::POST,
        "/notifications/read-all",
        Value::Null,
    )
    .await;
    assert_eq!(session.get("/notifications").await["unread"], 0);
    for mail in [false, true] {
        let wish = json!({ "reminder_mail": mail });
        send(session, Method::PATCH, "/preferences", wish).await;
    }
}

async fn imports(session: &Session<'_>) {
    // Those whom the folder knows, and others.
    let import = session.upload(60).await;
    let counts = session.finished(&import).await;
    assert!(counts["created"].as_u64() > Some(0), "{counts}");
    let found = session.all("/people?q=Given59&").await;
    assert_eq!(found.len(), 1, "{found:?}");
}

async fn addresses_and_sessions(session: &Session<'_>) {
    let me = session.get("/me").await;
    let name = json!({"display_name": "Ada King", "time_zone": "Europe/Rome"});
    send(session, Method::PATCH, "/me", name).await;
    for address in me["addresses"].as_array().unwrap() {
        let path = format!("/me/addresses/{}", text(&address["id"]));
        if address["verified"] == false {
            let mails = format!("{path}/verification-mails");
            send(session, Method::POST, &mails, Value::Null).await;
            send(session, Method::DELETE, &path, Value::Null).await;
        }
    }
    let claim = json!({"kind": "email", "value": "countess@example.org"});
    send(session, Method::POST, "/me/addresses", claim).await;
    for other in session.all("/sessions?").await {
        if other["current"] == false {
            let path = format!("/sessions/{}", text(&other["id"]));
            send(session, Method::DELETE, &path, Value::Null).await;
        }
    }
}

/// The invitation that waits is taken back; somebody new comes in, and both others leave.
async fn circles(ada: &Session<'_>, grace: &Session<'_>) {
    let circle = ada.all("/circles?").await.remove(0);
    let path = format!("/circles/{}", text(&circle["id"]));
    for invitation in circle["invitations"].as_array().unwrap() {
        let path = format!("{path}/invitations/{}", text(&invitation["id"]));
        send(ada, Method::DELETE, &path, Value::Null).await;
    }
    let membership = format!("{path}/membership");
    let shown = json!({"sharing": "name", "exceptions": []});
    send(ada, Method::PATCH, &membership, shown).await;
    let new = signed_up(ada.kith, "new-member@example.org", "New Member")
        .await
        .session;
    let invited = json!({"email": "new-member@example.org"});
    send(ada, Method::POST, &format!("{path}/invitations"), invited).await;
    let accept = format!(
        "/invitations/{}/acceptance",
        ids(&new.get("/invitations").await)[0]
    );
    send(&new, Method::POST, &accept, json!({"sharing": "name"})).await;
    let shows = || async { new.all("/people?").await.len() > 10 };
    ada.kith.until("people that the circle shows", shows).await;
    send(grace, Method::DELETE, &membership, Value::Null).await;
    send(ada, Method::DELETE, &membership, Value::Null).await;
    let shows_nobody = || async { new.all("/people?").await.is_empty() };
    ada.kith
        .until("people that nobody shows any more", shows_nobody)
        .await;
    send(ada, Method::POST, "/circles", json!({"name": "Another"})).await;
    let password = json!({"password": "a long enough password"});
    send(&new, Method::DELETE, "/me", password).await;
}
