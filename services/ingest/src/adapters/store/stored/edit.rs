//! The owner's edit as it is stored. A field that is not there leaves the field to the files.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::record::Edit;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(in crate::adapters::store) struct StoredEdit {
    #[serde(skip_serializing_if = "Option::is_none")]
    display_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nickname: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    emails: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phones: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    urls: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    organisation: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    birthday: Option<String>,
    /// Fields of a later version: an edit is written again when the owner changes another field.
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

/// Both directions name every field, so that one that is forgotten does not compile.
macro_rules! same_fields {
    ($from:ident => $to:ident) => {
        impl From<$from> for $to {
            fn from(edit: $from) -> Self {
                let $from {
                    display_name,
                    nickname,
                    emails,
                    phones,
                    urls,
                    organisation,
                    title,
                    birthday,
                    rest,
                } = edit;
                Self {
                    display_name,
                    nickname,
                    emails,
                    phones,
                    urls,
                    organisation,
                    title,
                    birthday,
                    rest,
                }
            }
        }
    };
}

same_fields!(Edit => StoredEdit);
same_fields!(StoredEdit => Edit);
