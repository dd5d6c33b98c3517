//! Backups by themselves: made when they are due, thinned by age, restored on trial from time to time.
//!
//! What they came to, and who makes them, stands in the gateway's store: so one of many replicas does
//! it, after a restart it goes on where it was, and metrics, `kith doctor` and `kith status` know of it
//! wherever they are asked.

use std::{collections::BTreeMap, time::Duration};

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::json;
use skeleton_archive::Place;
use skeleton_durable::clock::{Clock as _, SystemClock};
use skeleton_host::http::Method;
use skeleton_mail::{Letter, MailSettings};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    drill,
    make::{self, Made},
    place::{Archive, archives, instance},
    schedule::Schedule,
    task::{self, Attempt, BACKUP, DRILL, Notice, THIN, Task},
    thin::{Kept, decide},
};
use crate::{api::Api, commands::operate::Services, failure::Failure};

/// How often is looked whether something is due.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How long a lease lasts that is not prolonged, and how often it is.
const LEASE: Duration = Duration::from_secs(30);
const PROLONG_EVERY: Duration = Duration::from_secs(5);
/// How often is looked for archives that are to go.
const THIN_EVERY: Duration = Duration::from_secs(3600);
/// How long the clock must have run without a leap before anything is thrown away by it.
const STEADY: SignedDuration = SignedDuration::from_hours(24);
/// The longest that a drill may take.
const DRILL_LIMIT: Duration = Duration::from_secs(12 * 3600);

/// Whoever looks after the backups of a Kith.
pub struct Keeper<'a> {
    api: &'a Api,
    schedule: &'a Schedule,
    mail: &'a MailSettings,
    stop: CancellationToken,
    holder: Uuid,
    /// The last word on tasks that the gateway did not take down.
    unrecorded: BTreeMap<&'static str, Task>,
    /// When the clock will have run without a leap for long enough; not known before it was asked.
    steady_at: Option<Timestamp>,
}

/// What is done from time to time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Job {
    Thin,
    Backup,
    Drill,
}

impl Job {
    const fn name(self) -> &'static str {
        match self {
            Self::Thin => THIN,
            Self::Backup => BACKUP,
            Self::Drill => DRILL,
        }
    }

    const fn every(self, schedule: &Schedule) -> Duration {
        match self {
            Self::Thin => THIN_EVERY,
            Self::Backup => schedule.every,
            Self::Drill => schedule.drill_every,
        }
    }
}

/// What whoever has the lease is told.
#[derive(Deserialize)]
struct Lease {
    held: bool,
    now: Option<Timestamp>,
    steady_since: Option<Timestamp>,
}

impl<'a> Keeper<'a> {
    /// For the services behind `api`.
    #[must_use]
    pub fn new(
        api: &'a Api,
        schedule: &'a Schedule,
        mail: &'a MailSettings,
        stop: CancellationToken,
    ) -> Self {
        Self {
            api,
            schedule,
            mail,
            stop,
            holder: Uuid::now_v7(),
            unrecorded: BTreeMap::new(),
            steady_at: None,
        }
    }

