//! Whatever happens to a circle and its invitations, in whatever order, their rules hold.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use kith_shared::{
    ids::{AccountId, CircleId, InvitationId},
    sharing::Sharing,
};
use kith_users::domain::{
    circle::Circle,
    invitation::{Invitation, LIFETIME, State},
    secret::Secret,
    text::Email,
};
use proptest::prelude::*;
use uuid::Uuid;

#[derive(Clone, Debug)]
enum Step {
    Join(u8, Sharing),
    Leave(u8),
    Share(u8, Sharing),
    Accept,
    Refuse,
    Withdraw,
    Wait(i64),
}

fn sharing() -> impl Strategy<Value = Sharing> {
    prop_oneof![
        Just(Sharing::Hidden),
        Just(Sharing::Organisation),
        Just(Sharing::Name)
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0..5u8, sharing()).prop_map(|(who, level)| Step::Join(who, level)),
        (0..5u8).prop_map(Step::Leave),
        (0..5u8, sharing()).prop_map(|(who, level)| Step::Share(who, level)),
        Just(Step::Accept),
        Just(Step::Refuse),
        Just(Step::Withdraw),
        (0..200i64).prop_map(Step::Wait),
    ]
}

fn account(n: u8) -> AccountId {
    AccountId(Uuid::from_u128(u128::from(n) + 1))
}

proptest! {
    #[test]
    fn members_are_exactly_who_joined_and_did_not_leave(steps in prop::collection::vec(step(), 0..60)) {
        let start: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let mut now = start;
        let mut circle = Circle::found(CircleId(Uuid::nil()), "C".into(), account(0), Sharing::Hidden, now);
        let mut model = BTreeMap::from([(account(0), Sharing::Hidden)]);
        let code = Secret::new("code").hash(b"");
        let email = Email::parse("grace@example.com").unwrap();
        let mut invitation =
            Invitation::invite(InvitationId(Uuid::nil()), circle.id, email, account(0), code, now);
        let mut ended = false;

        for step in steps {
            let (before, version, dissolved) = (circle.clone(), circle.version, model.is_empty());
            match step {
                Step::Join(who, level) => {
                    let joined = circle.clone().join(account(who), level, now);
                    prop_assert_eq!(joined.is_ok(), !dissolved && !model.contains_key(&account(who)));
                    if let Ok(after) = joined {
                        model.insert(account(who), level);
                        circle = after;
                    }
                }
                Step::Leave(who) => {
                    let left = circle.clone().leave(account(who));
                    prop_assert_eq!(left.is_ok(), model.remove(&account(who)).is_some());
                    circle = left.unwrap_or(circle);
                }
                Step::Share(who, level) => {
                    let shared = circle.clone().share(account(who), Some(level), None);
                    prop_assert_eq!(shared.is_ok(), model.contains_key(&account(who)));
                    if let Ok(after) = shared {
                        model.insert(account(who), level);
                        circle = after;
                    }
                }
                Step::Wait(hours) => now = now.checked_add(SignedDuration::from_hours(hours)).unwrap(),
                Step::Accept | Step::Refuse | Step::Withdraw => {
                    let seen = invitation.version;
                    let in_time = now.duration_since(start) < LIFETIME;
                    let (answer, possible) = match step {
                        Step::Accept => (invitation.clone().accept(now), in_time),
                        Step::Refuse => (invitation.clone().refuse(now), in_time),
                        _ => (invitation.clone().withdraw(), true),
                    };
                    prop_assert_eq!(answer.is_ok(), possible && !ended, "an invitation ends once");
                    if let Ok(after) = answer {
                        prop_assert_eq!(after.version, seen + 1);
                        prop_assert!(!matches!(after.state, State::Pending(_)));
                        prop_assert!(!after.is_open(now));
                        invitation = after;
                        ended = true;
                    }
                }
            }
            let changed = circle != before;
            prop_assert_eq!(circle.version, version + i64::from(changed), "every change is one version");
            let members: BTreeMap<_, _> =
                circle.members.iter().map(|member| (member.account_id, member.sharing)).collect();
            prop_assert_eq!(&members, &model);
            prop_assert_eq!(members.len(), circle.members.len(), "nobody is in it twice");
            prop_assert_eq!(circle.is_dissolved(), model.is_empty());
            prop_assert!(!circle.is_dissolved() || circle.name.is_empty());
        }
    }
}
