//! Where a person works or worked, out of all that its records say.

use super::{
    field::FieldName,
    record::{Record, Said, Source},
};

/// Where someone works or worked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Employment {
    /// The organisation as written.
    pub organisation: String,
    /// What they are there.
    pub title: Option<String>,
    /// Whether the newest record of its source still says so.
    pub current: bool,
    /// Who says so.
    pub source: Source,
}

/// What the newest record of each source says is current; what older ones said is past. The
/// owner's word ends all others'.
pub(super) fn employments(records: &[&Record]) -> Vec<Employment> {
    let mut found: Vec<Employment> = Vec::new();
    let mut spoken: Vec<&Source> = Vec::new();
    let mut owner_spoke = false;
    for record in records {
        let said: Vec<(String, Option<String>)> = match &record.said {
            Said::Edit(edit) => {
                let (organisation, title) = (
                    edit.text(FieldName::Organisation),
                    edit.text(FieldName::Title),
                );
                if organisation.is_none() && title.is_none() {
                    continue;
                }
                let known = || found.first().map(|it| it.organisation.clone());
                let organisation = organisation.map(str::to_owned).or_else(known);
                vec![(organisation.unwrap_or_default(), title.map(str::to_owned))]
            }
            Said::Other(_) => continue,
            Said::Contact(contact) => contact
                .employments
                .iter()
                .map(|it| {
                    (
                        it.organisation.clone().unwrap_or_default(),
                        it.title.clone(),
                    )
                })
                .collect(),
        };
        let current = record.is_current() && !owner_spoke && !spoken.contains(&&record.source);
        spoken.push(&record.source);
        owner_spoke |= record.source == Source::You;
        for (organisation, title) in said {
            let (organisation, title) = (tidy(&organisation), title.map(|title| tidy(&title)));
            let title = title.filter(|title| !title.is_empty());
            let same = |it: &Employment| {
                it.organisation.to_lowercase() == organisation.to_lowercase()
                    && (it.title.is_none()
                        || title.is_none()
                        || it.title.as_ref().map(|it| it.to_lowercase())
                            == title.as_ref().map(|it| it.to_lowercase()))
            };
            if organisation.is_empty() && title.is_none() {
                continue;
            }
            if let Some(known) = found.iter_mut().find(|known| same(known)) {
                known.current |= current;
                known.title = known.title.take().or(title);
                continue;
            }
            found.push(Employment {
                organisation,
                title,
                current,
                source: record.source.clone(),
            });
        }
    }
    found.sort_by_key(|employment| !employment.current);
    found
}

fn tidy(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
