//! What a few people do in some weeks, so that every table has rows of every kind.

use std::{collections::BTreeMap, fs, path::Path};

use reqwest::{Client, Method, StatusCode, multipart};
use serde_json::{Value, json};

use super::{
    Creation, User, ask,
    asked::{create, ids, text},
    said, send,
};
use crate::running::{Kith, Session};

/// Files of every format, with fictional people.
const CORPUS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../services/ingest/formats/corpus"
);
const PASSWORD: &str = "a long enough password";
pub(crate) const ADA: &str = "ada@example.org";
pub(crate) const GRACE: &str = "grace@example.org";

/// Somebody who is signed in, and what they made under keys.
pub(crate) struct Signed<'a> {
    email: &'static str,
    pub(crate) session: Session<'a>,
    creations: Vec<Creation>,
}

impl Signed<'_> {
    /// Who is asked nothing yet.
    fn user(self) -> User {
        User {
            email: self.email.to_owned(),
            token: self.session.token,
            answers: BTreeMap::new(),
            creations: self.creations,
        }
    }

    /// Makes something under a key of its own.
    async fn create(&mut self, path: &str, body: Value) -> Value {
        let key = format!("kept-{}", self.creations.len());
        let creation = create(&self.session, path, &key, body).await;
        self.creations.push(creation.clone());
        creation.answer
    }
}

/// Ada and Grace share a circle, and somebody has gone. Nobody has a sample network, which would be
/// most of the folder.
pub(crate) async fn weeks(kith: &Kith, data: &Path) -> Vec<User> {
    let mut ada = signed_up(kith, ADA, "Ada Lovelace").await;
    let mut grace = signed_up(kith, GRACE, "Grace Hopper").await;
    has_addresses(&ada.session, data).await;
    imports(&ada.session, &corpus()).await;
    is_cancelled(&ada.session).await;
    let files = [
        "apple-3.0.vcf",
        "linkedin-connections.csv",
        "thunderbird.mbox",
    ];
    imports(&grace.session, &files.map(str::to_owned)).await;
    files_are_gone(kith, data).await;
    keeps_a_book(&mut ada).await;
    annotates(&mut ada).await;
    shares(&mut ada, &grace.session).await;
    is_reminded(&mut ada).await;
    let quiet = json!({"reminder_mail": false});
    send(&grace.session, Method::PATCH, "/preferences", quiet).await;
    grace
        .create("/people", json!({"display_name": "Plain Person"}))
        .await;
    signed_in(kith, GRACE).await;
    is_gone(kith).await;
    vec![ada.user(), grace.user()]
}

/// Signs up on this machine, which proves the address.
pub(crate) async fn signed_up<'a>(kith: &'a Kith, email: &'static str, name: &str) -> Signed<'a> {
    let wish = json!({"email": email, "password": PASSWORD, "display_name": name});
    let request = Client::new().post(kith.url("/accounts")).json(&wish);
    said("/accounts", request.send().await.unwrap()).await;
    Signed {
        email,
        session: signed_in(kith, email).await,
        creations: Vec::new(),
    }
}

async fn signed_in<'a>(kith: &'a Kith, email: &str) -> Session<'a> {
    let wish = json!({"email": email, "password": PASSWORD});
    let request = Client::new().post(kith.url("/sessions")).json(&wish);
    let answer = said("/sessions", request.send().await.unwrap()).await;
    Session {
        kith,
        token: text(&answer["token"]),
    }
}

async fn has_addresses(ada: &Session<'_>, data: &Path) {
    let region = json!({"region": "GB", "time_zone": "Europe/London"});
    send(ada, Method::PATCH, "/me", region).await;
    let claim = json!({"kind": "email", "value": "ada@example.net"});
    let address = send(ada, Method::POST, "/me/addresses", claim).await;
    let code = mailed_code(ada, data, "ada@example.net").await;
    let path = format!("/me/addresses/{}/verification", text(&address["id"]));
    send(ada, Method::POST, &path, json!({ "code": code })).await;
    // Nobody proves this one.
    let claim = json!({"kind": "email", "value": "ada@example.com"});
    send(ada, Method::POST, "/me/addresses", claim).await;
    mailed_code(ada, data, "ada@example.com").await;
}

