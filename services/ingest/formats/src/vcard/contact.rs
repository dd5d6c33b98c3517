//! A contact out of a card.

use super::{
    grammar::{Field, field},
    properties::{MAX_PROPERTIES, Property, Value, properties},
};
use crate::{
    dates,
    entry::{Content, Limits, bounded},
    field::FieldName,
    model::{
        Address, Contact, Employment, Labelled, LabelledDate, Name, PartialDate, Photo, Related,
    },
    text::non_empty,
};

/// Unknown properties kept of one card, and bytes kept of one.
const MAX_UNKNOWN: usize = 200;
const MAX_UNKNOWN_BYTES: usize = 16 << 10;
/// Longest text that is taken apart, in bytes; of lists of short words each takes many times its
/// length. A longer one is kept as an unknown property.
const MAX_TEXT_BYTES: usize = 256 << 10;

/// Properties that say nothing about the person.
const IGNORED: [&str; 7] = [
    "BEGIN",
    "END",
    "VERSION",
    "PRODID",
    "X-ABLABEL",
    "X-ABADR",
    "PROFILE",
];

/// What becomes of a card.
pub(super) fn from_card(card: &[u8], limits: Limits) -> Content {
    let Some(properties) = properties(card) else {
        return Content::rejected(format!(
            "has more than {MAX_PROPERTIES} properties; expected what one person has"
        ));
    };
    let version = properties
        .iter()
        .find(|property| property.name == "VERSION");
    let version = version.map_or("3.0", |property| property.text().trim());
    let version = if ["2.1", "3.0", "4.0"].contains(&version) {
        version
    } else {
        "3.0"
    };
    let mut card = Card::new(&properties, limits);
    for property in &properties {
        card.accept(property, version);
    }
    card.finish()
}

/// A card being read.
struct Card {
    contact: Contact,
    /// Labels by group: `item1.X-ABLabel`.
    labels: Vec<(String, String)>,
    organisations: Vec<Employment>,
    titles: Vec<String>,
    roles: Vec<String>,
    is_group: bool,
    limits: Limits,
}

impl Card {
    fn new(properties: &[Property], limits: Limits) -> Self {
        let is_label = |property: &&Property| property.name == "X-ABLABEL";
        let labels = properties
            .iter()
            .filter(is_label)
            .take(MAX_UNKNOWN)
            .filter_map(|property| {
                let group = property.group.as_ref()?.to_ascii_lowercase();
                Some((group, plain_label(&field(property, "3.0")?.whole()?)))
            });
        Self {
            labels: labels.collect(),
            contact: Contact::default(),
            organisations: Vec::new(),
            titles: Vec::new(),
            roles: Vec::new(),
            is_group: false,
            limits,
        }
    }

    fn accept(&mut self, property: &Property, version: &str) {
        if IGNORED.contains(&property.name.as_str()) {
            return;
        }
        if let Value::Binary(bytes) = &property.value {
            self.accept_binary(property, bytes, version);
            return;
        }
        if property.text().trim().is_empty() && property.name != "AGENT" {
            return;
        }
        if property.text().len() > MAX_TEXT_BYTES && property.name != "PHOTO" {
            self.keep_unknown(&property.verbatim);
            return;
        }
        let understood = match property.name.as_str() {
            "BDAY" | "ANNIVERSARY" | "X-ANNIVERSARY" | "X-EVOLUTION-ANNIVERSARY" | "X-ABDATE" => {
                self.accept_date(property)
            }
            // A moment that cannot be read says nothing of the person.
            "REV" => {
                self.contact.revised_at = dates::parse_moment(property.text());
                true
            }
            _ => field(property, version).is_some_and(|field| self.accept_field(&field)),
        };
        if !understood {
            self.keep_unknown(&property.verbatim);
        }
    }

    fn keep_unknown(&mut self, verbatim: &str) {
        if self.contact.unknown.len() < MAX_UNKNOWN {
            self.contact
                .unknown
                .push(bounded(verbatim.to_owned(), MAX_UNKNOWN_BYTES));
        }
    }

    fn accept_binary(&mut self, property: &Property, bytes: &[u8], version: &str) {
        if property.name != "PHOTO" {
            // A text in base64 is rare; a sound, a key or a logo is not wanted.
            let as_text = std::str::from_utf8(bytes).ok().and_then(|text| {
                let escaped = text.replace('\r', "").replace('\n', "\\n");
                field(
                    &Property {
                        value: Value::Text(escaped),
                        ..property.clone()
                    },
                    version,
                )
            });
            if !as_text.is_some_and(|field| self.accept_field(&field)) {
                self.keep_unknown(&property.verbatim);
            }
            return;
        }
        if bytes.len() > self.limits.max_photo_bytes {
            self.keep_unknown(&format!(
                "PHOTO: left out, {} bytes are too many",
                bytes.len()
            ));
        } else if !bytes.is_empty() {
            let media_type = media_type(property);
            self.contact.photo = Some(Photo::Bytes {
                media_type,
                bytes: bytes.to_vec(),
            });
        }
    }

