//! What a store that can be carried away promises.

use std::{sync::Arc, time::Duration};

use futures::{StreamExt as _, TryStreamExt as _};

use super::{Ledger, event, noon, put, unique};
use crate::{
    backup::{
        Backup, Lines, RestoreError,
        lines::{Origin, Tally, split},
    },
    clock::{Clock as _, SystemClock},
    commit::{ChangeSet, KeptAnswer},
};

/// A store under test.
#[derive(Clone)]
pub struct Kept {
    pub ledger: Arc<dyn Ledger>,
    pub backup: Arc<dyn Backup>,
    /// Whether a snapshot shows one moment.
    pub of_one_moment: bool,
}

/// More than one statement, one piece and one page take.
const ENTRIES: usize = 2_500;

/// Carries `source` into two empty stores, which may be of another kind.
pub async fn backup_suite(source: Kept, target: Kept, other: Kept) {
    let parked = fill(&source).await;
    let lines = if source.of_one_moment {
        what_comes_later_is_not_in_a_snapshot(&source).await
    } else {
        whole(source.backup.snapshot().await.unwrap()).await
    };
    let told = tally(&lines);

    let refused = target.backup.load(&lines).await;
    assert!(
        matches!(refused, Err(RestoreError::Refused(_))),
        "nothing is taken unless a restore was begun"
    );
    begun_again_after_a_kill(&target, &lines, &told).await;
    assert!(target.backup.is_unfinished().await.unwrap());
    load(&target, &lines).await;
    assert!(target.backup.epoch().await.unwrap().is_empty());
    target.backup.finish("second").await.unwrap();
    assert!(!target.backup.is_unfinished().await.unwrap());
    assert_eq!(target.backup.epoch().await.unwrap(), "second");

    let again = whole(target.backup.snapshot().await.unwrap()).await;
    assert_eq!(
        tally(&again).sums,
        told.sums,
        "what was restored is what was carried away"
    );
    let refused = target.backup.begin(told.from.as_ref().unwrap()).await;
    assert!(matches!(refused, Err(RestoreError::NotEmpty(_))));
    the_ports_go_on_with_it(&target, parked).await;
    what_it_cannot_hold_is_refused(&other, &told).await;
}

/// Entries with events, events in every state, and a kept answer; which event is parked.
async fn fill(source: &Kept) -> crate::EventId {
    for n in 0..ENTRIES {
        source
            .ledger
            .commit(put(&format!("entry {n:05} \u{1f33b} \"\\\n"), 1))
            .await
            .unwrap();
    }
    let (waiting, parked, done) = (
        event("waiting", 1),
        event("parked", 1),
        crate::Envelope {
            // Of today, so that its id is still needed.
            time: SystemClock.now(),
            ..event("done", 1)
        },
    );
    let all = [waiting.clone(), parked.clone(), done.clone()];
    source.ledger.receive(&all).await.unwrap();
    source.ledger.park(&parked, 3, "a reason").await.unwrap();
    source.ledger.done(&[done]).await.unwrap();
    let answer = KeptAnswer {
        account: uuid::Uuid::now_v7(),
        key: "k".to_owned(),
        fingerprint: "f".to_owned(),
        status: 201,
        body: "{}".to_owned(),
        at: noon(),
    };
    let change = ChangeSet::new().write(super::Put {
        key: unique("answered"),
        expected: 0,
        text: String::new(),
    });
    source
        .ledger
        .commit(change.answer(Some(answer)))
        .await
        .unwrap();
    parked.id
}

/// All lines of a snapshot that was opened before others wrote.
async fn what_comes_later_is_not_in_a_snapshot(source: &Kept) -> Vec<u8> {
    let before = whole(source.backup.snapshot().await.unwrap()).await;
    let mut snapshot = source.backup.snapshot().await.unwrap();
    let first = snapshot.next().await.unwrap().unwrap();
    for n in 0..20 {
        let writing = source.ledger.commit(put(&format!("later {n}"), 1));
        let written = tokio::time::timeout(Duration::from_secs(20), writing).await;
        written.expect("a snapshot holds up no writer").unwrap();
    }
    let mut lines = first.to_vec();
    lines.extend(whole(snapshot).await);
    assert_eq!(tally(&lines).sums, tally(&before).sums);
    let after = whole(source.backup.snapshot().await.unwrap()).await;
    assert_ne!(tally(&after).sums, tally(&before).sums);
    // Given up half way, it leaves nothing behind that anybody waits for.
    drop(source.backup.snapshot().await.unwrap());
    lines
}

async fn begun_again_after_a_kill(target: &Kept, lines: &[u8], told: &Tally) {
    let from = told.from.as_ref().unwrap();
    target.backup.begin(from).await.unwrap();
    let half = &lines[..lines.len() / 2];
    let half = &half[..=half.iter().rposition(|byte| *byte == b'\n').unwrap()];
    target.backup.load(half).await.unwrap();
    target.backup.begin(from).await.unwrap();
    let left = tally(&whole(target.backup.snapshot().await.unwrap()).await);
    assert!(
        left.sums.values().all(|sum| sum.rows == 0),
        "nothing of the unfinished one is left: {left:?}"
    );
}

