//! What is sent: things whose name says when they were sent, long enough for events of 600 bytes.

use jiff::Timestamp;
use skeleton_durable::{
    Cause, Envelope,
    clock::{Clock, SystemClock},
};
use template::domain::thing::{Name, Thing};
use uuid::Uuid;

/// Digits of the moment at the start of a name.
pub(crate) const MOMENT: usize = 16;
/// Two-byte letters in a name of a hundred, so that an envelope has 600 bytes.
const WIDE: usize = 62;

/// Microseconds since 1970.
pub(crate) fn now_micros() -> i64 {
    now().as_microsecond()
}

pub(crate) fn now() -> Timestamp {
    SystemClock.now()
}

/// A name of a hundred letters.
pub(crate) fn name(sent_micros: i64, number: u64) -> String {
    let mut name = format!("{sent_micros:016}-{number:08}-");
    name.extend(std::iter::repeat_n('ö', WIDE));
    name.extend(std::iter::repeat_n('o', 100 - WIDE - MOMENT - 10));
    name
}

/// When a thing of this name was sent.
pub(crate) fn sent_micros(name: &str) -> Option<i64> {
    name.get(..MOMENT)?.parse().ok()
}

/// The event of a thing made, as the template publishes it.
pub(crate) fn event(number: u64) -> anyhow::Result<(Thing, Envelope)> {
    let at = now();
    let name = Name::parse(&name(at.as_microsecond(), number))?;
    let (thing, changed) = Thing::create(Uuid::now_v7(), Uuid::now_v7(), name);
    Ok((thing, Envelope::seal(&changed, at, &Cause::default())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_has_600_bytes_and_says_when_it_was_sent() {
        let (thing, event) = event(7).unwrap();
        let length = serde_json::to_vec(&event).unwrap().len();
        assert!((590..=610).contains(&length), "{length}");
        let sent = sent_micros(thing.name.as_str()).unwrap();
        assert_eq!(sent, event.time.as_microsecond());
    }
}
