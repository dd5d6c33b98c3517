//! Tables of programs whose exports are not read, and of nobody's.

use super::{FROM_OUTLOOK, Foreign, other, people};
use crate::{
    linkedin::{FAMILY, GIVEN},
    table::{find_row, normalise},
};

/// Columns from which on a table of people is a program's, and no list that somebody wrote.
const MANY_COLUMNS: usize = 12;

const OUTLOOK: Foreign = people(
    "a table of contacts with the columns of Outlook",
    "from Google Contacts, export again and choose Google CSV or vCard instead of Outlook CSV; from \
     Outlook, select the contacts and choose Forward Contact > As a Business Card, or import the \
     table into Google Contacts or Apple's Contacts and export it there as vCard",
);
const THUNDERBIRD: Foreign = people(
    "an address book that Thunderbird exported as CSV",
    super::texts::FROM_THUNDERBIRD,
);
const YAHOO: Foreign = people(
    "a table of contacts of Yahoo",
    "in Yahoo Mail, open Contacts, choose Export and then vCard, and bring that file",
);
const CRM: Foreign = people(
    "a table of contacts of a CRM",
    "name its columns First Name, Last Name, Organization Name, E-mail 1 - Value, Phone 1 - Value, \
     Labels, as Google's are",
);
/// In LinkedIn's own archive it is nothing to complain about.
const OF_LINKEDIN: Foreign = other(
    "a table of LinkedIn's export that holds no connections",
    "bring the whole ZIP archive, or Connections.csv out of it",
);
const ANOTHER: Foreign = other(
    "a table of contacts of another program, most likely Outlook",
    FROM_OUTLOOK,
);
/// The least that a table of people needs to be read, as its first line.
const HEADER: &str =
    "First Name,Last Name,Organization Name,E-mail 1 - Value,Phone 1 - Value,Labels";

/// How a table's own columns would have to be named; none where a text is no table of people.
pub(crate) fn header_to_use(text: &str) -> Option<String> {
    let header = header(text)?;
    let columns = header
        .iter()
        .take(8)
        .map(|cell| format!("`{}`", cell.trim()));
    let columns = columns.collect::<Vec<_>>().join(", ");
    Some(format!(
        "a table with the columns {columns}; to bring it, give it Google's header, `{HEADER}`: the \
         columns may be in any order, and only First Name, Last Name and Labels must be there"
    ))
}

/// Which program wrote a table.
pub(super) fn recognise(text: &str) -> Option<Foreign> {
    let names = header(text)?;
    let names = names.iter().map(|name| normalise(name)).collect::<Vec<_>>();
    let has = |name: &str| names.iter().any(|known| known == name);
    let any = |known: &[&str]| known.iter().any(|name| has(name));
    let is_main_mail = |name: &&String| {
        let main = [
            "primary",
            "primär",
            "principal",
            "primari",
            "primair",
            "primær",
            "ensisijai",
            "основн",
            "główn",
            "podstawow",
            "první",
            "主",
        ];
        let mail = [
            "mail",
            "électronique",
            "correo",
            "posta",
            "почт",
            "sähköposti",
            "epost",
            "メール",
        ];
        main.iter().any(|word| name.contains(word)) && mail.iter().any(|word| name.contains(word))
    };
    if names.iter().any(|name| is_main_mail(&name)) {
        return Some(THUNDERBIRD);
    }
    if OF_LINKEDIN_COLUMNS
        .iter()
        .any(|columns| columns.iter().all(|name| has(name)))
    {
        return Some(OF_LINKEDIN);
    }
    if any(&["yahooid", "messengerid", "yahoophone", "alternateemail1"]) {
        return Some(YAHOO);
    }
    if any(&["masterrecordid", "recordid", "hsobjectid", "accountid"]) && names.len() > 3 {
        return Some(CRM);
    }
    let is_outlook = any(&OUTLOOK_COLUMNS);
    let is_named = any(GIVEN) || any(FAMILY);
    if is_outlook && (is_named || names.len() >= MANY_COLUMNS) {
        return Some(OUTLOOK);
    }
    (is_named && names.len() >= MANY_COLUMNS).then_some(ANOTHER)
}

/// Columns of the other tables of LinkedIn's export: the member's profile, positions, schools, skills
/// and addresses.
const OF_LINKEDIN_COLUMNS: [&[&str]; 7] = [
    &["maidenname", "headline"],
    &["startedon", "finishedon"],
    &["schoolname", "degreename"],
    &["endorsementdate", "skillname"],
    &["emailaddress", "confirmed", "primary"],
    &[
        "firstname",
        "lastname",
        "jobtitle",
        "creationdate",
        "status",
    ],
    &["organization", "followedon"],
];

/// Columns that Outlook alone has, in the languages whose tables are known.
const OUTLOOK_COLUMNS: [&str; 44] = [
    "email2address",
    "emaildisplayname",
    "emailtype",
    "businessstreet",
    "businesspostalcode",
    "businessphone",
    "assistantsphone",
    "managersname",
    "businessaddresspobox",
    "email2adresse",
    "emailtyp",
    "emailangezeigtername",
    "straßegeschäftlich",
    "telefongeschäftlich",
    "faxgeschäftlich",
    "weiterevornamen",
    "adressedemessagerie",
    "adressedemessagerie2",
    "adressedecourrier",
    "ruebureau",
    "téléphonebureau",
    "deuxièmeprénom",
    "calledeltrabajo",
    "teléfonodeltrabajo",
    "direccióndecorreoelectrónico2",
    "segundonombre",
    "viaufficio",
    "telefonoufficio",
    "indirizzopostaelettronica",
    "indirizzodipostaelettronica",
    "ruacomercial",
    "telefonecomercial",
    "endereçodeemail2",
    "segundonome",
    "straatwerk",
    "telefoonwerk",
    "telefoonopwerk",
    "emailadres2",
    "telefonsłużbowy",
    "adresemail2",
    "ulicasłużbowy",
    "telefonarbete",
    "epostadress2",
    "työpuhelin",
];

/// The first row that can be a header of people: several short names, one of them of an address, a
/// number or a name.
fn header(text: &str) -> Option<Vec<String>> {
    const WORDS: [&str; 32] = [
        "name",
        "mail",
        "phone",
        "tel",
        "mobil",
        "cell",
        "vorname",
        "nom",
        "prénom",
        "nombre",
        "apellido",
        "nome",
        "cognome",
        "sobrenome",
        "correo",
        "courriel",
        "naam",
        "imię",
        "nazwisko",
        "имя",
        "фамилия",
        "телефон",
        "почта",
        "puhelin",
        "nimi",
        "namn",
        "navn",
        "名前",
        "姓名",
        "電話",
        "电话",
        "이름",
    ];
    let mut found = None;
    find_row(text.as_bytes(), |cells| {
        let is_short = |cell: &str| cell.chars().count() <= 60 && !cell.contains(['@', '\n']);
        let is_word = |cell: &str| {
            let name = normalise(cell);
            WORDS.iter().any(|word| name.contains(word))
        };
        let fits = cells.len() >= 2
            && cells.iter().all(|cell| is_short(cell))
            && cells.iter().any(|cell| is_word(cell));
        if fits {
            let cells = cells.iter().map(|cell| cell.clone().into_owned());
            found = Some(cells.collect());
        }
        fits
    });
    found
}
