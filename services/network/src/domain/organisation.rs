//! When two spellings name one organisation.

/// Legal forms that say nothing about who it is.
const FORMS: &[&str] = &[
    "ab",
    "ag",
    "as",
    "bv",
    "co",
    "company",
    "corp",
    "corporation",
    "ev",
    "gmbh",
    "inc",
    "incorporated",
    "kg",
    "limited",
    "llc",
    "llp",
    "ltd",
    "nv",
    "oy",
    "plc",
    "sa",
    "sarl",
    "se",
    "spa",
    "srl",
];

/// The name in a form in which spellings of one organisation are equal: accents folded, lower case,
/// no punctuation, no legal form at the end. Empty where nothing is left.
#[must_use]
pub fn normalise(name: &str) -> String {
    let folded = deunicode::deunicode(name).to_lowercase();
    // Dots within a word belong to it (`G.m.b.H.`, `S.A.`); all else separates.
    let joined = folded.replace(['.', '\''], "");
    let mut words: Vec<&str> = joined
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    while words.len() > 1
        && words
            .last()
            .is_some_and(|word| FORMS.binary_search(word).is_ok())
    {
        words.pop();
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_organisation_are_equal() {
        for name in [
            "Acme",
            "ACME Inc.",
            "acme, inc",
            " Acme  Corporation ",
            "Acme Co., Ltd.",
            "Acmé",
        ] {
            assert_eq!(normalise(name), "acme", "{name}");
        }
        assert_eq!(
            normalise("Müller & Söhne G.m.b.H."),
            normalise("Muller Sohne GmbH")
        );
    }

    #[test]
    fn different_organisations_stay_apart() {
        assert_ne!(normalise("Acme Labs"), normalise("Acme"));
        assert_eq!(normalise("Co"), "co");
        assert_eq!(normalise("…"), "");
    }

    #[test]
    fn the_list_of_legal_forms_is_sorted_for_its_binary_search() {
        assert!(FORMS.is_sorted());
    }
}
