//! What in a new schema breaks an old one: a property, an enum value or a variant that went, a type
//! that changed, a property that became required.

use std::collections::BTreeSet;

use serde_json::Value;

/// Deeper than any event; schemas that refer to themselves end here.
const DEPTH: usize = 32;

/// Every break, each with the place of it.
pub fn breaks(old: &Value, new: &Value) -> Vec<String> {
    let mut found = Vec::new();
    Comparison { old, new }.compare("", old, new, DEPTH, &mut found);
    found
}

struct Comparison<'a> {
    old: &'a Value,
    new: &'a Value,
}

impl<'a> Comparison<'a> {
    fn compare(
        &self,
        at: &str,
        old: &'a Value,
        new: &'a Value,
        depth: usize,
        found: &mut Vec<String>,
    ) {
        if depth == 0 {
            return;
        }
        let (old, new) = (resolve(self.old, old), resolve(self.new, new));
        let at_or_root = if at.is_empty() { "/" } else { at };
        for keyword in ["type", "format", "const"] {
            if set(&old[keyword]) != set(&new[keyword]) {
                let (was, is) = (&old[keyword], &new[keyword]);
                found.push(format!("{at_or_root}: {keyword} was {was} and is {is}"));
            }
        }
        for gone in set(&old["enum"]).difference(&set(&new["enum"])) {
            found.push(format!("{at_or_root}: value {gone} went"));
        }
        for required in set(&new["required"]).difference(&set(&old["required"])) {
            found.push(format!("{at_or_root}: {required} became required"));
        }
        if let Some(properties) = old["properties"].as_object() {
            for (name, before) in properties {
                match new["properties"].get(name) {
                    Some(after) => {
                        self.compare(&format!("{at}/{name}"), before, after, depth - 1, found);
                    }
                    None => found.push(format!("{at}/{name} went")),
                }
            }
        }
        for keyword in ["items", "additionalProperties"] {
            match (&old[keyword], &new[keyword]) {
                (before, _) if !before.is_object() => {}
                (before, after) if after.is_object() => {
                    self.compare(&format!("{at}/*"), before, after, depth - 1, found);
                }
                _ => found.push(format!("{at_or_root}: {keyword} went")),
            }
        }
        for keyword in ["oneOf", "anyOf"] {
            self.compare_variants(at_or_root, &old[keyword], &new[keyword], depth, found);
        }
    }

    /// Each old variant must still be there, whatever its place.
    fn compare_variants(
        &self,
        at: &str,
        old: &'a Value,
        new: &'a Value,
        depth: usize,
        found: &mut Vec<String>,
    ) {
        let none = Vec::new();
        let after = new.as_array().unwrap_or(&none);
        for variant in old.as_array().unwrap_or(&none) {
            let kept = after.iter().any(|candidate| {
                let mut differences = Vec::new();
                self.compare(at, variant, candidate, depth - 1, &mut differences);
                differences.is_empty()
            });
            if !kept {
                found.push(format!("{at}: variant {variant} went or changed"));
            }
        }
    }
}

/// A keyword's value or values, as text, in no order.
fn set(value: &Value) -> BTreeSet<String> {
    match value {
        Value::Null => BTreeSet::new(),
        Value::Array(values) => values.iter().map(Value::to_string).collect(),
        one => BTreeSet::from([one.to_string()]),
    }
}

fn resolve<'a>(root: &'a Value, mut value: &'a Value) -> &'a Value {
    for _ in 0..DEPTH {
        let Some(pointer) = value["$ref"]
            .as_str()
            .and_then(|text| text.strip_prefix('#'))
        else {
            break;
        };
        value = root
            .pointer(pointer)
            .unwrap_or_else(|| panic!("{pointer} is not in the schema"));
    }
    value
}

mod tests {
    use serde_json::{Value, json};

    use super::breaks;

    fn base() -> Value {
        json!({
            "type": "object",
            "required": ["id"],
            "properties": {
                "id": { "type": "string", "format": "uuid" },
                "note": { "type": ["string", "null"] },
                "members": { "type": "array", "items": { "$ref": "#/$defs/Member" } },
                "status": { "oneOf": [{ "type": "string", "const": "on" }, { "type": "string", "const": "off" }] },
            },
            "$defs": { "Member": {
                "type": "object", "required": ["name"], "properties": { "name": { "type": "string" } },
            } },
        })
    }

    fn after(change: impl Fn(&mut Value)) -> Vec<String> {
        let mut new = base();
        change(&mut new);
        breaks(&base(), &new)
    }

    #[test]
    fn growing_breaks_nothing() {
        assert_eq!(after(|_| {}), [""; 0]);
        assert_eq!(
            after(|new| new["properties"]["more"] = json!({ "type": "string" })),
            [""; 0]
        );
        assert_eq!(
            after(|new| {
                let variants = new["properties"]["status"]["oneOf"].as_array_mut().unwrap();
                variants.insert(0, json!({ "type": "string", "const": "asleep" }));
            }),
            [""; 0]
        );
    }

    #[test]
    fn what_breaks_is_named_with_its_place() {
        let removed = after(|new| drop(new["properties"].as_object_mut().unwrap().remove("note")));
        assert_eq!(removed, ["/note went"]);
        let nested = after(|new| {
            drop(
                new["$defs"]["Member"]["properties"]
                    .as_object_mut()
                    .unwrap()
                    .remove("name"),
            );
        });
        assert_eq!(nested, ["/members/*/name went"]);
        let changed = after(|new| new["properties"]["note"]["type"] = json!("integer"));
        assert!(changed[0].starts_with("/note: type was"), "{changed:?}");
        let format = after(|new| {
            drop(
                new["properties"]["id"]
                    .as_object_mut()
                    .unwrap()
                    .remove("format"),
            );
        });
        assert!(format[0].starts_with("/id: format was"), "{format:?}");
        let required = after(|new| new["required"] = json!(["id", "note"]));
        assert_eq!(required, ["/: \"note\" became required"]);
        let variant = after(|new| {
            new["properties"]["status"]["oneOf"]
                .as_array_mut()
                .unwrap()
                .pop();
        });
        assert!(variant[0].starts_with("/status: variant"), "{variant:?}");
    }
}
