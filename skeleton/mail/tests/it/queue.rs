use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use jiff::SignedDuration;
use skeleton_durable::{
    clock::{Clock, VirtualClock},
    commit::{ChangeSet, Commit},
    migrations::Migrations,
    sql::{
        WriteError,
        sqlite::{self, Store, dialect::Connection},
    },
};
use skeleton_mail::{Letter, Mail, MailQueue, MailWorker, Mailer, NotSent, sql::sqlite as queue};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::letter;

/// Two services' tables: they differ in the account's column and in what else they hold.
const TABLES: [(&str, Migrations); 2] = [
    (
        "account_id",
        Migrations {
            table: "a_migrations",
            scripts: &[(
                "V1__mail",
                "CREATE TABLE mail (id BLOB PRIMARY KEY NOT NULL, account_id BLOB, recipient TEXT NOT NULL, \
                 subject TEXT NOT NULL, body TEXT NOT NULL, created_at INTEGER NOT NULL, \
                 attempts INTEGER NOT NULL DEFAULT 0, due_at INTEGER NOT NULL);",
            )],
        },
    ),
    (
        "account",
        Migrations {
            table: "b_migrations",
            scripts: &[(
                "V1__mail",
                "CREATE TABLE mail (id BLOB PRIMARY KEY NOT NULL, account BLOB NOT NULL, recipient TEXT NOT NULL, \
                 subject TEXT NOT NULL, body TEXT NOT NULL, created_at INTEGER NOT NULL, \
                 attempts INTEGER NOT NULL, due_at INTEGER, finished_at INTEGER, reason TEXT);",
            )],
        },
    ),
];

struct Queue(&'static str, Mail);

impl sqlite::Write for Queue {
    async fn apply(&self, on: &mut Connection) -> Result<(), WriteError> {
        queue::queue(on, self.0, &self.1).await
    }
}

/// Refuses the letters to `nobody`, puts off the first attempt of any other.
#[derive(Default)]
struct Server {
    attempts: Mutex<HashMap<Uuid, usize>>,
    tried: Notify,
}

#[async_trait]
impl Mailer for Server {
    async fn send(&self, letter: &Letter) -> Result<(), NotSent> {
        let mut attempts = self.attempts.lock().unwrap();
        let attempts = attempts.entry(letter.id).or_default();
        *attempts += 1;
        self.tried.notify_one();
        match letter.recipient.as_str() {
            "nobody" => Err(NotSent::Never("nobody is there".to_owned())),
            _ if *attempts == 1 => Err(NotSent::Later("busy".to_owned())),
            _ => Ok(()),
        }
    }
}

impl Server {
    fn attempts(&self, letter: &Letter) -> usize {
        let attempts = self.attempts.lock().unwrap();
        attempts.get(&letter.id).copied().unwrap_or_default()
    }
}

#[tokio::test]
async fn a_letter_waits_until_it_leaves_or_is_refused_and_nothing_of_it_stays() {
    for (column, migrations) in TABLES {
        let folder = tempfile::tempdir().unwrap();
        let settings = sqlite::Settings::file(folder.path().join("mail.sqlite"));
        let store = Store::open(&settings, migrations).await.unwrap();
        let (letter, refused) = (letter(), letter());
        let refused = Letter {
            recipient: "nobody".to_owned(),
            ..refused
        };
        for letter in [&letter, &refused, &letter] {
            let mail = Mail {
                account: Some(Uuid::now_v7()),
                letter: letter.clone(),
            };
            let change = ChangeSet::new().write(Queue(column, mail));
            store.commit(change).await.unwrap();
        }
        let now = letter.created_at;
        let due = store.mail_due(now, 10).await.unwrap();
        assert_eq!(due.len(), 2, "queued twice it is one letter");
        assert_eq!(store.next_mail().await.unwrap(), Some(now));
        let hour = SignedDuration::from_hours(1);
        let early = now.checked_sub(hour).unwrap();
        assert!(store.mail_due(early, 10).await.unwrap().is_empty());
        let ahead = now.checked_sub(hour * 48).unwrap();
        let due = store.mail_due(ahead, 10).await.unwrap();
        assert_eq!(due.len(), 2, "queued while the clock was ahead");

        let (clock, server) = (VirtualClock::at(now), Arc::new(Server::default()));
        let (store, stop) = (Arc::new(store), CancellationToken::new());
        let worker = MailWorker {
            lease: "test/mail",
            queue: store.clone(),
            mailer: server.clone(),
            leases: store.clone(),
            clock: Arc::new(clock.clone()),
            queued: Arc::new(Notify::new()),
        };
        let working = tokio::spawn(worker.run(stop.clone()));
        while server.attempts(&letter) == 0 || server.attempts(&refused) == 0 {
            server.tried.notified().await;
        }
        // The back-off runs on the clock; each step may come before the worker waits for it.
        while store.next_mail().await.unwrap().is_some() {
            clock.advance(Duration::from_secs(1));
            tokio::task::yield_now().await;
        }
        assert!(clock.now().duration_since(now).as_secs() >= 10);
        assert_eq!(server.attempts(&letter), 2);
        assert_eq!(server.attempts(&refused), 1);
        stop.cancel();
        working.await.unwrap();
    }
}
