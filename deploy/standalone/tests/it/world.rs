//! Everything that an account can have, made for real.

use serde_json::{Value, json};

use crate::support::{Client, Named, eventually};

/// Words that stand in what belongs to the account, and must not be seen by others.
pub(crate) const MARK: &str = "Zebedee";

const FILE: &str = "First Name,Last Name,URL,Email Address,Company,Position,Connected On\n\
    Zebedee,Quux,https://www.linkedin.com/in/zebedee-quux,zebedee@example.org,Zebedee Works,Clown,01 Mar 2024\n";

/// Makes one of everything; the ids by name.
pub(crate) async fn furnish(owner: &Client) -> Named {
    let mut named = Named::new();
    let id = |value: &Value| value["id"].as_str().unwrap().to_owned();

    let circle = owner
        .json("POST", "/api/v1/circles", &json!({ "name": "Zebedee's" }))
        .await
        .made();
    let invite = json!({ "email": "zebedee-invited@example.org" });
    let invitations = format!("/api/v1/circles/{}/invitations", id(&circle));
    let invitation = owner.json("POST", &invitations, &invite).await.made();
    let address = json!({ "kind": "profile", "value": "https://www.linkedin.com/in/zebedee-own" });
    let address = owner
        .json("POST", "/api/v1/me/addresses", &address)
        .await
        .made();
    let sessions = owner.get("/api/v1/sessions").await.made();
    named.insert("circle", id(&circle));
    named.insert("invitation", id(&invitation));
    named.insert("address", id(&address));
    named.insert("session", id(&sessions["items"][0]));

    let import = owner
        .file("/api/v1/imports", "zebedee.csv", FILE)
        .await
        .made();
    named.insert("import", id(&import));
    let path = format!("/api/v1/imports/{}", id(&import));
    eventually("the import to succeed", async || {
        (owner.get(&path).await.made()["status"] == "succeeded").then_some(())
    })
    .await;
    let wish = json!({ "display_name": "Zebedee Elder", "emails": ["zebedee-elder@example.org"] });
    let person = owner.json("POST", "/api/v1/people", &wish).await.made();
    let wish =
        json!({ "display_name": "Zebedee Younger", "emails": ["zebedee-young@example.org"] });
    let twin = owner.json("POST", "/api/v1/people", &wish).await.made();
    let merges = format!("/api/v1/people/{}/merges", id(&person));
    let merged = owner
        .json("POST", &merges, &json!({ "person_id": id(&twin) }))
        .await
        .made();
    named.insert("person", id(&person));
    named.insert("twin", id(&twin));
    named.insert(
        "merge",
        merged["merged"][0]["merge_id"].as_str().unwrap().to_owned(),
    );
    let receipt = owner.get(&format!("{path}/receipt")).await.made();
    let imported = json!({ "person_id": receipt["items"][0]["person_id"] });
    owner.json("POST", &merges, &imported).await.made();
    let records = format!("/api/v1/people/{}/records", id(&person));
    let records = owner.get(&records).await.made();
    let of_the_file = records["items"].as_array().unwrap().iter();
    let of_the_file = of_the_file
        .clone()
        .find(|it| it["source"] == "linkedin")
        .unwrap();
    named.insert("record", id(of_the_file));

    let notes = format!("/api/v1/people/{}/notes", id(&person));
    let note = eventually("network to know the person", async || {
        let answer = owner
            .json("POST", &notes, &json!({ "text": "Zebedee sings" }))
            .await;
        (answer.status == 201).then(|| answer.json())
    })
    .await;
    named.insert("note", id(&note));
    let tag = format!("/api/v1/people/{}/tags/zebedee-tag", id(&person));
    assert_eq!(owner.json("PUT", &tag, &json!({})).await.status, 204);
    named.insert("tag", "zebedee-tag".to_owned());
    named
}

/// What notifications knows of an account.
pub(crate) async fn furnish_notifications(owner: &Client, named: &mut Named) {
    let wish = json!({ "note": "Zebedee's day", "due_at": "2030-01-01T00:00:00Z" });
    let reminder = owner.json("POST", "/api/v1/reminders", &wish).await.made();
    named.insert("reminder", reminder["id"].as_str().unwrap().to_owned());
    let notification = eventually("a notification of the import", async || {
        let list = owner.get("/api/v1/notifications").await.made();
        list["items"][0]["id"].as_str().map(str::to_owned)
    })
    .await;
    named.insert("notification", notification);
}