    fn accept_date(&mut self, property: &Property) -> bool {
        let Some(date) = date_of(property) else {
            return false;
        };
        if property.name == "BDAY" {
            self.contact.birthday = Some(date);
            return true;
        }
        let of_group = self.label_of(property.group.as_deref());
        let label = match property.name.as_str() {
            "X-ABDATE" => of_group,
            _ => of_group.or_else(|| Some("Anniversary".to_owned())),
        };
        self.contact.dates.push(LabelledDate { label, date });
        true
    }

    fn label_of(&self, group: Option<&str>) -> Option<String> {
        let group = group?.to_ascii_lowercase();
        self.labels
            .iter()
            .find(|(known, _)| *known == group)
            .map(|(_, label)| label.clone())
    }

    /// Takes a property over; false if nothing here knows what it means.
    fn accept_field(&mut self, field: &Field) -> bool {
        match field.name.as_str() {
            "N" => self.accept_name(field),
            "FN" => self.contact.name.full = field.whole().unwrap_or_default(),
            "NICKNAME" => self.take(FieldName::Nickname, list(field).map(Labelled::new)),
            "EMAIL" => self.take(FieldName::Email, self.labelled(field, "mailto:")),
            "TEL" => self.take(FieldName::Phone, self.labelled(field, "tel:")),
            "URL" => self.take(FieldName::Url, self.labelled(field, "")),
            "IMPP" => self.take(FieldName::Custom, self.handle(field)),
            "X-SOCIALPROFILE" | "SOCIALPROFILE" => self.accept_profile(field),
            "X-AIM" | "X-ICQ" | "X-JABBER" | "X-MSN" | "X-QQ" | "X-SKYPE" | "X-SKYPE-USERNAME"
            | "X-YAHOO" | "X-GOOGLE-TALK" | "X-GADUGADU" => {
                self.take(FieldName::Custom, self.named_handle(field));
            }
            "ADR" => self.accept_address(field),
            "ORG" => self.accept_organisation(field),
            "TITLE" => self.titles.extend(field.whole()),
            "ROLE" => self.roles.extend(field.whole()),
            "NOTE" => self.accept_note(field),
            "CATEGORIES" => self.contact.labels.extend(list(field)),
            "UID" => self.contact.uid = field.whole(),
            "PHOTO" => return self.accept_photo(field),
            "KIND" | "X-ADDRESSBOOKSERVER-KIND" => return self.accept_kind(field),
            "X-ABSHOWAS" => {
                let shown = field.whole().unwrap_or_default();
                self.contact.is_organisation = shown.eq_ignore_ascii_case("COMPANY");
            }
            "RELATED" | "X-ABRELATEDNAMES" => self.accept_related(field),
            "X-SPOUSE" | "X-EVOLUTION-SPOUSE" => self.relate("Spouse", field),
            "X-MANAGER" | "X-EVOLUTION-MANAGER" => self.relate("Manager", field),
            "X-ASSISTANT" | "X-EVOLUTION-ASSISTANT" => self.relate("Assistant", field),
            _ => return false,
        }
        true
    }

    fn take(&mut self, field: FieldName, values: impl IntoIterator<Item = Labelled>) {
        self.contact.values.extend(field, values);
    }

    fn accept_name(&mut self, field: &Field) {
        let name = &mut self.contact.name;
        (name.family, name.given) = (field.part(0), field.part(1));
        (name.additional, name.prefix, name.suffix) = (field.part(2), field.part(3), field.part(4));
    }

    fn labelled(&self, field: &Field, scheme: &str) -> Option<Labelled> {
        let value = field.whole()?;
        let bare = value
            .get(..scheme.len())
            .filter(|it| it.eq_ignore_ascii_case(scheme));
        let value = bare.map_or(value.as_str(), |scheme| &value[scheme.len()..]);
        let label = self.label_of(field.group.as_deref());
        let types = field.types.clone();
        Some(Labelled {
            value: non_empty(value)?,
            types,
            label,
            preferred: field.preferred,
        })
    }

    /// `IMPP;X-SERVICE-TYPE=Jabber:xmpp:ada@example.org`
    fn handle(&self, field: &Field) -> Option<Labelled> {
        let mut handle = self.labelled(field, "")?;
        if let Some(service) = field.param("X-SERVICE-TYPE") {
            handle.types.push(service.to_lowercase());
        }
        Some(handle)
    }

    /// `X-SKYPE:ada`
    fn named_handle(&self, field: &Field) -> Option<Labelled> {
        let mut handle = self.labelled(field, "")?;
        let service = field.name.trim_start_matches("X-").to_lowercase();
        handle
            .types
            .push(service.trim_end_matches("-username").to_owned());
        Some(handle)
    }

