//! What every store of leases promises.

use std::{sync::Arc, time::Duration};

use uuid::Uuid;

use super::{Ledger, eventually, unique};

const LONG: Duration = Duration::from_secs(60);
const A_YEAR: Duration = Duration::from_secs(365 * 24 * 3600);

pub(super) async fn suite(store: &Arc<dyn Ledger>) {
    of_many_one_holds_it(store).await;
    it_passes_on_when_it_runs_out_or_is_given_back(store).await;
    one_that_was_taken_while_the_clock_was_ahead_holds_nobody_up(store).await;
}

async fn one_that_was_taken_while_the_clock_was_ahead_holds_nobody_up(store: &Arc<dyn Ledger>) {
    let (name, one, two) = (unique("lease"), Uuid::now_v7(), Uuid::now_v7());
    let store: &dyn crate::leases::Leases = &**store;
    assert!(store.acquire(&name, one, A_YEAR).await.unwrap());
    assert!(store.acquire(&name, two, LONG).await.unwrap());
    assert!(!store.acquire(&name, one, LONG).await.unwrap());
}

async fn of_many_one_holds_it(store: &Arc<dyn Ledger>) {
    let name = unique("lease");
    let tries: Vec<_> = (0..8)
        .map(|_| {
            let (store, name) = (store.clone(), name.clone());
            tokio::spawn(async move {
                crate::leases::Leases::acquire(&*store, &name, Uuid::now_v7(), LONG).await
            })
        })
        .collect();
    let mut held = 0;
    for attempt in tries {
        held += usize::from(attempt.await.unwrap().unwrap());
    }
    assert_eq!(held, 1);
}

async fn it_passes_on_when_it_runs_out_or_is_given_back(store: &Arc<dyn Ledger>) {
    let (name, one, two) = (unique("lease"), Uuid::now_v7(), Uuid::now_v7());
    let store: &dyn crate::leases::Leases = &**store;
    assert!(
        store
            .acquire(&name, one, Duration::from_millis(200))
            .await
            .unwrap()
    );
    assert!(
        store
            .acquire(&name, one, Duration::from_millis(200))
            .await
            .unwrap(),
        "prolonging"
    );
    eventually("the end of a lease", || async {
        store.acquire(&name, two, LONG).await.unwrap()
    })
    .await;
    assert!(!store.acquire(&name, one, LONG).await.unwrap());
    store.release(&name, one).await.unwrap();
    assert!(
        !store.acquire(&name, one, LONG).await.unwrap(),
        "only the holder gives it back"
    );
    store.release(&name, two).await.unwrap();
    assert!(store.acquire(&name, one, LONG).await.unwrap());
}
