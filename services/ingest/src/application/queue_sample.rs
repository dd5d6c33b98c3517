//! Someone asked for a sample network: generates the files of its accounts and queues their
//! imports, like files that people had brought.

use std::io::Cursor;

use jiff::{Timestamp, tz::TimeZone};
use kith_formats::Format;
use kith_sample::{Network, Persona};
use kith_shared::{
    events::users::{SamplePersona, SampleRequested},
    ids::{AccountId, ImportId},
};
use skeleton_durable::{EventId, commit::ChangeSet, consumer::HandleError};
use uuid::Builder;

use super::{App, cause_of};
use crate::{
    domain::{account::Account, import::Import},
    ports::Write,
};

impl App {
    /// Stores the files and adds to `change` that their imports are queued. The ids come from the
    /// request's own, so a repetition queues nothing again.
    pub(super) async fn queue_sample(
        &self,
        mut change: ChangeSet<Write>,
        event: EventId,
        time: Timestamp,
        request: SampleRequested,
    ) -> Result<ChangeSet<Write>, HandleError> {
        let at = self.now();
        let persona = |of: &SamplePersona| Persona {
            name: of.display_name.clone(),
            email: of.email.clone(),
        };
        let others: Vec<Persona> = request.others.iter().map(persona).collect();
        let others: [Persona; 5] = others.try_into().map_err(|others: Vec<Persona>| {
            HandleError::Reject(format!(
                "a sample network takes five accounts beside the asker, not {}",
                others.len()
            ))
        })?;
        let (asker, seed) = (persona(&request.asker), request.seed);
        // The day of the request, so that a repetition makes the same files.
        let today = time.to_zoned(TimeZone::UTC).date();
        let files =
            tokio::task::spawn_blocking(move || Network::generate(seed, &asker, &others, today))
                .await
                .map_err(|error| {
                    HandleError::Retry(format!("the generator broke down: {error}"))
                })?;
        for (persona, files) in std::iter::once(&request.asker)
            .chain(&request.others)
            .zip(files)
        {
            let owner = Account::with_emails(persona.account_id, [persona.email.as_str()]);
            change.writes.push(Write::Account(owner));
            let of = [
                ("Connections.csv", Format::LinkedIn, files.connections_csv),
                ("Mail.mbox", Format::Mbox, files.mbox),
            ];
            for (place, (name, format, bytes)) in (0u8..).zip(of) {
                let id = sample_id(event, time, persona.account_id, place);
                let length = bytes.len() as u64;
                let stored = self
                    .blobs
                    .put(id.0, Box::pin(Cursor::new(bytes)), length)
                    .await;
                stored.map_err(|error| HandleError::Retry(error.to_string()))?;
                let import =
                    Import::queued(id, persona.account_id, name.to_owned(), format, length, at);
                change = change.event(&import.event(), at, &cause_of(id));
                change.writes.push(Write::ImportQueued(Box::new(import)));
            }
        }
        Ok(change)
    }
}

/// The id of an account's file of a place among its files: the same whenever it is made, and, like
/// the ids of other imports, rising with the time of the request.
fn sample_id(event: EventId, time: Timestamp, account: AccountId, place: u8) -> ImportId {
    let text = format!("{event}/{account}/{place}");
    let hash = blake3::hash(text.as_bytes());
    let mut rest = [0; 10];
    rest.copy_from_slice(&hash.as_bytes()[..10]);
    // The first two bytes keep the order of an account's files: contacts before mail.
    rest[0] = 0;
    rest[1] = place;
    let millis = u64::try_from(time.as_millisecond()).unwrap_or(0);
    ImportId(Builder::from_unix_timestamp_millis(millis, &rest).into_uuid())
}
