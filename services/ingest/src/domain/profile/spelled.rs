//! How what has parts is spelled in one line: addresses, days, what a whole name leaves out.

use kith_formats::{Address, Name, PartialDate};

pub(super) fn one_line(address: &Address) -> String {
    if let Some(formatted) = &address.formatted {
        let lines = formatted.lines().map(str::trim);
        let mut lines: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
        // A label as it is stuck on a letter often lacks the country.
        let text = lines.join(" ").to_lowercase();
        let parts = [
            &address.po_box,
            &address.extended,
            &address.street,
            &address.postal_code,
            &address.city,
            &address.region,
            &address.country,
        ];
        let parts = parts.into_iter().flatten().map(|part| part.trim());
        lines.extend(parts.filter(|part| !has_words(&text, part)));
        return lines.join(", ");
    }
    let town = [&address.postal_code, &address.city]
        .into_iter()
        .flatten()
        .cloned()
        .collect::<Vec<_>>()
        .join(" ");
    let town = (!town.is_empty()).then_some(town);
    let parts = [
        &address.po_box,
        &address.extended,
        &address.street,
        &town,
        &address.region,
        &address.country,
    ];
    parts
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(", ")
}

/// Whether the words of a part stand in a text in lower case, in this order.
fn has_words(text: &str, part: &str) -> bool {
    let part = part.to_lowercase();
    let mut rest = text;
    part.split(|c: char| c.is_whitespace() || c == ',')
        .filter(|word| !word.is_empty())
        .all(|word| match rest.split_once(word) {
            Some((_, after)) => {
                rest = after;
                true
            }
            None => false,
        })
}

/// Whether a label is one of those that stand in another.
pub(super) fn has_part(labels: &str, label: &str) -> bool {
    let mut labels = labels.split(", ");
    labels.any(|known| known.eq_ignore_ascii_case(label)) || label.is_empty()
}

/// The parts of a name that its whole does not show, and what each is.
pub(super) fn parts_beside(name: &Name) -> impl Iterator<Item = (&str, &'static str)> {
    let parts = [
        (&name.prefix, "Name prefix"),
        (&name.given, "Given name"),
        (&name.additional, "Middle name"),
        (&name.family, "Family name"),
        (&name.suffix, "Name suffix"),
    ];
    let full = name.full.to_lowercase();
    parts.into_iter().filter_map(move |(part, label)| {
        let part = part.as_deref()?;
        let words = part.to_lowercase();
        let mut words = words.split_whitespace();
        let is_shown = words.all(|word| full.contains(word.trim_matches(['.', ','])));
        (!is_shown && !full.is_empty()).then_some((part, label))
    })
}

pub(super) fn spell(date: PartialDate) -> String {
    match date.year {
        Some(year) => format!("{year:04}-{:02}-{:02}", date.month, date.day),
        None => format!("--{:02}-{:02}", date.month, date.day),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_an_address_does_not_hide_its_other_parts() {
        let part = |text: &str| Some(text.to_owned());
        let mut address = Address {
            formatted: part("Lady Lovelace\nSt James's Square 12\nSW1Y 4JH London"),
            street: part("St James's Square 12"),
            city: part("London"),
            postal_code: part("SW1Y 4JH"),
            country: part("United Kingdom"),
            ..Address::default()
        };
        assert_eq!(
            one_line(&address),
            "Lady Lovelace, St James's Square 12, SW1Y 4JH London, United Kingdom"
        );
        address.formatted = part("12 st james's square, london sw1y 4jh, united kingdom");
        address.street = part("12 St James's Square");
        assert_eq!(
            one_line(&address),
            "12 st james's square, london sw1y 4jh, united kingdom"
        );
    }

    #[test]
    fn parts_that_the_whole_name_does_not_show_stand_beside_it() {
        let part = |text: &str| Some(text.to_owned());
        let name = Name {
            prefix: part("Dr."),
            given: part("Ada"),
            additional: part("Augusta"),
            family: part("Lovelace"),
            suffix: part("PhD"),
            full: "Dr Ada Lovelace".to_owned(),
        };
        let beside: Vec<_> = parts_beside(&name).collect();
        assert_eq!(beside, [("Augusta", "Middle name"), ("PhD", "Name suffix")]);
    }
}
