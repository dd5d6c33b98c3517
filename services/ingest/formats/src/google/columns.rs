//! Which column of a Google header holds what.

use crate::table::{Columns, normalise};

/// A header sorted for use.
#[derive(Debug)]
pub(super) struct GoogleColumns {
    pub(super) single: Vec<(Single, usize)>,
    /// Numbered groups in the header's order.
    pub(super) groups: Vec<Group>,
    /// Everything else, with the header's spelling.
    pub(super) others: Vec<(String, usize)>,
}

/// A column that occurs once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Single {
    FullName,
    Given,
    Middle,
    Family,
    Prefix,
    Suffix,
    Nickname,
    FileAs,
    Organisation,
    Title,
    Department,
    Birthday,
    Notes,
    Photo,
    Labels,
}

/// The columns that share a number: `E-mail 1 - Label`, `E-mail 1 - Value`.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) family: Family,
    /// Field name in normalised form, and its column.
    pub(super) fields: Vec<(String, usize)>,
    key: String,
}

impl Group {
    /// The first of these fields that exists.
    pub(super) fn field(&self, names: &[&str]) -> Option<usize> {
        let find = |name: &&str| self.fields.iter().find(|(field, _)| field == name);
        names.iter().find_map(find).map(|(_, column)| *column)
    }
}

/// What a numbered group is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Email,
    Phone,
    Address,
    Organisation,
    Relation,
    Website,
    Event,
    Handle,
    /// Owner-made: label and value, kept verbatim.
    Custom,
}

impl GoogleColumns {
    pub(super) fn new(columns: &Columns) -> Self {
        let mut sorted = Self {
            single: Vec::new(),
            groups: Vec::new(),
            others: Vec::new(),
        };
        for (at, name) in columns.names.iter().enumerate() {
            if let Some(single) = single(&normalise(name)) {
                sorted.single.push((single, at));
            } else if let Some((family, key, field)) = numbered(name) {
                sorted.add(family, key, field, at);
            } else {
                sorted.others.push((name.clone(), at));
            }
        }
        sorted
    }

    fn add(&mut self, family: Family, key: String, field: String, at: usize) {
        if let Some(group) = self.groups.iter_mut().find(|group| group.key == key) {
            group.fields.push((field, at));
        } else {
            self.groups.push(Group {
                family,
                fields: vec![(field, at)],
                key,
            });
        }
    }

    pub(super) fn column(&self, wanted: Single) -> Option<usize> {
        self.single
            .iter()
            .find(|(single, _)| *single == wanted)
            .map(|(_, at)| *at)
    }
}

fn single(name: &str) -> Option<Single> {
    Some(match name {
        "name" => Single::FullName,
        "firstname" | "givenname" => Single::Given,
        "middlename" | "additionalname" => Single::Middle,
        "lastname" | "familyname" => Single::Family,
        "nameprefix" => Single::Prefix,
        "namesuffix" => Single::Suffix,
        "nickname" => Single::Nickname,
        "fileas" => Single::FileAs,
        "organizationname" => Single::Organisation,
        "organizationtitle" => Single::Title,
        "organizationdepartment" => Single::Department,
        "birthday" => Single::Birthday,
        "notes" => Single::Notes,
        "photo" => Single::Photo,
        "labels" | "groupmembership" => Single::Labels,
        _ => return None,
    })
}

/// `E-mail 12 - Value` as its family, its key `email12` and its field `value`.
fn numbered(name: &str) -> Option<(Family, String, String)> {
    let (left, field) = name.split_once(" - ")?;
    let key = normalise(left);
    let family = key.trim_end_matches(|c: char| c.is_ascii_digit());
    if family.len() == key.len() {
        return None;
    }
    let family = match family {
        "email" => Family::Email,
        "phone" => Family::Phone,
        "address" => Family::Address,
        "organization" => Family::Organisation,
        "relation" => Family::Relation,
        "website" => Family::Website,
        "event" => Family::Event,
        "im" => Family::Handle,
        "customfield" | "userdefinedfield" => Family::Custom,
        _ => return None,
    };
    Some((family, key, normalise(field)))
}
