//! Replacing an index by one of a newer shape, while everybody goes on reading and writing.
//!
//! 1. The next index is made. Once it answers, every writer writes to both (see `write`).
//! 2. Once every node knows of it, the old one is read through as it is then, and every document
//!    grows in the new one by the same rule as a change: newer parts that writers put there stay.
//!    What was erased from the old index meanwhile, after the moment that is read, is removed from
//!    the new one; erasure goes from old to new, so one of the two removes it.
//! 3. In one moment the alias that is read moves, and the old index is written no more.
//! 4. Processes of the release before write fields as they know them; such documents are written
//!    anew. The old index is deleted a while later, when no question can be under way there.
//!
//! One replica does it, under a lease. If it dies, another begins again at 2, which repeats
//! nothing but reading. A program that meets an index of a newer generation leaves it alone.

use std::{sync::Arc, time::Duration};

use kith_shared::ids::PersonId;
use serde_json::json;
use skeleton_durable::{clock::Clock, leases::Leases};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    ElasticIndex, Inner,
    bulk::{self, Source, Write, fetch},
    client::Failure,
    indices::{
        Found, Target, answers, begin_writing, create, end_writing, look, refresh, relabel, swap,
    },
    pages::Pages,
    write::{Growth, by_person},
};
use crate::domain::document::{Change, Document, Part};

/// How long the lease is held; prolonged with every page.
const HELD: Duration = Duration::from_secs(15);
/// How often the pause after a failure is doubled.
const LONGEST: u32 = 6;
/// How often what vanished is looked at again because it is written meanwhile.
const ROUNDS: u32 = 10;

/// The periods of a [`Keeper`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Periods {
    /// How often the indices are looked at.
    pub(crate) look: Duration,
    /// How long an index is kept after another took its place.
    pub(crate) keep: Duration,
}

impl Default for Periods {
    fn default() -> Self {
        Self {
            look: Duration::from_secs(5),
            keep: Duration::from_secs(60 * 60),
        }
    }
}

/// Looks after the indices; every replica runs one.
pub(crate) struct Keeper {
    index: ElasticIndex,
    leases: Arc<dyn Leases>,
    clock: Arc<dyn Clock>,
    periods: Periods,
    /// One replica of each release looks after the indices: the one before has no part in making
    /// an index of the next.
    lease: String,
    holder: Uuid,
}

impl Keeper {
    pub(crate) fn new(
        index: ElasticIndex,
        leases: Arc<dyn Leases>,
        clock: Arc<dyn Clock>,
        periods: Periods,
    ) -> Self {
        Self {
            lease: format!("search-index-{}", index.inner.shape.generation),
            holder: Uuid::now_v7(),
            index,
            leases,
            clock,
            periods,
        }
    }

