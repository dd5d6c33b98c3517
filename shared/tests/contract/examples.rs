//! One event of each type with everything in it, all of it fictional.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::date};
use kith_shared::{
    events::{
        ingest::{
            Connection, Employment, GroupSize, ImportChanged, ImportStatus, InteractionBucket,
            InteractionKind, InteractionsChanged, ListClass, PersonChanged, PersonState,
        },
        network::{self, AnnotationChanged, Band, TieChanged},
        notifications::NotificationChanged,
        search,
        users::{
            AccountAddress, AccountChanged, CircleChanged, CircleMember, ErasureRequested,
            InvitationChanged, InvitationStatus, SamplePersona, SampleRequested,
        },
    },
    ids::{AccountId, CircleId, ImportId, InvitationId, NotificationId, PersonId},
    keys::KeyHash,
    sharing::{Sharing, SharingException},
};
use skeleton_envelope::{Cause, Envelope, Event, EventId, Open};
use uuid::Uuid;

fn id(n: u128) -> Uuid {
    Uuid::from_u128((0x0193_4f00_0000_7000_8000_u128 << 48) | n)
}

fn at() -> Timestamp {
    "2026-11-22T02:16:33.123456Z".parse().unwrap()
}

/// Sealed, with what is random about an envelope fixed.
fn seal<E: Event>(event: &E) -> Envelope {
    let cause = Cause {
        correlation: Some(id(900)),
        causation: Some(EventId(id(901))),
        traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into()),
    };
    Envelope {
        id: EventId(id(999)),
        ..Envelope::seal(event, at(), &cause)
    }
}

/// All of them.
pub fn all() -> Vec<Envelope> {
    [users(), ingest(), others()].concat()
}

fn users() -> Vec<Envelope> {
    let persona = |n: u128, name: &str, email: &str| SamplePersona {
        account_id: AccountId(id(n)),
        display_name: name.into(),
        email: email.into(),
    };
    vec![
        seal(&AccountChanged {
            account_id: AccountId(id(1)),
            version: 3,
            display_name: "Ada Lovelace".into(),
            email: "ada@example.com".into(),
            time_zone: "Europe/London".into(),
            region: Some("GB".into()),
            addresses: vec![
                AccountAddress {
                    key: KeyHash("0123456789abcdef0123456789abcdef".into()),
                    email: Some("ada@example.com".into()),
                    verified: true,
                },
                AccountAddress {
                    key: KeyHash("fedcba9876543210fedcba9876543210".into()),
                    email: None,
                    verified: false,
                },
            ],
        }),
        seal(&CircleChanged {
            circle_id: CircleId(id(2)),
            version: 4,
            name: "Analysts".into(),
            members: vec![CircleMember {
                account_id: AccountId(id(1)),
                display_name: "Ada Lovelace".into(),
                since: at(),
                sharing: Sharing::Organisation,
                exceptions: vec![
                    SharingException {
                        person_id: Some(PersonId(id(10))),
                        tag: None,
                        sharing: Sharing::Name,
                    },
                    SharingException {
                        person_id: None,
                        tag: Some("private".into()),
                        sharing: Sharing::Hidden,
                    },
                ],
            }],
        }),
        seal(&InvitationChanged {
            invitation_id: InvitationId(id(3)),
            version: 1,
            circle_id: CircleId(id(2)),
            circle_name: "Analysts".into(),
            invited_by: AccountId(id(1)),
            invited_by_name: "Ada Lovelace".into(),
            invited: Some(AccountId(id(4))),
            status: InvitationStatus::Pending,
        }),
        seal(&SampleRequested {
            circle_id: CircleId(id(2)),
            asker: persona(1, "Ada Lovelace", "ada@example.com"),
            others: vec![persona(5, "Juniper Vale", "juniper@example.org")],
            seed: 9_007_199_254_740_991,
        }),
        seal(&ErasureRequested {
            account_id: AccountId(id(1)),
            version: 9,
        }),
    ]
}

fn ingest() -> Vec<Envelope> {
    vec![
        seal(&PersonChanged {
            person_id: PersonId(id(10)),
            account_id: AccountId(id(1)),
            version: 2,
            state: PersonState::Merged {
                into: PersonId(id(11)),
            },
            display_name: "Grace Hopper".into(),
            other_names: vec!["G. Hopper".into()],
            emails: vec!["grace@example.com".into()],
            phones: vec!["+4930901820".into()],
            employments: vec![Employment {
                organisation: "Example Navy".into(),
                title: Some("Rear Admiral".into()),
                current: true,
            }],
            labels: vec!["friends".into()],
            keys: vec![KeyHash("0123456789abcdef0123456789abcdef".into())],
            connections: vec![Connection {
                source: "linkedin".into(),
                class: Some(Open::Known(ListClass::Network)),
                since: Some(date(2020, 2, 29)),
            }],
            aliases: vec![PersonId(id(12))],
        }),
        seal(&InteractionsChanged {
            account_id: AccountId(id(1)),
            person_id: PersonId(id(10)),
            other_id: Some(PersonId(id(11))),
            version: 5,
            buckets: vec![InteractionBucket {
                source: "mail".into(),
                kind: InteractionKind::Mail,
                month: date(2026, 10, 1),
                sent: 7,
                received: 5,
                group_size: GroupSize::Small,
                last_at: at(),
            }],
        }),
        seal(&ImportChanged {
            import_id: ImportId(id(20)),
            account_id: AccountId(id(1)),
            version: 3,
            file_name: "Connections.csv".into(),
            status: ImportStatus::Applying,
            records: 250,
            people: 240,
            published: BTreeMap::from([("ingest.person-changed".into(), 240)]),
            problem: Some("line 7 is no record".into()),
            cancelled: false,
        }),
    ]
}

fn others() -> Vec<Envelope> {
    let (import_id, account_id) = (ImportId(id(20)), AccountId(id(1)));
    vec![
        seal(&TieChanged {
            account_id,
            person_id: PersonId(id(10)),
            version: 2,
            band: Band::Good,
        }),
        seal(&AnnotationChanged {
            account_id,
            person_id: PersonId(id(10)),
            version: 6,
            tags: vec!["compilers".into()],
            notes: vec!["Met at an example conference.".into()],
        }),
        seal(&network::ImportApplied {
            import_id,
            account_id,
            parked: 0,
        }),
        seal(&search::ImportApplied {
            import_id,
            account_id,
            parked: 1,
        }),
        seal(&NotificationChanged {
            notification_id: NotificationId(id(30)),
            account_id,
            version: 2,
            kind: "import_succeeded".into(),
            title: "Connections.csv is in".into(),
            link: Some("/import/20".into()),
            read_at: Some(at()),
        }),
    ]
}
