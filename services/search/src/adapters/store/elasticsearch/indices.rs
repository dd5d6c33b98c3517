//! Which indices there are, and which of them is read and which are written.
//!
//! | name | is |
//! |---|---|
//! | `kith-people-v3` | an index; its `_meta` is a [`Label`] |
//! | `kith-people` | the alias of the one that is read |
//! | `kith-people-write-v3` | the alias of an index that is written; every writer writes to all of these |

use std::collections::BTreeMap;

use serde::{Deserialize, de::IgnoredAny};
use serde_json::{Value, json};

use super::{
    client::{Client, Failure},
    shape::{Label, Shape},
};

/// How indices and aliases are called.
#[derive(Clone, Debug)]
pub(super) struct Names {
    prefix: String,
}

/// An index that is written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Target {
    pub(super) number: u64,
    /// Writing by this name alone, never by the index's own, no write can create an index anew
    /// that was deleted meanwhile.
    pub(super) alias: String,
}

/// An index as it is.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) number: u64,
    pub(super) label: Label,
    pub(super) is_read: bool,
    pub(super) is_written: bool,
}

#[derive(Deserialize)]
struct Description {
    #[serde(default)]
    aliases: BTreeMap<String, Value>,
    #[serde(default)]
    mappings: Mappings,
}

#[derive(Default, Deserialize)]
struct Mappings {
    #[serde(rename = "_meta")]
    meta: Option<Label>,
}

#[derive(Deserialize)]
struct Acknowledged {
    acknowledged: bool,
}

impl Acknowledged {
    /// Whether every node of the cluster knows.
    fn check(self) -> Result<(), Failure> {
        if self.acknowledged {
            Ok(())
        } else {
            let why = "a node has not heard of a change of indices yet".to_owned();
            Err(Failure::Unavailable(why))
        }
    }
}

impl Names {
    /// All names begin with `prefix`: lower case letters, digits, `-` and `_`.
    pub(super) fn new(prefix: &str) -> anyhow::Result<Self> {
        let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c);
        anyhow::ensure!(
            prefix.starts_with(|c: char| c.is_ascii_lowercase())
                && prefix.chars().all(good)
                && prefix.len() <= 64,
            "expected a prefix of indices of a-z, 0-9, - and _, found {prefix:?}"
        );
        Ok(Self {
            prefix: prefix.to_owned(),
        })
    }

    pub(super) fn read(&self) -> String {
        format!("{}-people", self.prefix)
    }

    pub(super) fn index(&self, number: u64) -> String {
        format!("{}-people-v{number}", self.prefix)
    }

    pub(super) fn write(&self, number: u64) -> String {
        format!("{}-people-write-v{number}", self.prefix)
    }

    fn number(&self, index: &str) -> Option<u64> {
        index
            .strip_prefix(&self.prefix)?
            .strip_prefix("-people-v")?
            .parse()
            .ok()
    }
}

/// All indices, oldest first.
pub(super) async fn look(client: &Client, names: &Names) -> Result<Vec<Found>, Failure> {
    let path = format!(
        "{}-people-v*?filter_path=*.aliases,*.mappings._meta",
        names.prefix
    );
    let all: BTreeMap<String, Description> = client.get(&path).await?;
    let mut found: Vec<Found> = all
        .into_iter()
        .filter_map(|(index, description)| {
            let number = names.number(&index)?;
            Some(Found {
                number,
                label: description.mappings.meta?,
                is_read: description.aliases.contains_key(&names.read()),
                is_written: description.aliases.contains_key(&names.write(number)),
            })
        })
        .collect();
    found.sort_by_key(|index| index.number);
    Ok(found)
}

/// The indices that are written, oldest first; at least one.
pub(super) async fn targets(client: &Client, names: &Names) -> Result<Vec<Target>, Failure> {
    let path = format!("_alias/{}-people-write-v*", names.prefix);
    let all: BTreeMap<String, Value> = client.get(&path).await?;
    let mut found: Vec<Target> = all
        .keys()
        .filter_map(|index| names.number(index))
        .map(|number| Target {
            number,
            alias: names.write(number),
        })
        .collect();
    found.sort();
    if found.is_empty() {
        return Err(Failure::Unavailable("no index takes writes".to_owned()));
    }
    Ok(found)
}