    /// Until told to stop.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let mut failures = 0;
        while !stop.is_cancelled() {
            let round = async {
                self.index.ready().await.map_err(anyhow::Error::from)?;
                self.round(&stop).await
            };
            match round.await {
                Ok(()) => failures = 0,
                Err(error) => {
                    failures += 1;
                    let error = format!("{error:#}");
                    tracing::warn!(error, "the indices are looked after again later");
                }
            }
            // To read everything in vain is not for free.
            let pause = self.periods.look * 2_u32.pow(failures.min(LONGEST));
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.clock.sleep(pause) => {}
            }
        }
        if let Err(error) = self.leases.release(&self.lease, self.holder).await {
            tracing::debug!(%error, "lease not given back, it will run out");
        }
    }

    async fn holds_lease(&self) -> anyhow::Result<bool> {
        Ok(self.leases.acquire(&self.lease, self.holder, HELD).await?)
    }

    /// Does what there is to do.
    async fn round(&self, stop: &CancellationToken) -> anyhow::Result<()> {
        if !self.holds_lease().await? {
            return Ok(());
        }
        let inner = &self.index.inner;
        let all = look(&inner.client, &inner.names).await?;
        let Some(read) = all.iter().find(|index| index.is_read) else {
            anyhow::bail!("no index bears the alias {}", inner.names.read());
        };
        let own = inner.shape.generation;
        if read.label.generation < own {
            self.replace(&all, read, stop).await?;
        } else if read.label.generation == own {
            self.mend(read, stop).await?;
            self.clear(&all).await?;
        }
        Ok(())
    }

    async fn replace(
        &self,
        all: &[Found],
        read: &Found,
        stop: &CancellationToken,
    ) -> anyhow::Result<()> {
        let inner = &self.index.inner;
        let begun = all.iter().find(|index| {
            index.number > read.number && index.label.generation == inner.shape.generation
        });
        let number = match begun {
            Some(begun) => begun.number,
            None => {
                let last = all.last().map_or(read.number, |index| index.number);
                create(&inner.client, &inner.names, &inner.shape, last + 1, &[]).await?;
                last + 1
            }
        };
        tracing::info!(
            from = read.number,
            to = number,
            "the index is made anew in another shape"
        );
        let mut label = inner.shape.label();
        label.attempt = Some(Uuid::now_v7());
        // No writer may meet it before it can answer.
        answers(&inner.client, &inner.names.index(number)).await?;
        begin_writing(&inner.client, &inner.names, number).await?;
        relabel(&inner.client, &inner.names, number, &label).await?;
        let Some(copied) = self.fill(read.number, number, stop).await? else {
            return Ok(());
        };
        let retired: Vec<u64> = all
            .iter()
            .map(|index| index.number)
            .filter(|&older| older < number)
            .collect();
        swap(&inner.client, &inner.names, read.number, number, &retired).await?;
        tracing::info!(
            to = number,
            documents = copied,
            "the index of the new shape is read"
        );
        Ok(())
    }

    /// Brings everything of one index into a newer one; how many documents, or none when stopped.
    async fn fill(
        &self,
        from: u64,
        to: u64,
        stop: &CancellationToken,
    ) -> anyhow::Result<Option<u64>> {
        let inner = &self.index.inner;
        let source = inner.names.index(from);
        let target = Target {
            number: to,
            alias: inner.names.write(to),
        };
        refresh(&inner.client, &source).await?;
        let everything = json!({"match_all": {}});
        let mut pages = Pages::open(&inner.client, &source, everything, &["document"]).await?;
        let mut copied = 0;
        while let Some(page) = pages.next::<Source>().await? {
            anyhow::ensure!(self.holds_lease().await?, "another replica took over");
            if stop.is_cancelled() {
                return Ok(None);
            }
            copied += page.len() as u64;
            let growth = by_person(
                page.into_iter()
                    .flat_map(|one| changes(one.document.into())),
            );
            inner.grow(&target, &growth).await?;
            inner.drop_vanished(&source, &target, &growth).await?;
        }
        refresh(&inner.client, &target.alias).await?;
        Ok(Some(copied))
    }

    /// Writes documents anew whose fields were made by an older program.
    async fn mend(&self, read: &Found, stop: &CancellationToken) -> anyhow::Result<()> {
        let inner = &self.index.inner;
        let alias = inner.names.write(read.number);
        let older = json!({"range": {"generation": {"lt": inner.shape.generation}}});
        let mut pages = Pages::open(&inner.client, &alias, older, &["document"]).await?;
        while let Some(page) = pages.next::<Source>().await? {
            anyhow::ensure!(self.holds_lease().await?, "another replica took over");
            if stop.is_cancelled() {
                return Ok(());
            }
            let ids = page.iter().map(|one| one.document.id());
            let writes = fetch(&inner.client, &alias, ids)
                .await?
                .into_values()
                .filter(|held| held.generation < inner.shape.generation)
                .map(|held| inner.put(&held.document, Some(held.place)))
                .collect();
            // Whose place was taken is found again in the next round.
            bulk::write(&inner.client, &alias, writes).await?;
        }
        Ok(())
    }

    /// Deletes indices that were replaced a while ago, or that nobody will bring to an end.
    async fn clear(&self, all: &[Found]) -> anyhow::Result<()> {
        let Inner {
            client,
            names,
            shape,
            ..
        } = &*self.index.inner;
        let now = self.clock.now();
        let superseded =
            |index: &&Found| !index.is_read && index.label.generation <= shape.generation;
        for old in all.iter().filter(superseded) {
            if old.is_written {
                end_writing(client, names, old.number).await?;
            }
            match old.label.retired {
                None => {
                    let mut label = old.label.clone();
                    label.retired = Some(now);
                    relabel(client, names, old.number, &label).await?;
                }
                Some(retired) if now.duration_since(retired) >= keep(self.periods.keep) => {
                    let path = names.index(old.number);
                    match client.delete(&path, None).await {
                        Err(failure) if !failure.is_missing() => return Err(failure.into()),
                        _ => tracing::info!(index = path, "an index of an older shape is deleted"),
                    }
                }
                Some(_) => {}
            }
        }
        Ok(())
    }
}

fn keep(period: Duration) -> jiff::SignedDuration {
    jiff::SignedDuration::try_from(period).unwrap_or(jiff::SignedDuration::MAX)
}

/// A document as the changes that make it.
fn changes(document: Document) -> impl Iterator<Item = Change> {
    let (id, account) = (document.id, document.account);
    [
        document.person.map(Part::Person),
        document.annotation.map(Part::Annotation),
        document.tie.map(Part::Tie),
    ]
    .into_iter()
    .flatten()
    .map(move |part| Change { id, account, part })
}

impl Inner {
    /// Deletes from `target` what is no longer in the index that it was copied from.
    async fn drop_vanished(
        &self,
        source: &str,
        target: &Target,
        copied: &Growth,
    ) -> Result<(), Failure> {
        let mut suspects: Vec<PersonId> = copied.keys().copied().collect();
        for _ in 0..ROUNDS {
            let there = fetch(&self.client, source, suspects.iter().copied()).await?;
            suspects.retain(|id| !there.contains_key(id));
            if suspects.is_empty() {
                return Ok(());
            }
            // Read before the source is asked once more: if somebody brings one back in between,
            // its place here is another then.
            let held = fetch(&self.client, &target.alias, suspects.iter().copied()).await?;
            let there = fetch(&self.client, source, suspects.iter().copied()).await?;
            let deletes = held
                .into_values()
                .filter(|held| !there.contains_key(&held.document.id))
                .map(|held| Write::Delete {
                    id: held.document.id,
                    on: held.place,
                })
                .collect();
            suspects = bulk::write(&self.client, &target.alias, deletes).await?;
        }
        let why = "documents vanish and come back too fast".to_owned();
        Err(Failure::Unavailable(why))
    }
}