/// The code in the mail that went to an address.
async fn mailed_code(session: &Session<'_>, data: &Path, to: &str) -> String {
    let find = || {
        let mails = fs::read_dir(data.join("mail")).into_iter().flatten();
        let mut mails = mails.filter_map(|mail| fs::read_to_string(mail.ok()?.path()).ok());
        let mail = mails.find(|mail| mail.contains(&format!("To: {to}")))?;
        let code = mail.split_once("Code: ")?.1;
        Some(code.split_whitespace().next()?.to_owned())
    };
    let is_there = || async { find().is_some() };
    session.kith.until("a mail with a code", is_there).await;
    find().unwrap()
}

fn corpus() -> Vec<String> {
    let files = fs::read_dir(CORPUS).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

async fn upload(session: &Session<'_>, name: &str, bytes: Vec<u8>) -> String {
    let part = multipart::Part::bytes(bytes).file_name(name.to_owned());
    let request = Client::new()
        .post(session.kith.url("/imports"))
        .bearer_auth(&session.token)
        .multipart(multipart::Form::new().part("file", part));
    text(&said("/imports", request.send().await.unwrap()).await["id"])
}

/// One after the other, the last of them twice.
async fn imports(session: &Session<'_>, files: &[String]) {
    let again = files.last();
    for name in files.iter().chain(again) {
        let import = upload(
            session,
            name,
            fs::read(Path::new(CORPUS).join(name)).unwrap(),
        )
        .await;
        session.finished(&import).await;
    }
}

/// Cancelling has to be faster than the import, so others are before it, and it is tried until it is.
async fn is_cancelled(session: &Session<'_>) {
    let cancelled = || async {
        let people = kith_tests::disturbance::connections(30).into_bytes();
        let mut imports = Vec::new();
        for name in ["Connections.csv", "Again.csv", "Unwanted.csv"] {
            imports.push(upload(session, name, people.clone()).await);
        }
        let path = format!("/imports/{}", imports[2]);
        let answer = ask(session, Method::DELETE, &path, &Value::Null, None).await;
        session.finished(&imports[1]).await;
        answer.status() == StatusCode::NO_CONTENT
    };
    session
        .kith
        .until("an import that is cancelled", cancelled)
        .await;
}

/// What was imported is deleted.
async fn files_are_gone(kith: &Kith, data: &Path) {
    let blobs = || {
        fs::read_dir(data.join("ingest/blobs"))
            .into_iter()
            .flatten()
    };
    let are_gone = || async { blobs().next().is_none() };
    kith.until("the end of the files", are_gone).await;
}

/// Adds, edits, merges, and takes apart again.
async fn keeps_a_book(ada: &mut Signed<'_>) {
    let wish = json!({
        "display_name": "Mary Somerville", "nickname": "Queen", "organisation": "Royal Society",
        "title": "Astronomer", "emails": ["mary@example.org"], "phones": ["+44 20 7946 0000"],
        "urls": ["https://example.org/mary"], "birthday": "1780-12-26",
    });
    let mary = text(&ada.create("/people", wish).await["id"]);
    let mut others = Vec::new();
    for name in ["M. Somerville", "Mary S.", "Somerville"] {
        let other = ada.create("/people", json!({ "display_name": name })).await;
        others.push(text(&other["id"]));
    }
    let merges = format!("/people/{mary}/merges");
    for other in &others[..2] {
        let whom = json!({ "person_id": other });
        send(&ada.session, Method::POST, &merges, whom).await;
    }
    let merged = ada.session.get(&format!("/people/{mary}")).await;
    let merge = text(&merged["merged"][0]["merge_id"]);
    let unmerge = format!("{merges}/{merge}");
    send(&ada.session, Method::DELETE, &unmerge, Value::Null).await;
    let edit = json!({"title": "Polymath", "nickname": "", "emails": ["mary@example.org", "m@example.org"]});
    send(
        &ada.session,
        Method::PATCH,
        &format!("/people/{mary}"),
        edit,
    )
    .await;
}

/// Tags and notes on the first people of the book.
async fn annotates(ada: &mut Signed<'_>) {
    let people = own_people(&ada.session).await;
    for (person, tag) in people.iter().zip(["family", "chess", "chess"]) {
        let tag = format!("/people/{person}/tags/{tag}");
        send(&ada.session, Method::PUT, &tag, Value::Null).await;
    }
    let notes = format!("/people/{}/notes", people[0]);
    ada.create(&notes, json!({"text": "Met in Turin"})).await;
    let note = json!({"text": "To be forgotten"});
    let note = send(&ada.session, Method::POST, &notes, note).await;
    let note = format!("{notes}/{}", text(&note["id"]));
    send(&ada.session, Method::DELETE, &note, Value::Null).await;
}

/// The ids of the people of the own book, in their order.
pub(crate) async fn own_people(session: &Session<'_>) -> Vec<String> {
    let people = session.all("/people?").await.into_iter();
    let own = people.filter(|person| person["owner"]["me"] == true);
    let mut ids: Vec<String> = own.map(|person| text(&person["id"])).collect();
    ids.sort();
    ids
}

/// A circle, what is shown in it and what is not, and an invitation that nobody has answered.
async fn shares(ada: &mut Signed<'_>, grace: &Session<'_>) {
    let circle = ada.create("/circles", json!({"name": "Engineers"})).await;
    let circle = format!("/circles/{}", text(&circle["id"]));
    let invitations = format!("{circle}/invitations");
    ada.create(&invitations, json!({ "email": GRACE })).await;
    ada.create(&invitations, json!({"email": "nobody@example.org"}))
        .await;
    let invited = grace.get("/invitations").await;
    let accept = format!("/invitations/{}/acceptance", ids(&invited)[0]);
    send(grace, Method::POST, &accept, json!({"sharing": "name"})).await;
    let people = own_people(&ada.session).await;
    let shown = json!({"sharing": "organisation", "exceptions": [
        {"person_id": people[1], "sharing": "hidden"},
        {"person_id": people[2], "sharing": "name"},
        {"tag": "family", "sharing": "hidden"},
    ]});
    send(
        &ada.session,
        Method::PATCH,
        &format!("{circle}/membership"),
        shown,
    )
    .await;
}

/// One reminder that waits, one that is due, one that is done; and a notification that was read.
async fn is_reminded(ada: &mut Signed<'_>) {
    send(
        &ada.session,
        Method::PATCH,
        "/preferences",
        json!({"reminder_mail": true}),
    )
    .await;
    let person = own_people(&ada.session).await.remove(0);
    let later = json!({"person_id": person, "label": "call", "note": "In a long time", "due_at": "2099-01-01T09:00:00Z"});
    ada.create("/reminders", later).await;
    let mut due = Vec::new();
    for note in ["Overdue", "Done"] {
        let wish = json!({"note": note, "due_at": "2020-02-02T08:00:00Z"});
        let reminder = ada.create("/reminders", wish).await;
        let path = format!("/reminders/{}", text(&reminder["id"]));
        let is_due = || async { ada.session.get(&path).await["status"] == "due" };
        ada.session
            .kith
            .until("a reminder that is due", is_due)
            .await;
        due.push(path);
    }
    send(
        &ada.session,
        Method::PATCH,
        &due[1],
        json!({"status": "done"}),
    )
    .await;
    let told = ada.session.get("/notifications?limit=1").await;
    let told = format!("/notifications/{}", ids(&told)[0]);
    send(&ada.session, Method::PATCH, &told, json!({"read": true})).await;
}

/// Somebody who had a person and a note, and erased the account.
async fn is_gone(kith: &Kith) {
    let gone = signed_up(kith, "gone@example.org", "Gone Person")
        .await
        .session;
    let person = send(
        &gone,
        Method::POST,
        "/people",
        json!({"display_name": "Forgotten"}),
    )
    .await;
    let path = format!("/people/{}/annotations", text(&person["id"]));
    let is_known = || async {
        let answer = ask(&gone, Method::GET, &path, &Value::Null, None).await;
        answer.status().is_success()
    };
    kith.until("a person that network knows", is_known).await;
    send(
        &gone,
        Method::DELETE,
        "/me",
        json!({ "password": PASSWORD }),
    )
    .await;
}