    /// `X-SOCIALPROFILE;type=twitter;x-user=ada:http://twitter.com/ada`; without a web address
    /// the user's name is what there is.
    fn accept_profile(&mut self, field: &Field) {
        let Some(mut profile) = self.labelled(field, "") else {
            return;
        };
        if let Some(service) = field.param("SERVICE-TYPE") {
            profile.types.push(service.to_lowercase());
        }
        if profile.value.starts_with("http") {
            self.take(FieldName::Url, [profile]);
            return;
        }
        if let Some(user) = field.param("X-USER").and_then(non_empty) {
            profile.value = user;
        }
        self.take(FieldName::Custom, [profile]);
    }

    fn accept_address(&mut self, field: &Field) {
        let address = Address {
            po_box: field.part(0),
            extended: field.part(1),
            street: field.part(2),
            city: field.part(3),
            region: field.part(4),
            postal_code: field.part(5),
            country: field.part(6),
            formatted: field.param("LABEL").and_then(non_empty),
            types: field.types.clone(),
            label: self.label_of(field.group.as_deref()),
            preferred: field.preferred,
        };
        if !address.is_empty() {
            self.contact.addresses.push(address);
        }
    }

    fn accept_organisation(&mut self, field: &Field) {
        let units = (1..field.parts.len())
            .filter_map(|n| field.part(n))
            .collect::<Vec<_>>();
        let department = non_empty(&units.join(", "));
        self.organisations.push(Employment {
            organisation: field.part(0),
            title: None,
            department,
        });
    }

    fn accept_note(&mut self, field: &Field) {
        let Some(note) = field.whole() else { return };
        match &mut self.contact.notes {
            Some(notes) => {
                notes.push('\n');
                notes.push_str(&note);
            }
            notes => *notes = Some(note),
        }
    }

    fn accept_photo(&mut self, field: &Field) -> bool {
        let Some(address) = field.whole() else {
            return true;
        };
        match calcard::common::Data::try_parse(address.as_bytes()) {
            Some(data) if data.data.len() <= self.limits.max_photo_bytes => {
                let media_type = data.content_type;
                self.contact.photo = Some(Photo::Bytes {
                    media_type,
                    bytes: data.data,
                });
            }
            Some(_) => return false,
            None if address.starts_with("http") => self.contact.photo = Some(Photo::Url(address)),
            None => return false,
        }
        true
    }

    fn accept_kind(&mut self, field: &Field) -> bool {
        match field.whole().unwrap_or_default().to_lowercase().as_str() {
            "group" => self.is_group = true,
            "org" => self.contact.is_organisation = true,
            "individual" => {}
            _ => return false,
        }
        true
    }

    fn accept_related(&mut self, field: &Field) {
        let Some(name) = field.whole() else { return };
        let types = non_empty(&field.types.join(", "));
        let relation = self.label_of(field.group.as_deref()).or(types);
        self.contact.related.push(Related { relation, name });
    }

    fn relate(&mut self, relation: &str, field: &Field) {
        let related = |name| Related {
            relation: Some(relation.to_owned()),
            name,
        };
        self.contact.related.extend(field.whole().map(related));
    }

    fn finish(mut self) -> Content {
        self.complete_employments();
        self.complete_name();
        if self.is_group {
            return Content::left_out(self.contact.name.full, "a group of contacts, not a person");
        }
        Content::contact(self.contact)
    }

    /// Organisations, titles and departments belong together in their order.
    fn complete_employments(&mut self) {
        let titles = if self.titles.is_empty() {
            &mut self.roles
        } else {
            &mut self.titles
        };
        let mut titles = std::mem::take(titles).into_iter();
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
    }

    fn complete_name(&mut self) {
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

fn list(field: &Field) -> impl Iterator<Item = String> {
    field.parts.iter().filter_map(|part| non_empty(part))
}

/// Apple's own labels come as `_$!<Work>!$_`.
fn plain_label(label: &str) -> String {
    let inner = label
        .strip_prefix("_$!<")
        .and_then(|label| label.strip_suffix(">!$_"));
    inner.unwrap_or(label).to_owned()
}

/// A date; `X-APPLE-OMIT-YEAR` names a year that stands for none.
fn date_of(property: &Property) -> Option<PartialDate> {
    let date = dates::parse_partial(property.text())?;
    let omitted = property.params.iter().find_map(|param| {
        let (name, value) = param.split_once('=')?;
        name.eq_ignore_ascii_case("X-APPLE-OMIT-YEAR")
            .then(|| value.trim().parse::<i16>().ok())?
    });
    let year = date.year.filter(|year| omitted != Some(*year));
    Some(PartialDate { year, ..date })
}

/// `PHOTO;TYPE=JPEG`, `PHOTO;JPEG`, `PHOTO;MEDIATYPE=image/png`
fn media_type(property: &Property) -> Option<String> {
    let values = property
        .params
        .iter()
        .map(|param| param.rsplit('=').next().unwrap_or(param));
    let mut types = values.map(|value| value.trim_matches('"').to_lowercase());
    types.find_map(|value| match value.as_str() {
        "jpg" | "jpeg" => Some("image/jpeg".to_owned()),
        "png" | "gif" | "webp" | "bmp" | "heic" => Some(format!("image/{value}")),
        _ => value.starts_with("image/").then_some(value),
    })
}
