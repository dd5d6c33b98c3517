//! Backups by themselves: made when they are due, thinned by age, restored on trial from time to time.
//!
//! What they came to, and whose turn it is to make them, stands in the gateway's store: so one of many
//! replicas does it, after a restart it goes on where it was, and metrics, `kith doctor` and `kith
//! status` know of it wherever they are asked.

use std::{collections::BTreeMap, time::Duration};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use skeleton_durable::clock::{Clock as _, SystemClock};
use skeleton_host::http::Method;
use skeleton_mail::{Letter, MailSettings};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    drill,
    make::{self, Made},
    place::{Archive, archives},
    schedule::Schedule,
    task::{Attempt, BACKUP, DRILL, Notice, Task},
    thin::fates,
};
use crate::{api::Api, failure::Failure};

/// How often is looked whether something is due.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How long a turn lasts that is not prolonged, and how often it is.
const TURN: Duration = Duration::from_secs(30);
const PROLONG_EVERY: Duration = Duration::from_secs(5);
/// How often is looked for archives that are to go.
const THIN_EVERY: SignedDuration = SignedDuration::from_hours(1);
/// How long the clock must have run without a leap before anything is thrown away by it.
const STEADY: SignedDuration = SignedDuration::from_hours(24);

/// Whoever makes them.
pub struct Keeper<'a> {
    api: &'a Api,
    schedule: &'a Schedule,
    mail: &'a MailSettings,
    stop: CancellationToken,
    holder: Uuid,
    thinned_at: Option<Timestamp>,
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
            thinned_at: None,
        }
    }

    /// Does what is due, until told to stop. What fails is told and tried again.
    pub async fn keep(mut self) {
        let mut answers = true;
        while !self.stop.is_cancelled() {
            match self.round().await {
                Ok(()) => answers = true,
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
        // Another one need not wait for its end then; if it fails, it runs out.
        let _ = self.turn(Duration::ZERO).await;
    }

    /// Whether it is this one's turn; since when the clock ran without a leap.
    async fn turn(&self, time: Duration) -> Result<Option<Timestamp>, Failure> {
        let wish = json!({ "holder": self.holder, "seconds": time.as_secs() });
        let path = "/operator/v1/tasks/turn";
        let turn = self.api.ask(Method::POST, path, Some(&wish)).await?;
        let steady = turn["steady_since"].as_str();
        Ok(steady.and_then(|since| since.parse().ok()))
    }

    async fn round(&mut self) -> Result<(), Failure> {
        let Some(steady_since) = self.turn(TURN).await? else {
            return Ok(());
        };
        let mut tasks = tasks(self.api).await?;
        let now = SystemClock.now();
        let (every, drill_every) = (self.schedule.every, self.schedule.drill_every);
        if Task::is_due(tasks.get(BACKUP), now, every) {
            let made = self.while_it_lasts(self.make()).await?;
            let attempt = match made {
                Ok(made) => Attempt::Done {
                    archive: made.name,
                    bytes: made.bytes,
                },
                Err(failure) => Attempt::Failed(failure.to_string()),
            };
            self.say(BACKUP, tasks.remove(BACKUP), now, every, attempt)
                .await?;
            self.thinned_at = None;
        }
        self.thin(steady_since).await;
        if Task::is_due(tasks.get(DRILL), now, drill_every)
            && let Some(newest) = self.newest().await
        {
            let (name, bytes) = (newest.name.clone(), newest.bytes);
            let tried = self.while_it_lasts(self.drill(&newest)).await?;
            let attempt = match tried {
                Ok(()) => Attempt::Done {
                    archive: name,
                    bytes,
                },
                Err(failure) => Attempt::Failed(format!("{name}: {failure}")),
            };
            self.say(DRILL, tasks.remove(DRILL), now, drill_every, attempt)
                .await?;
        }
        Ok(())
    }

    /// Does `work` while the turn is prolonged; gives it up when the turn is lost.
    async fn while_it_lasts<T>(&self, work: impl Future<Output = T>) -> Result<T, Failure> {
        let lost = async {
            loop {
                tokio::time::sleep(PROLONG_EVERY).await;
                // A store that is away for a moment costs no turn that is still long enough.
                if matches!(self.turn(TURN).await, Ok(None)) {
                    return;
                }
            }
        };
        tokio::select! {
            done = work => Ok(done),
            () = lost => Err(Failure::Failed("another one took the turn".to_owned())),
        }
    }

    async fn make(&self) -> Result<Made, Failure> {
        let (place, recipients) = (self.schedule.open()?, self.schedule.recipients()?);
        make::make(self.api, &place, &recipients, &|_| {}, &self.stop).await
    }

    /// The newest that shows a moment of the past.
    async fn newest(&self) -> Option<Archive> {
        let place = self.schedule.open().ok()?;
        let now = SystemClock.now();
        let listed = archives(&place).await.ok()?;
        listed.into_iter().rfind(|archive| archive.taken_at <= now)
    }

    async fn drill(&self, archive: &Archive) -> Result<(), Failure> {
        let (place, identities) = (self.schedule.open()?, self.schedule.identities()?);
        let from = (&place, archive.name.as_str(), &identities);
        tokio::select! {
            tried = drill::drill(from, &self.schedule.drill_folder) => tried.map(drop),
            () = self.stop.cancelled() => Err(Failure::Failed("it was stopped".to_owned())),
        }
    }

    /// Removes what is not kept any longer, and says what the oldest is that stays.
    async fn thin(&mut self, steady_since: Timestamp) {
        let now = SystemClock.now();
        let is_recent = |at: Timestamp| now.duration_since(at).abs() < THIN_EVERY;
        if self.thinned_at.is_some_and(is_recent) {
            return;
        }
        self.thinned_at = Some(now);
        if now.duration_since(steady_since) < STEADY {
            tracing::info!(
                "no backup is removed before the clock has run for a day: it leapt, or this is the \
                 first day"
            );
            return;
        }
        let thinned = async {
            let place = self.schedule.open()?;
            thin(&place, self.schedule, now).await
        };
        if let Err(error) = thinned.await {
            tracing::warn!(%error, "backups are not thinned for now");
        }
    }

    /// Keeps the last word on a task, and tells the operator.
    async fn say(
        &self,
        name: &str,
        before: Option<Task>,
        began: Timestamp,
        every: Duration,
        attempt: Attempt,
    ) -> Result<(), Failure> {
        if self.stop.is_cancelled() && matches!(attempt, Attempt::Failed(_)) {
            // It was not let finish, and that is no failure.
            return Ok(());
        }
        let mut task = Task::after(before, name, began, every, attempt);
        task.oldest_at = self.oldest().await.or(task.oldest_at);
        match &task.failure {
            Some(failure) => tracing::error!(task = name, failure, "not done"),
            None => tracing::info!(task = name, archive = task.archive, "done"),
        }
        if let Some(notice) = task.notice(SystemClock.now())
            && self.tell(&task, notice).await
        {
            task.told(notice, SystemClock.now());
        }
        let path = format!("/operator/v1/tasks/{name}");
        let body = serde_json::to_value(&task).unwrap_or_default();
        self.api.ask(Method::PUT, &path, Some(&body)).await?;
        Ok(())
    }

    async fn oldest(&self) -> Option<Timestamp> {
        let place = self.schedule.open().ok()?;
        let listed = archives(&place).await.ok()?;
        listed.first().map(|archive| archive.taken_at)
    }

    /// Whether the operator was told.
    async fn tell(&self, task: &Task, notice: Notice) -> bool {
        let Some(recipient) = &self.schedule.notify else {
            return false;
        };
        let (subject, body) = task.letter(notice);
        let letter = Letter {
            id: Uuid::now_v7(),
            recipient: recipient.clone(),
            subject,
            body,
            created_at: SystemClock.now(),
        };
        let sent = match self.mail.mailer() {
            Ok(mailer) => skeleton_mail::attempt(&*mailer, &letter, 0, letter.created_at).await,
            Err(error) => {
                tracing::warn!(%error, "the operator is not told");
                return false;
            }
        };
        sent == skeleton_mail::Attempt::Sent
    }
}

/// Removes from a place what is not kept any longer; the names.
///
/// # Errors
/// When the place fails.
pub async fn thin(
    place: &skeleton_archive::Place,
    schedule: &Schedule,
    now: Timestamp,
) -> Result<Vec<String>, Failure> {
    let listed = archives(place).await?;
    let moments: Vec<Timestamp> = listed.iter().map(|archive| archive.taken_at).collect();
    let fates = fates(&moments, &schedule.kept, now);
    let mut removed = Vec::new();
    for (archive, fate) in listed.into_iter().zip(fates) {
        if fate.goes() {
            place.remove(&archive.name).await?;
            tracing::info!(archive = archive.name, ?fate, "backup removed");
            removed.push(archive.name);
        }
    }
    Ok(removed)
}

/// What the tasks came to, by name.
///
/// # Errors
/// See [`Failure`].
pub async fn tasks(api: &Api) -> Result<BTreeMap<String, Task>, Failure> {
    let answer: Value = api.get("/operator/v1/tasks").await?;
    let items: Vec<Task> = serde_json::from_value(answer["items"].clone())
        .map_err(|error| Failure::Failed(format!("the gateway's tasks cannot be read: {error}")))?;
    Ok(items
        .into_iter()
        .map(|task| (task.name.clone(), task))
        .collect())
}

#[cfg(test)]
mod tests {
    use skeleton_archive::Place;
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
            "kith-20260601T000000Z.tar.zst",
            "kith-20261030T000000Z.tar.zst.age",
            "kith-20261101T000000Z.tar.zst",
            "kith-20261129T230000Z.tar.zst",
            // Nobody else's.
            "kith-20260601.txt",
            "notes.tar.zst",
        ];
        for name in names {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let place = Place::folder(folder.path()).unwrap();
        let removed = thin(&place, &schedule, now).await.unwrap();
        assert_eq!(removed, names[..2]);
        let left = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(left, names.len() - 2);
        assert!(thin(&place, &schedule, now).await.unwrap().is_empty());
    }
}
