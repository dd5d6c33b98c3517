//! What a card says in two places, put together when all of it was read.

use super::contact::Card;
use crate::{
    field::FieldName,
    model::{Address, Employment, Labelled, Name},
};

impl Card {
    /// A text of an address goes to the address that it is of, or is one itself.
    pub(super) fn complete_addresses(&mut self) {
        for (types, text) in std::mem::take(&mut self.address_texts) {
            let addresses = &mut self.contact.addresses;
            let bare = |it: &Address| it.formatted.is_none();
            let place = |it: &&String| ["home", "work"].contains(&it.as_str());
            let is_same_place =
                |it: &Address| it.types.iter().filter(place).eq(types.iter().filter(place));
            let is_told = |it: &Address| it.street.as_ref().is_some_and(|it| text.contains(it));
            let at = addresses
                .iter()
                .position(|it| bare(it) && is_told(it))
                .or_else(|| {
                    addresses
                        .iter()
                        .position(|it| bare(it) && it.types == types)
                })
                .or_else(|| {
                    addresses
                        .iter()
                        .position(|it| bare(it) && is_same_place(it))
                });
            match at {
                Some(at) => addresses[at].formatted = Some(text),
                None => addresses.push(Address {
                    formatted: Some(text),
                    types,
                    ..Address::default()
                }),
            }
        }
    }

    /// Organisations, titles and departments belong together in their order. A role is a title where
    /// there is none, else it is said beside it.
    pub(super) fn complete_employments(&mut self) {
        let mut titles = std::mem::take(&mut self.titles);
        let roles = std::mem::take(&mut self.roles);
        if titles.is_empty() {
            titles = roles;
        } else {
            let others = roles.into_iter().filter(|role| !titles.contains(role));
            let role = |role| Labelled {
                label: Some("Role".to_owned()),
                ..Labelled::new(role)
            };
            let others = others.map(role).collect::<Vec<_>>();
            self.take(FieldName::Custom, others);
        }
        let mut titles = titles.into_iter();
        let known = std::mem::take(&mut self.contact.employments);
        for mut employment in std::mem::take(&mut self.organisations) {
            employment.title = titles.next();
            if employment != Employment::default() {
                self.contact.employments.push(employment);
            }
        }
        let untitled = |title| Employment {
            title: Some(title),
            ..Employment::default()
        };
        self.contact.employments.extend(titles.map(untitled));
        self.complete_departments(known);
    }

    /// A department that stands by itself is of the first organisation that names none.
    pub(super) fn complete_departments(&mut self, known: Vec<Employment>) {
        for employment in known {
            let mut others = self.contact.employments.iter_mut();
            match others.find(|it| it.department.is_none()) {
                Some(other) => other.department = employment.department,
                None => self.contact.employments.push(employment),
            }
        }
    }

    pub(super) fn complete_name(&mut self) {
        let contact = &mut self.contact;
        if contact.name == Name::default() {
            let organisation = contact
                .employments
                .first()
                .and_then(|it| it.organisation.clone());
            contact.name.full = contact.values[FieldName::Nickname]
                .first()
                .map(|nickname| nickname.value.clone())
                .or(organisation)
                .unwrap_or_default();
        }
        contact.name.complete();
    }
}
