//! The JSON that stands in columns. The version before reads what this one writes, and this one
//! everything in `tests/golden`.

use kith_shared::{ids::AccountId, open::OpenException, sharing::SharingException};
use serde::{Deserialize, Serialize};
use skeleton_durable::stored::Stored;

use crate::domain::sample::Persona;

/// `circle_member.exceptions`. It is only written when the member replaces its exceptions, so what a
/// later version keeps in them is not lost by other changes of the circle.
#[derive(Serialize, Deserialize)]
pub(super) struct StoredExceptions(pub(super) Vec<OpenException>);

impl Stored for StoredExceptions {
    const TABLE: &'static str = "circle_member";
    const COLUMN: &'static str = "exceptions";
}

impl StoredExceptions {
    pub(super) fn of(exceptions: &[SharingException]) -> Self {
        Self(
            exceptions
                .iter()
                .cloned()
                .map(OpenException::from)
                .collect(),
        )
    }
}

/// `sample_network.personas`. Written once.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct StoredPersonas(Vec<StoredPersona>);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct StoredPersona {
    account_id: AccountId,
    display_name: String,
    email: String,
}

impl Stored for StoredPersonas {
    const TABLE: &'static str = "sample_network";
    const COLUMN: &'static str = "personas";
}

impl StoredPersonas {
    pub(super) fn of(personas: &[Persona]) -> Self {
        let stored = personas.iter().map(|persona| StoredPersona {
            account_id: persona.account_id,
            display_name: persona.display_name.clone(),
            email: persona.email.clone(),
        });
        Self(stored.collect())
    }

    pub(super) fn personas(self) -> Vec<Persona> {
        let personas = self.0.into_iter().map(|stored| Persona {
            account_id: stored.account_id,
            display_name: stored.display_name,
            email: stored.email,
        });
        personas.collect()
    }
}

#[cfg(test)]
mod tests {
    use kith_shared::{
        ids::{CircleId, PersonId},
        sharing::Sharing,
    };
    use skeleton_durable::{
        commit::{ChangeSet, Commit as _},
        contract::sqlite::meddle,
        sql::sqlite::{Settings, Store, scan::Scan},
        stored::{Examine as _, golden::Golden},
    };

    use super::*;
    use crate::{
        domain::{account::Account, circle::Circle, invitation::State, text::Email},
        ports::{Census as _, Store as _, Write},
    };

    fn id(last: u8) -> uuid::Uuid {
        let text = format!("01890a5d-ac96-774b-bcce-b302099a80{last:02x}");
        text.parse().unwrap()
    }

    #[test]
    fn every_stored_form_is_read_for_ever() {
        let mut golden = Golden::of(env!("CARGO_MANIFEST_DIR"));
        golden.holds(&StoredExceptions::of(&[
            SharingException {
                person_id: Some(PersonId(id(1))),
                tag: None,
                sharing: Sharing::Hidden,
            },
            SharingException {
                person_id: None,
                tag: Some("friends".to_owned()),
                sharing: Sharing::Name,
            },
        ]));
        golden.holds(&StoredPersonas::of(&[Persona {
            account_id: AccountId(id(2)),
            display_name: "Juniper Vale".to_owned(),
            email: "juniper.vale.99a8@example.org".to_owned(),
        }]));
        golden.finish();
    }

    /// A circle with two members of whom the first has a level and an exception that only a later
    /// version knows, as in `file`.
    async fn later(file: &std::path::Path) -> (Store, Circle) {
        let settings = Settings::file(file);
        let store = Store::open(&settings, crate::adapters::store::sqlite::MIGRATIONS);
        let store = store.await.unwrap();
        let now = "2026-05-01T12:00:00Z".parse().unwrap();
        let account = |n| Account {
            id: AccountId(id(n)),
            version: 1,
            email: Email::stored(format!("{n}@example.org")),
            display_name: "Somebody".to_owned(),
            time_zone: "UTC".to_owned(),
            region: None,
            created_at: now,
            addresses: Vec::new(),
        };
        let circle = Circle::found(
            CircleId(id(9)),
            "Alumni".to_owned(),
            AccountId(id(1)),
            Sharing::Name,
            now,
        );
        let circle = circle.join(AccountId(id(2)), Sharing::Name, now).unwrap();
        let change = ChangeSet::new()
            .write(Write::InsertAccount(Box::new(account(1)), None))
            .write(Write::InsertAccount(Box::new(account(2)), None))
            .write(Write::InsertCircle(circle));
        store.commit(change).await.unwrap();
        let written = meddle(
            file,
            "UPDATE circle_member SET sharing = 'everything', \
             exceptions = '[{\"tag\":\"a\",\"sharing\":\"name\",\"until\":\"2030\"}]' \
             WHERE account_id = (SELECT min(account_id) FROM circle_member)",
        );
        assert_eq!(written.await, 1);
        let circle = store.circle(CircleId(id(9))).await.unwrap().unwrap();
        (store, circle)
    }