/// Makes the first index if there is none. Any number may try at once: the name decides.
pub(super) async fn ensure(client: &Client, names: &Names, shape: &Shape) -> anyhow::Result<()> {
    let found = look(client, names).await?;
    let Some(read) = found.iter().find(|index| index.is_read) else {
        anyhow::ensure!(
            found.is_empty(),
            "of {} indices none bears the alias {}: give it to the one that is to be read",
            found.len(),
            names.read()
        );
        create(client, names, shape, 1, &[names.read(), names.write(1)]).await?;
        return Ok(answers(client, &names.read()).await?);
    };
    let (own, theirs) = (shape.label(), &read.label);
    anyhow::ensure!(
        theirs.generation != own.generation || theirs.hash == own.hash,
        "index {} of generation {} has another shape ({}) than this program gives it ({})",
        names.index(read.number),
        own.generation,
        theirs.hash,
        own.hash
    );
    Ok(())
}

/// Makes an index. That it is there already is no error.
pub(super) async fn create(
    client: &Client,
    names: &Names,
    shape: &Shape,
    number: u64,
    aliases: &[String],
) -> Result<(), Failure> {
    let body = shape.creation(aliases);
    match client
        .put::<Acknowledged>(&names.index(number), &body)
        .await
    {
        Ok(answer) => answer.check(),
        Err(failure) if failure.is_taken() => Ok(()),
        Err(failure) => Err(failure),
    }
}

/// Fails until an index answers; a new one takes a moment.
pub(super) async fn answers(client: &Client, name: &str) -> Result<(), Failure> {
    let path = format!("{name}/_search?allow_partial_search_results=false");
    let nobody = json!({"size": 0, "query": {"match_none": {}}});
    let _: IgnoredAny = client.ask(&path, &nobody).await?;
    Ok(())
}

/// From now on an index is written.
pub(super) async fn begin_writing(
    client: &Client,
    names: &Names,
    number: u64,
) -> Result<(), Failure> {
    let (index, alias) = (names.index(number), names.write(number));
    let body = json!({"actions": [{"add": {"index": index, "alias": alias}}]}).to_string();
    let answer: Acknowledged = client.post("_aliases", body).await?;
    answer.check()
}

/// From now on an index is not written any more.
pub(super) async fn end_writing(
    client: &Client,
    names: &Names,
    number: u64,
) -> Result<(), Failure> {
    let (index, alias) = (names.index(number), names.write(number));
    let remove = json!({"index": index, "alias": alias, "must_exist": false});
    let body = json!({"actions": [{"remove": remove}]}).to_string();
    let answer: Acknowledged = client.post("_aliases", body).await?;
    answer.check()
}

/// Changes what an index says of itself. When this returns, every node knows of the index and of
/// all that was changed of it before.
pub(super) async fn relabel(
    client: &Client,
    names: &Names,
    number: u64,
    label: &Label,
) -> Result<(), Failure> {
    let path = format!("{}/_mapping", names.index(number));
    let answer: Acknowledged = client.put(&path, &json!({"_meta": label})).await?;
    answer.check()
}

/// In one moment: `to` is read instead of `from`, and those in `retired` are written no more.
pub(super) async fn swap(
    client: &Client,
    names: &Names,
    from: u64,
    to: u64,
    retired: &[u64],
) -> Result<(), Failure> {
    let read = names.read();
    let mut actions = vec![
        json!({"remove": {"index": names.index(from), "alias": read, "must_exist": true}}),
        json!({"add": {"index": names.index(to), "alias": read}}),
    ];
    actions.extend(retired.iter().map(|&number| {
        let (index, alias) = (names.index(number), names.write(number));
        json!({"remove": {"index": index, "alias": alias, "must_exist": false}})
    }));
    let body = json!({"actions": actions}).to_string();
    let answer: Acknowledged = client.post("_aliases", body).await?;
    answer.check()
}

/// Makes everything written so far visible to queries.
pub(super) async fn refresh(client: &Client, name: &str) -> Result<(), Failure> {
    #[derive(Deserialize)]
    struct Refreshed {
        #[serde(rename = "_shards")]
        shards: Shards,
    }
    #[derive(Deserialize)]
    struct Shards {
        failed: u32,
    }
    let path = format!("{name}/_refresh");
    let refreshed: Refreshed = client.post(&path, String::new()).await?;
    if refreshed.shards.failed > 0 {
        let why = "a part of the index cannot be refreshed".to_owned();
        return Err(Failure::Unavailable(why));
    }
    Ok(())
}
