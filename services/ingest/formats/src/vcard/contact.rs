//! A contact out of a card.

use encoding_rs::Encoding;

use super::{
    dialects,
    grammar::{Field, field},
    groups::Groups,
    labels,
    properties::{MAX_PROPERTIES, Property, Value, properties, unescaped},
    quoted,
};
use crate::{
    dates,
    entry::{Content, Limits, bounded},
    field::FieldName,
    model::{Address, Contact, Employment, Labelled, LabelledDate, PartialDate, Photo, Related},
    text::non_empty,
};

/// Unknown properties kept of one card, and bytes kept of one.
const MAX_UNKNOWN: usize = 200;
const MAX_UNKNOWN_BYTES: usize = 16 << 10;
/// Longest text that is taken apart, in bytes; of lists of short words each takes many times its
/// length. A longer one is kept as an unknown property.
const MAX_TEXT_BYTES: usize = 256 << 10;

/// Properties that say nothing about the person.
const IGNORED: [&str; 12] = [
    "BEGIN",
    "END",
    "VERSION",
    "PRODID",
    "X-ABLABEL",
    "X-ABADR",
    "PROFILE",
    "MAILER",
    "SOURCE",
    "X-MS-OL-DEFAULT-POSTAL-ADDRESS",
    "X-MS-OL-DESIGN",
    "X-ABUID",
];

