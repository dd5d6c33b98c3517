//! The fields of a person, once: what each is called, and the values that a record gives of them.
//!
//! A variant, its place in [`FieldName::ALL`] and its name come from one line, so none can be
//! forgotten. What the book makes of a field (how many values it has, when two are the same, who may
//! edit it, how the page calls it) is in the table of the service's domain.

use std::{collections::BTreeMap, ops::Index};

use serde::{Deserialize, Serialize};

use crate::model::Labelled;

macro_rules! fields {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)+) => {
        /// A field of a person. The order is the one in which fields are shown, in which an edit
        /// is written, and in which what is wrong with one is told.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum FieldName {
            $($(#[$doc])* #[serde(rename = $name)] $variant,)+
        }

        impl FieldName {
            /// Every field.
            pub const ALL: [Self; [$($name),+].len()] = [$(Self::$variant),+];

            /// The name that the API and the tables carry; it never changes.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}

fields! {
    /// What they are called.
    Name = "name",
    /// What friends call them.
    Nickname = "nickname",
    /// An e-mail address.
    Email = "email",
    /// A telephone number.
    Phone = "phone",
    /// A web page or a profile page; a social profile carries its network among the types.
    Url = "url",
    /// Where they work; of records it is part of an employment.
    Organisation = "organisation",
    /// What they are where they work; of records it is part of an employment.
    Title = "title",
    /// A postal address.
    Address = "address",
    /// Their birthday, with or without its year.
    Birthday = "birthday",
    Note = "note",
    Photo = "photo",
    /// Somebody whom a record names as related.
    Related = "related",
    /// A name on a chat network (the network is among the types), and whatever nothing here
    /// understands.
    Custom = "custom",
}

impl FieldName {
    /// The field of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.as_str() == name)
    }
}

/// The values of a record that are texts, by field, each field's in the order of the file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Values(BTreeMap<FieldName, Vec<Labelled>>);

impl Values {
    /// Adds a value.
    pub fn push(&mut self, field: FieldName, value: Labelled) {
        self.0.entry(field).or_default().push(value);
    }

    /// Adds several values of a field.
    pub fn extend(&mut self, field: FieldName, values: impl IntoIterator<Item = Labelled>) {
        for value in values {
            self.push(field, value);
        }
    }

    /// Each field that has values, with them.
    pub fn iter(&self) -> impl Iterator<Item = (FieldName, &[Labelled])> {
        self.0
            .iter()
            .map(|(field, values)| (*field, values.as_slice()))
    }

    /// Whether no field has a value.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.values().all(Vec::is_empty)
    }

    /// Each field with its list.
    pub(crate) fn fields(&mut self) -> impl Iterator<Item = (FieldName, &mut Vec<Labelled>)> {
        self.0.iter_mut().map(|(field, values)| (*field, values))
    }

    /// Every list, those first by which people are recognised: what is bounded as a whole must not
    /// lose them for others.
    pub(crate) fn lists(&mut self) -> impl Iterator<Item = &mut Vec<Labelled>> {
        const FIRST: [FieldName; 3] = [FieldName::Email, FieldName::Phone, FieldName::Url];
        let (mut first, others): (Vec<_>, Vec<_>) = self
            .0
            .iter_mut()
            .partition(|(field, _)| FIRST.contains(field));
        first.extend(others);
        first.into_iter().map(|(_, values)| values)
    }
}

impl IntoIterator for Values {
    type Item = (FieldName, Vec<Labelled>);
    type IntoIter = std::collections::btree_map::IntoIter<FieldName, Vec<Labelled>>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl Index<FieldName> for Values {
    type Output = [Labelled];

    fn index(&self, field: FieldName) -> &[Labelled] {
        self.0.get(&field).map_or(&[], Vec::as_slice)
    }
}

impl<V: IntoIterator<Item = Labelled>> FromIterator<(FieldName, V)> for Values {
    fn from_iter<I: IntoIterator<Item = (FieldName, V)>>(lists: I) -> Self {
        let mut all = Self::default();
        for (field, values) in lists {
            all.extend(field, values);
        }
        all
    }
}