    /// Does what is due, until told to stop. What fails is recorded, told and tried again.
    ///
    /// # Errors
    /// When the services do not know this operator (any more).
    pub async fn keep(mut self) -> Result<(), Failure> {
        drill::sweep(&self.schedule.drill_folder);
        let mut answers = true;
        while !self.stop.is_cancelled() {
            match self.round().await {
                Ok(()) => answers = true,
                Err(failure @ Failure::Usage(_)) => return Err(failure),
                Err(error) => {
                    // Once for each outage.
                    if std::mem::replace(&mut answers, false) {
                        tracing::warn!(%error, "backups are not looked after for now");
                    }
                }
            }
            tokio::select! {
                () = self.stop.cancelled() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
        // Another one need not wait for its end then; if this fails, it runs out.
        let _ = self.lease(Duration::ZERO).await;
        Ok(())
    }

    async fn lease(&self, time: Duration) -> Result<Lease, Failure> {
        let wish = json!({ "holder": self.holder, "seconds": time.as_secs() });
        let path = "/operator/v1/tasks/lease";
        let answer = self.api.ask(Method::POST, path, Some(&wish)).await?;
        serde_json::from_value(answer)
            .map_err(|error| Failure::Failed(format!("the lease cannot be read: {error}")))
    }

    /// Whatever is due, if this is who does it. While nothing is, nobody has the lease, and the store is
    /// only read.
    async fn round(&mut self) -> Result<(), Failure> {
        if self.due().await?.is_empty() || !self.lease(LEASE).await?.held {
            return Ok(());
        }
        // What could not be recorded is not done once more for that; nor is what another one did just now.
        for (name, task) in std::mem::take(&mut self.unrecorded) {
            self.record(name, task).await?;
        }
        for (job, before) in self.due().await? {
            self.run(job, before).await?;
        }
        self.lease(Duration::ZERO).await.map(drop)
    }

    /// What is due, with the last word on it. Old archives go before a new one needs their room.
    async fn due(&self) -> Result<Vec<(Job, Option<Task>)>, Failure> {
        let mut known = Services::of(self.api).tasks().await?;
        let now = SystemClock.now();
        let jobs = [Job::Thin, Job::Backup, Job::Drill].into_iter();
        let due = jobs.filter_map(|job| {
            let before = known.remove(job.name());
            let may = match job {
                Job::Thin => self.steady_at.is_none_or(|at| at <= now),
                Job::Backup => true,
                Job::Drill => self.schedule.can_open(),
            };
            let is_due = task::is_due(before.as_ref(), now, job.every(self.schedule));
            (may && is_due).then_some((job, before))
        });
        Ok(due.collect())
    }

    async fn run(&mut self, job: Job, before: Option<Task>) -> Result<(), Failure> {
        let mut began = SystemClock.now();
        if job == Job::Thin {
            // The moment at which the clock was found steady, and no later one.
            match self.steady_now().await? {
                Some(now) => began = now,
                None => return Ok(()),
            }
        }
        let last = before.as_ref().and_then(|task| task.archive.clone());
        let work = async {
            match job {
                Job::Thin => self.thin(began).await.map(|()| (None, None)),
                Job::Backup => {
                    let made = self.make(last).await?;
                    Ok((Some(made.name), Some(made.bytes)))
                }
                Job::Drill => {
                    let tried = self.drill().await?;
                    Ok((Some(tried.name), Some(tried.bytes)))
                }
            }
        };
        let attempt = self.while_held(work).await?;
        self.end(job, before, began, attempt).await
    }

    /// Does `work` while the lease is prolonged; gives it up when the lease is lost, or this is to end.
    async fn while_held<T>(
        &self,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<Result<T, Failure>, Failure> {
        let lost = async {
            loop {
                tokio::time::sleep(PROLONG_EVERY).await;
                // A store that is away for a moment costs no lease that is still long enough.
                if matches!(self.lease(LEASE).await, Ok(lease) if !lease.held) {
                    return;
                }
            }
        };
        tokio::select! {
            done = work => Ok(done),
            () = lost => Err(Failure::Failed("another one took the lease".to_owned())),
        }
    }

    /// What this Kith keeps in its place, the oldest first.
    async fn own(&self) -> Result<(Place, Vec<Archive>), Failure> {
        let (_, secrets) = make::carried(&Services::of(self.api)).await?;
        let (place, own) = (self.schedule.open()?, instance(&secrets));
        let mut archives = archives(&place).await?;
        archives.retain(|archive| archive.named.instance == own);
        Ok((place, archives))
    }

    async fn make(&self, last: Option<String>) -> Result<Made, Failure> {
        let (place, archives) = self.own().await?;
        if let Some(last) = last.filter(|_| archives.is_empty()) {
            return Err(Failure::Failed(format!(
                "{place} holds none of the backups that were made ({last} was the last): is its disk \
                 mounted? If they were removed on purpose, give `kith backup {place}` once"
            )));
        }
        let recipients = self.schedule.recipients()?;
        make::make(self.api, &place, &recipients, &|_| {}, &self.stop).await
    }

    /// Restores the newest on trial.
    async fn drill(&self) -> Result<Archive, Failure> {
        let (place, mut archives) = self.own().await?;
        let newest = archives
            .pop()
            .ok_or_else(|| Failure::NotFound(format!("there is no backup in {place}")))?;
        let identities = self.schedule.identities()?;
        let from = (&place, newest.name.as_str(), &identities);
        let tried = drill::drill(from, &self.schedule.drill_folder);
        let tried = tokio::time::timeout(DRILL_LIMIT, tried);
        let tried = self.stop.run_until_cancelled(tried).await;
        let tried = tried.ok_or_else(|| Failure::Failed("it was stopped".to_owned()))?;
        match tried {
            Ok(Ok(_)) => Ok(newest),
            Ok(Err(failure)) => Err(Failure::Failed(format!("{}: {failure}", newest.name))),
            Err(_) => Err(Failure::Failed(format!(
                "{}: not done in hours",
                newest.name
            ))),
        }
    }

    /// The time, if the clock has run without a leap for long enough to throw anything away by it.
    async fn steady_now(&mut self) -> Result<Option<Timestamp>, Failure> {
        let lease = self.lease(LEASE).await?;
        self.steady_at = lease
            .steady_since
            .and_then(|since| since.saturating_add(STEADY).ok());
        let is_steady = |now: &Timestamp| self.steady_at.is_some_and(|at| at <= *now);
        Ok(lease.now.filter(is_steady))
    }

    /// Removes what is not kept any longer at `now`.
    async fn thin(&self, now: Timestamp) -> Result<(), Failure> {
        let (place, archives) = self.own().await?;
        let thinned = thin(&place, archives, &self.schedule.kept, now, &self.stop).await;
        thinned.map(drop)
    }

    /// Records what a task came to, and notifies the operator.
    async fn end(
        &mut self,
        job: Job,
        before: Option<Task>,
        began: Timestamp,
        attempt: Result<(Option<String>, Option<u64>), Failure>,
    ) -> Result<(), Failure> {
        if self.stop.is_cancelled() && attempt.is_err() {
            // It was not let finish, and that is no failure.
            return Ok(());
        }
        let attempt = match attempt {
            Ok((archive, bytes)) => Attempt::Done { archive, bytes },
            Err(failure) => Attempt::Failed(failure.to_string()),
        };
        let (name, every) = (job.name(), job.every(self.schedule));
        let mut task = task::after(before, name, began, every, attempt);
        if let Ok((_, archives)) = self.own().await {
            task.oldest_at = archives.first().map(Archive::taken_at);
        }
        match &task.failure {
            Some(failure) => tracing::error!(task = name, failure, "not done"),
            None => tracing::info!(task = name, archive = task.archive, "done"),
        }
        self.record(name, task.clone()).await?;
        if let Some(notice) = task::notice(&task, SystemClock.now()) {
            let sent = self.while_held(self.notify(&task, notice)).await?;
            if sent.unwrap_or(false) {
                task::notified(&mut task, notice, SystemClock.now());
                self.record(name, task).await?;
            }
        }
        Ok(())
    }

    async fn record(&mut self, name: &'static str, task: Task) -> Result<(), Failure> {
        let path = format!("/operator/v1/tasks/{name}");
        let body = serde_json::to_value(&task).unwrap_or_default();
        let recorded = self.api.ask(Method::PUT, &path, Some(&body)).await;
        if recorded.is_err() {
            self.unrecorded.insert(name, task);
        }
        recorded.map(drop)
    }

    /// Whether the letter is on its way.
    async fn notify(&self, task: &Task, notice: Notice) -> Result<bool, Failure> {
        let Some(recipient) = &self.schedule.notify else {
            return Ok(false);
        };
        let (subject, body) = task::letter(task, notice);
        let letter = Letter {
            id: Uuid::now_v7(),
            recipient: recipient.clone(),
            subject,
            body,
            created_at: SystemClock.now(),
        };
        let mailer = self
            .mail
            .mailer()
            .map_err(|error| Failure::Failed(error.to_string()))?;
        let sent = skeleton_mail::attempt(&*mailer, &letter, 0, letter.created_at).await;
        Ok(sent == skeleton_mail::Attempt::Sent)
    }
}

/// Removes from a place what is not kept any longer; the names. What cannot be removed keeps nothing
/// else from being.
///
/// # Errors
/// The first failure, once all were tried.
pub async fn thin(
    place: &Place,
    archives: Vec<Archive>,
    kept: &Kept,
    now: Timestamp,
    stop: &CancellationToken,
) -> Result<Vec<String>, Failure> {
    let moments: Vec<Timestamp> = archives.iter().map(Archive::taken_at).collect();
    let decisions = decide(&moments, kept, now);
    let (mut removed, mut failure) = (Vec::new(), None);
    for (archive, decision) in archives.into_iter().zip(decisions) {
        if !decision.removes() || stop.is_cancelled() {
            continue;
        }
        match place.remove(&archive.name).await {
            Ok(()) => {
                tracing::info!(archive = archive.name, ?decision, "backup removed");
                removed.push(archive.name);
            }
            Err(error) => {
                failure.get_or_insert(Failure::Failed(format!("{}: {error}", archive.name)));
            }
        }
    }
    match failure {
        Some(failure) => Err(failure),
        None => Ok(removed),
    }
}

#[cfg(test)]
mod tests {
    use skeleton_host::settings::Source;

    use super::*;

    #[tokio::test]
    async fn whoever_was_erased_is_in_no_backup_after_the_day_that_is_stated() {
        let folder = tempfile::tempdir().unwrap();
        let settings = [("backup_longest", "30d"), ("backup_months", "1000")];
        let source = Source::from_pairs(settings);
        let schedule = source.read(|f| Schedule::read(f, folder.path())).unwrap();
        let now: Timestamp = "2026-11-30T00:00:00Z".parse().unwrap();
        let names = [
            // Of each month one is to be kept, but none for so long.
            "kith-20260601T000000Z-1a2b3c4d.tar.zst",
            "kith-20261030T000000Z-1a2b3c4d.tar.zst.age",
            "kith-20261101T000000Z-1a2b3c4d.tar.zst",
            "kith-20261129T230000Z-1a2b3c4d.tar.zst",
            // Nobody else's.
            "kith-20260601T000000Z-99999999.tar.zst",
            "kith-20260601.txt",
            "notes.tar.zst",
        ];
        for name in names {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let place = Place::folder(folder.path()).unwrap();
        let thinned = async || {
            let mut archives = archives(&place).await.unwrap();
            archives.retain(|archive| archive.named.instance == "1a2b3c4d");
            let stop = CancellationToken::new();
            thin(&place, archives, &schedule.kept, now, &stop).await
        };
        assert_eq!(thinned().await.unwrap(), names[..2]);
        let left = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(left, names.len() - 2);
        assert!(thinned().await.unwrap().is_empty());
    }
}