    #[tokio::test]
    async fn what_a_member_shows_by_a_later_version_hides_and_survives_other_changes() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("users.sqlite");
        let (store, circle) = later(&file).await;
        assert_eq!(circle.members[0].sharing, Sharing::Hidden);
        assert_eq!(circle.members[0].exceptions[0].sharing, Sharing::Hidden);
        let kept = "SELECT 1 FROM circle_member WHERE sharing = 'everything' \
                    AND exceptions LIKE '%until%'";
        let is_kept = async || {
            sqlx::query(kept)
                .fetch_optional(store.reader())
                .await
                .unwrap()
        };
        let other = AccountId(id(2));
        let before = circle.version;
        let circle = circle
            .share(other, Some(Sharing::Organisation), None)
            .unwrap();
        let save = |circle: &Circle, before| {
            ChangeSet::new().write(Write::SaveCircle(circle.clone(), before))
        };
        store.commit(save(&circle, before)).await.unwrap();
        assert!(is_kept().await.is_some(), "somebody else changed something");
        let before = circle.version;
        let circle = circle.leave(other).unwrap();
        store.commit(save(&circle, before)).await.unwrap();
        assert!(is_kept().await.is_some(), "somebody else left");
        let before = circle.version;
        let mine = AccountId(id(1));
        let circle = circle
            .share(mine, Some(Sharing::Name), Some(Vec::new()))
            .unwrap();
        store.commit(save(&circle, before)).await.unwrap();
        let circle = store.circle(circle.id).await.unwrap().unwrap();
        assert_eq!(circle.members[0].sharing, Sharing::Name, "the member chose");
    }

    #[tokio::test]
    async fn an_address_and_an_invitation_of_a_later_version_stay_as_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("users.sqlite");
        let (store, _) = later(&file).await;
        for text in [
            "INSERT INTO address (id, account_id, kind, value, created_at) \
             SELECT randomblob(16), min(account_id), 'matrix', '@ada', 0 FROM circle_member",
            "INSERT INTO invitation (id, version, circle_id, email, invited_by, status, \
             created_at, expires_at) SELECT randomblob(16), 1, circle_id, 'a@example.org', \
             account_id, 'on_hold', 0, 0 FROM circle_member LIMIT 1",
        ] {
            assert_eq!(meddle(&file, text).await, 1);
        }
        let account = store.account(AccountId(id(1))).await.unwrap().unwrap();
        assert_eq!(account.addresses, []);
        let saved = Account {
            version: 2,
            ..account
        };
        let change = ChangeSet::new().write(Write::SaveAccount(Box::new(saved), 1));
        store.commit(change).await.unwrap();
        let kept = "SELECT 1 FROM address WHERE kind = 'matrix'";
        let kept = sqlx::query(kept).fetch_optional(store.reader()).await;
        assert!(kept.unwrap().is_some());
        let all = store.invitations_after(None, 10).await.unwrap();
        assert_eq!(all[0].state, State::Other("on_hold".to_owned()));
        assert!(
            all[0].clone().withdraw().is_err(),
            "it is over for this version"
        );
    }

    #[tokio::test]
    async fn every_row_can_be_examined_and_the_damaged_one_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("users.sqlite");
        let (store, circle) = later(&file).await;
        let scan = Scan::new(store.clone(), crate::adapters::store::sqlite::TABLES);
        let damage = "UPDATE circle_member SET exceptions = '{}' WHERE sharing = 'name'";
        let all = async || {
            let (mut found, mut after) = (Vec::new(), None);
            for _ in 0..100 {
                let page = scan.examine(after.as_ref(), 1).await.unwrap();
                found.extend(page.unreadable);
                after = page.next;
                if after.is_none() {
                    return found;
                }
            }
            panic!("it never ends");
        };
        assert_eq!(all().await, [], "a later version's values can be read");
        assert_eq!(meddle(&file, damage).await, 1);
        let found = all().await;
        let row = format!("{}/{}", circle.id, AccountId(id(2)));
        assert_eq!(
            (found[0].table.as_str(), &found[0].row),
            ("circle_member", &row)
        );
        let error = store.circle(circle.id).await.unwrap_err().to_string();
        assert!(
            error.contains(&row) && error.contains("exceptions"),
            "{error}"
        );
    }
}
