//! Texts that are not read: chats, calendars, pages, and address books in other notations.

use super::{BRING_CONTACTS, FROM_APPLE, FROM_OUTLOOK, Foreign, SAVE_AS_CSV, other, people};

pub(super) const FROM_THUNDERBIRD: &str = "in Thunderbird, open the Address Book, choose Export \
    and the type vCard (.vcf), and bring that file";

pub(super) const WHATSAPP: Foreign = other(
    "a chat of WhatsApp",
    "chats are not read; to bring the people, export the telephone's contacts as vCard (.vcf)",
);
const TELEGRAM: Foreign = other(
    "an export of Telegram",
    "chats are not read; to bring the people, export the telephone's contacts as vCard (.vcf)",
);
pub(super) const FACEBOOK: Foreign = other(
    "an export of Facebook or Instagram",
    "it holds names without addresses; bring contacts as vCard (.vcf) or Google CSV",
);
pub(super) const X: Foreign = other(
    "an archive of X (Twitter)",
    "it holds numbers of accounts without names; bring contacts as vCard (.vcf) or Google CSV",
);
const CALENDAR: Foreign = other(
    "a calendar (iCalendar)",
    "calendars are not read; contacts are exported separately, as vCard (.vcf)",
);
const LDIF: Foreign = people("an address book as LDIF", FROM_THUNDERBIRD);
const WEB_PAGE: Foreign = other(
    "a web page (HTML)",
    "if an export offers a choice, take vCard, CSV or mbox instead of HTML; a page in place of a \
     download means that the download failed: sign in and download again",
);

/// What a text is.
pub(super) fn recognise(text: &str) -> Option<Foreign> {
    let text = text.trim_start();
    let start = text.get(..text.floor_char_boundary(2_000)).unwrap_or(text);
    let lower = start.to_lowercase();
    if lower.starts_with("begin:vcalendar") {
        return Some(CALENDAR);
    }
    let is_ldif = |line: &str| line.starts_with("dn: ") || line.starts_with("dn:: ");
    let comments =
        |line: &&str| line.is_empty() || line.starts_with('#') || line.starts_with("version:");
    let mut lines = start.lines().map(str::trim_end);
    if lines.find(|line| !comments(line)).is_some_and(is_ldif) {
        return Some(LDIF);
    }
    if lower.starts_with("<!doctype html") || lower.starts_with("<html") || lower.contains("<head>")
    {
        return Some(WEB_PAGE);
    }
    if lower.starts_with('<') {
        return Some(markup(&lower));
    }
    if lower.starts_with("window.ytd") {
        return Some(X);
    }
    if lower.starts_with('{') || lower.starts_with('[') {
        return json(&lower).or_else(|| chat(start));
    }
    chat(start)
}

fn markup(lower: &str) -> Foreign {
    if lower.contains("<smses") || lower.contains("<calls") {
        return other(
            "a backup of short messages or calls",
            "messages are not read; to bring the people, export the telephone's contacts as vCard",
        );
    }
    if lower.contains("<c:contact") {
        return people("a contact of Windows (.contact)", FROM_OUTLOOK);
    }
    if lower.contains("<plist") {
        return people("a property list of Apple", FROM_APPLE);
    }
    if lower.contains("<vcards") {
        return people(
            "an address book as xCard (XML)",
            "export it as vCard (.vcf) instead",
        );
    }
    if lower.contains("schemas-microsoft-com:office") || lower.contains("progid=\"excel") {
        return people("a spreadsheet as XML", SAVE_AS_CSV);
    }
    other("a file of XML", BRING_CONTACTS)
}

fn json(lower: &str) -> Option<Foreign> {
    let has = |what: &str| lower.contains(what);
    if !has("\"") && lower.len() > 2 {
        return None;
    }
    if has("[\"vcard\"") || has("[ \"vcard\"") {
        return Some(people(
            "an address book as jCard (JSON)",
            "export it as vCard (.vcf) instead",
        ));
    }
    if has("personal_information") && has("\"user_id\"")
        || has("\"from_id\"")
        || has("private_group")
    {
        return Some(TELEGRAM);
    }
    if has("\"participants\"") || has("friends_v2") || has("string_list_data") {
        return Some(FACEBOOK);
    }
    if has("app_version") && has("export_date") {
        return Some(people(
            "an export of Monica",
            "in Monica, export the contacts as vCard (.vcf) instead",
        ));
    }
    // `[14/08/23, …]` begins as a list does.
    let begins = lower.trim_start_matches(['{', '[']).trim_start();
    let is_json = begins.starts_with(['"', '{', '[', '}', ']']);
    is_json.then_some(other("a file of JSON", BRING_CONTACTS))
}

/// A line of a chat begins with a day, a time and who wrote.
fn chat(start: &str) -> Option<Foreign> {
    let plain = |line: &str| -> String {
        let marks = [
            '\u{200e}', '\u{200f}', '\u{202a}', '\u{202c}', '\u{feff}', '[',
        ];
        line.trim_start_matches(marks).chars().take(40).collect()
    };
    let is_stamped = |line: &str| {
        let line = plain(line);
        let mut digits = 0;
        let day = line
            .chars()
            .take_while(|c| {
                digits += u32::from(c.is_ascii_digit());
                c.is_ascii_digit() || matches!(c, '/' | '.' | '-')
            })
            .count();
        let rest: String = line.chars().skip(day).collect();
        let is_time = |three: &[char]| {
            three[0].is_ascii_digit() && matches!(three[1], ':' | '.') && three[2].is_ascii_digit()
        };
        let letters = rest.chars().collect::<Vec<_>>();
        digits >= 4
            && day >= 6
            && letters.windows(3).any(is_time)
            && (rest.contains(" - ") || rest.contains(']'))
    };
    let stamped = start
        .lines()
        .take(20)
        .filter(|line| is_stamped(line))
        .count();
    (stamped >= 1 && is_stamped(start.lines().next().unwrap_or_default())).then_some(WHATSAPP)
}
