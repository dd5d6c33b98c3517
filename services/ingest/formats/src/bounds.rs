//! How much of a contact is carried about. A record may be megabytes long, and several records are
//! held at a time, so their contacts are bounded as a whole: what is beyond is in the verbatim
//! record only.

use crate::model::{Address, Contact, Employment, Labelled, LabelledDate, Related};

/// Values of one list; more than anybody has.
const MAX_VALUES: usize = 500;
/// Text of a contact in all its fields, in bytes.
const MAX_CONTACT_BYTES: usize = 256 << 10;
/// Longest part of a name, in bytes.
const MAX_NAME_BYTES: usize = 500;
/// Longest free text, in bytes: room for the rest is left.
const MAX_NOTES_BYTES: usize = 224 << 10;
/// What ends a note that is cut.
const CUT: &str = "\n[… shortened: the whole note stands in the record as it came]";

impl Contact {
    /// Leaves out what is too much. Names and notes are cut; a value of a list is kept whole or not
    /// at all, since half an address is another one.
    pub(crate) fn bound(&mut self) {
        let mut left = MAX_CONTACT_BYTES;
        cut(&mut self.name.full, MAX_NAME_BYTES, &mut left);
        let parts = self.name.parts_mut().into_iter().chain([&mut self.uid]);
        for part in parts.flatten() {
            cut(part, MAX_NAME_BYTES, &mut left);
        }
        let mut dropped = 0;
        for list in self.values.lists() {
            dropped += keep(list, &mut left, labelled_bytes);
        }
        dropped += keep(&mut self.employments, &mut left, employment_bytes);
        dropped += keep(&mut self.addresses, &mut left, address_bytes);
        dropped += keep(&mut self.dates, &mut left, date_bytes);
        dropped += keep(&mut self.related, &mut left, related_bytes);
        dropped += keep(&mut self.labels, &mut left, String::len);
        if let Some(notes) = &mut self.notes {
            let whole = notes.len();
            cut(notes, MAX_NOTES_BYTES, &mut left);
            if notes.len() < whole {
                notes.push_str(CUT);
            }
        }
        dropped += keep(&mut self.unknown, &mut left, String::len);
        if dropped > 0 {
            self.unknown.push(format!(
                "{dropped} more values stand in the record as it came; they are too many to show"
            ));
        }
    }
}

fn cut(text: &mut String, most: usize, left: &mut usize) {
    let most = most.min(*left);
    if text.len() > most {
        text.truncate(text.floor_char_boundary(most));
        text.shrink_to_fit();
    }
    *left -= text.len();
}

/// Leaves out what does not fit; answers how many values those are.
fn keep<T>(list: &mut Vec<T>, left: &mut usize, bytes: impl Fn(&T) -> usize) -> usize {
    let before = list.len();
    list.truncate(MAX_VALUES);
    list.retain(|value| {
        let bytes = bytes(value);
        let fits = bytes <= *left;
        *left -= if fits { bytes } else { 0 };
        fits
    });
    if list.len() < before {
        list.shrink_to_fit();
    }
    before - list.len()
}

fn texts<const N: usize>(texts: [&Option<String>; N]) -> usize {
    texts.into_iter().flatten().map(String::len).sum()
}

fn labelled_bytes(it: &Labelled) -> usize {
    it.value.len() + it.types.iter().map(String::len).sum::<usize>() + texts([&it.label])
}

fn employment_bytes(it: &Employment) -> usize {
    texts([&it.organisation, &it.title, &it.department])
}

fn address_bytes(it: &Address) -> usize {
    texts([
        &it.formatted,
        &it.po_box,
        &it.extended,
        &it.street,
        &it.city,
    ]) + texts([&it.region, &it.postal_code, &it.country, &it.label])
        + it.types.iter().map(String::len).sum::<usize>()
}

fn date_bytes(it: &LabelledDate) -> usize {
    texts([&it.label])
}

fn related_bytes(it: &Related) -> usize {
    it.name.len() + texts([&it.relation])
}