/// What becomes of a card.
pub(super) fn from_card(
    card: &[u8],
    legacy: &'static Encoding,
    limits: Limits,
    groups: &Groups,
) -> Content {
    let legacy = quoted::legacy(card).unwrap_or(legacy);
    let Some(properties) = properties(card, legacy) else {
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
    groups.label(&mut card.contact);
    card.finish()
}

/// A card being read.
pub(super) struct Card {
    pub(super) contact: Contact,
    /// Labels by group: `item1.X-ABLabel`.
    pub(super) labels: Vec<(String, String)>,
    pub(super) organisations: Vec<Employment>,
    pub(super) titles: Vec<String>,
    pub(super) roles: Vec<String>,
    /// Whole addresses as text, each with its types: they belong to the addresses of those types.
    pub(super) address_texts: Vec<(Vec<String>, String)>,
    pub(super) is_group: bool,
    pub(super) limits: Limits,
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
                Some((group, labels::plain(&field(property, "3.0")?.whole()?)))
            });
        Self {
            labels: labels.collect(),
            contact: Contact::default(),
            organisations: Vec::new(),
            titles: Vec::new(),
            roles: Vec::new(),
            address_texts: Vec::new(),
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
        if property.name == "NOTE" {
            // However long it is: what is too much is cut, which is said.
            self.contact.add_note(&unescaped(property.text()));
            return;
        }
        if property.text().len() > MAX_TEXT_BYTES && property.name != "PHOTO" {
            self.keep_unknown(&property.verbatim);
            return;
        }
        let understood = match property.name.as_str() {
            "BDAY"
            | "ANNIVERSARY"
            | "X-ANNIVERSARY"
            | "X-EVOLUTION-ANNIVERSARY"
            | "X-ABDATE"
            | "X-MS-ANNIVERSARY"
            | "X-KADDRESSBOOK-X-ANNIVERSARY" => self.accept_date(property),
            // A moment that cannot be read says nothing of the person.
            "REV" => {
                self.contact.revised_at = dates::parse_moment(property.text());
                true
            }
            "X-ANDROID-CUSTOM" => dialects::accept_android(&mut self.contact, property),
            _ => field(property, version).is_some_and(|field| self.accept_field(&field)),
        };
        if !understood {
            self.keep_unknown(&property.verbatim);
        }
    }

    fn keep_unknown(&mut self, verbatim: &str) {
        if self.contact.unknown.len() < MAX_UNKNOWN {
            let mut kept = bounded(verbatim.to_owned(), MAX_UNKNOWN_BYTES);
            if kept.len() < verbatim.len() {
                kept.push_str(" [… shortened]");
            }
            self.contact.unknown.push(kept);
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
            let bytes = bytes.to_vec();
            self.take_photo(Photo::Bytes { media_type, bytes });
        }
    }

    fn accept_date(&mut self, property: &Property) -> bool {
        let Some(date) = date_of(property) else {
            return false;
        };
        if property.name == "BDAY" && self.contact.birthday.is_none_or(|known| known == date) {
            self.contact.birthday = Some(date);
            return true;
        }
        let of_group = self.label_of(property.group.as_deref());
        let label = match property.name.as_str() {
            "X-ABDATE" => of_group,
            "BDAY" => of_group.or_else(|| Some("Birthday".to_owned())),
            _ => of_group.or_else(|| Some("Anniversary".to_owned())),
        };
        self.contact.dates.push(LabelledDate { label, date });
        true
    }

    fn label_of(&self, group: Option<&str>) -> Option<String> {
        let group = group?.to_ascii_lowercase();
        let of_group = self.labels.iter().filter(|(known, _)| *known == group);
        let labels = of_group.map(|(_, label)| label.as_str());
        non_empty(&labels.collect::<Vec<_>>().join(", "))
    }

    /// Takes a property over; false if nothing here knows what it means.
    fn accept_field(&mut self, field: &Field) -> bool {
        match field.name.as_str() {
            "N" => self.accept_name(field),
            "FN" => self.accept_full_name(field),
            "NICKNAME" => self.take(FieldName::Nickname, list(field).map(Labelled::new)),
            "EMAIL" => self.take(FieldName::Email, self.labelled(field, "mailto:")),
            "TEL" => self.take(FieldName::Phone, self.labelled(field, "tel:")),
            "URL" => self.take(FieldName::Url, self.labelled(field, "")),
            "IMPP" => self.take(FieldName::Custom, self.handle(field)),
            "X-SOCIALPROFILE" | "SOCIALPROFILE" => self.accept_profile(field),
            "X-AIM" | "X-ICQ" | "X-JABBER" | "X-MSN" | "X-QQ" | "X-SKYPE" | "X-SKYPE-USERNAME"
            | "X-YAHOO" | "X-GOOGLE-TALK" | "X-GADUGADU" | "X-GTALK" | "X-TWITTER"
            | "X-FACEBOOK" | "X-INSTAGRAM" | "X-LINKEDIN" | "X-WHATSAPP" | "X-TELEGRAM"
            | "X-SIGNAL" | "X-SIP" | "X-MASTODON" | "X-MATRIX" | "X-DISCORD" | "X-THREEMA"
            | "X-WECHAT" | "X-LINE" | "X-VIBER" | "X-KAKAOTALK" | "X-TWITTER-USERNAME"
            | "X-GROUPWISE" | "X-FLICKR" => {
                self.take(FieldName::Custom, self.named_handle(field));
            }
            "ADR" => self.accept_address(field),
            "LABEL" => {
                let text = field.whole().map(|text| (field.types.clone(), text));
                self.address_texts.extend(text);
            }
            "ORG" => self.accept_organisation(field),
            "TITLE" => self.titles.extend(field.whole()),
            "ROLE" => self.roles.extend(field.whole()),
            // In base64.
            "NOTE" => self.contact.add_note(&field.whole().unwrap_or_default()),
            "CATEGORIES" => self.accept_categories(field),
            "UID" => self.contact.uid = field.whole(),
            "PHOTO" => return self.accept_photo(field),
            "KIND" | "X-ADDRESSBOOKSERVER-KIND" => return self.accept_kind(field),
            "X-ABSHOWAS" => {
                let shown = field.whole().unwrap_or_default();
                self.contact.is_organisation = shown.eq_ignore_ascii_case("COMPANY");
            }
            "RELATED" | "X-ABRELATEDNAMES" => self.accept_related(field),
            _ => return dialects::accept(&mut self.contact, field),
        }
        true
    }

    pub(super) fn take(&mut self, field: FieldName, values: impl IntoIterator<Item = Labelled>) {
        self.contact.values.extend(field, values);
    }

    fn accept_name(&mut self, field: &Field) {
        let name = &mut self.contact.name;
        (name.family, name.given) = (field.part(0), field.part(1));
        let several = |n, joint: &str| {
            let names = field.part(n)?;
            let names = names.split(',').filter_map(non_empty);
            Some(names.collect::<Vec<_>>().join(joint))
        };
        (name.additional, name.prefix) = (several(2, " "), several(3, " "));
        name.suffix = several(4, ", ");
    }

    /// The first name is the one shown; what else they are called is a name too.
    fn accept_full_name(&mut self, field: &Field) {
        let full = field.whole().unwrap_or_default();
        if self.contact.name.full.is_empty() || self.contact.name.full == full {
            self.contact.name.full = full;
        } else {
            self.take(FieldName::Name, [Labelled::new(full)]);
        }
    }

    fn accept_categories(&mut self, field: &Field) {
        let labels = field.parts.iter().flat_map(|part| part.split(';'));
        self.contact.labels.extend(labels.filter_map(non_empty));
    }

    /// The first picture is the one shown; addresses of others are kept beside it.
    fn take_photo(&mut self, photo: Photo) {
        match (&self.contact.photo, photo) {
            (None, photo) => self.contact.photo = Some(photo),
            (Some(first), photo) if *first == photo => {}
            (Some(_), Photo::Url(url)) => self.take(FieldName::Photo, [Labelled::new(url)]),
            (Some(_), Photo::Bytes { bytes, .. }) => {
                let length = bytes.len();
                self.keep_unknown(&format!("PHOTO: left out, a second one of {length} bytes"));
            }
        }
    }

    fn labelled(&self, field: &Field, scheme: &str) -> Option<Labelled> {
        let value = field.whole()?;
        let bare = value
            .get(..scheme.len())
            .filter(|it| it.eq_ignore_ascii_case(scheme));
        let value = bare.map_or(value.as_str(), |scheme| &value[scheme.len()..]);
        let label = self.label_of(field.group.as_deref());
        let label = label.or_else(|| field.label.clone());
        let label = label.or_else(|| field.param("LABEL").and_then(non_empty));
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
            label: self
                .label_of(field.group.as_deref())
                .or_else(|| field.label.clone()),
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

    fn accept_photo(&mut self, field: &Field) -> bool {
        let Some(address) = field.whole() else {
            return true;
        };
        match calcard::common::Data::try_parse(address.as_bytes()) {
            Some(data) if data.data.len() <= self.limits.max_photo_bytes => {
                self.take_photo(Photo::Bytes {
                    media_type: data.content_type,
                    bytes: data.data,
                });
            }
            Some(_) => return false,
            None if address.starts_with("http") => self.take_photo(Photo::Url(address)),
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

    fn finish(mut self) -> Content {
        self.complete_employments();
        self.complete_addresses();
        self.complete_name();
        if self.is_group {
            return Content::left_out(self.contact.name.full, "a group of contacts, not a person");
        }
        Content::contact(self.contact)
    }
}

fn list(field: &Field) -> impl Iterator<Item = String> {
    field.parts.iter().filter_map(|part| non_empty(part))
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