/// Twice: an answer that was lost makes somebody ask again.
async fn load(target: &Kept, lines: &[u8]) {
    let mut rows = 0;
    for piece in pieces(lines) {
        rows += target.backup.load(&piece).await.unwrap();
        assert_eq!(
            target.backup.load(&piece).await.unwrap(),
            split(&piece).filter(|line| line[0] == b'[').count() as u64
        );
    }
    assert_eq!(Some(rows), tally(lines).end);
}

async fn the_ports_go_on_with_it(target: &Kept, parked: crate::EventId) {
    let ledger = &target.ledger;
    assert_eq!(
        ledger
            .try_read("entry 00007 \u{1f33b} \"\\\n")
            .await
            .unwrap(),
        Some((1, "entry 00007 \u{1f33b} \"\\\n v1".to_owned()))
    );
    let waiting = super::drain(ledger).await;
    assert_eq!(waiting.len(), ENTRIES, "events that had not left leave");
    let found = ledger.find_parked(parked).await.unwrap().unwrap();
    assert_eq!((found.attempts, found.reason.as_str()), (3, "a reason"));
    let now = SystemClock.now();
    let due = ledger.due(now, 10).await.unwrap();
    assert_eq!(due.len(), 1, "what waited to be handled still does");
    // The next version of a key follows the one that was restored.
    ledger
        .commit(put("entry 00007 \u{1f33b} \"\\\n", 2))
        .await
        .unwrap();
}

async fn what_it_cannot_hold_is_refused(other: &Kept, told: &Tally) {
    let from = told.from.clone().unwrap();
    let newer = Origin {
        migrations: from
            .migrations
            .iter()
            .map(|(owner, version)| (owner.clone(), version + 1))
            .collect(),
        ..from.clone()
    };
    if let Err(error) = other.backup.begin(&newer).await {
        assert!(matches!(error, RestoreError::Refused(_)), "{error}");
        assert!(error.to_string().contains("later version"), "{error}");
    } else {
        // Another kind of store: it has versions of its own, and columns tell.
        assert_ne!(other.backup.snapshot_kind().await, from.store);
    }
    other.backup.begin(&from).await.unwrap();
    for (lines, expected) in [
        (r#"{"table":"nobodys","columns":["a"]}"#, "no table nobodys"),
        (
            r#"{"table":"entry","columns":["colour"]}"#,
            "entry has a column colour",
        ),
        ("[1]", "a row without a table"),
        ("nonsense", "expected a row"),
        (
            "{\"table\":\"entry\",\"columns\":[\"key\",\"text\",\"version\"]}\n[\"a\",\"b\"]",
            "2 values",
        ),
        (
            "{\"table\":\"entry\",\"columns\":[\"key\",\"text\",\"version\"]}\n[\"a\",\"b\",\"c\"]",
            "version of entry: expected a whole number, found a text",
        ),
        (r#"{"table":"lease","columns":["name"]}"#, "no table lease"),
    ] {
        let refused = other.backup.load(lines.as_bytes()).await.unwrap_err();
        assert!(matches!(refused, RestoreError::Refused(_)), "{refused}");
        assert!(refused.to_string().contains(expected), "{refused}");
    }
    let left = tally(&whole(other.backup.snapshot().await.unwrap()).await);
    assert!(left.sums.values().all(|sum| sum.rows == 0), "{left:?}");
}

impl dyn Backup {
    async fn snapshot_kind(&self) -> String {
        let lines = whole(self.snapshot().await.unwrap()).await;
        tally(&lines).from.unwrap().store
    }
}

/// All of a stream.
pub async fn whole(lines: Lines) -> Vec<u8> {
    let pieces: Vec<_> = lines.try_collect().await.unwrap();
    pieces.concat()
}

/// What lines hold, which must have their end.
pub fn tally(lines: &[u8]) -> Tally {
    let mut tally = Tally::default();
    for line in split(lines) {
        tally.add(line).unwrap();
    }
    assert!(tally.end.is_some() && tally.from.is_some());
    tally
}

/// Cut into pieces that can be read by themselves.
pub fn pieces(lines: &[u8]) -> Vec<Vec<u8>> {
    let (mut tally, mut pieces, mut piece) = (Tally::default(), Vec::new(), Vec::new());
    for line in split(lines) {
        if piece.is_empty() && line[0] == b'[' {
            piece.extend_from_slice(tally.head().unwrap());
            piece.push(b'\n');
        }
        tally.add(line).unwrap();
        piece.extend_from_slice(line);
        piece.push(b'\n');
        if piece.len() > 50_000 {
            pieces.push(std::mem::take(&mut piece));
        }
    }
    pieces.push(piece);
    pieces
}
