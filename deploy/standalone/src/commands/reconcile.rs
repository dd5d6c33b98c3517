//! `kith reconcile`: whether the services' stores hold the same, account by account.

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;
use serde_json::{Value, json};

use super::operate::{Services, items, text};
use crate::{api::Api, cli::Global, failure::Failure, output};

/// What to compare.
#[derive(Args, Debug)]
pub struct Reconcile {
    /// Only this event type.
    #[arg(long = "type", value_name = "TYPE")]
    pub kind: Option<String>,
}

/// What one service holds of one type: count and digest by account.
type Held = BTreeMap<String, (u64, String)>;

/// One account of one type on which two services do not agree.
pub struct Difference {
    kind: String,
    account: String,
    publisher: String,
    consumer: String,
    published: u64,
    held: u64,
}

/// Compares them.
///
/// # Errors
/// Failed when they differ; see [`Failure`].
pub async fn reconcile(global: &Global, command: &Reconcile) -> Result<(), Failure> {
    let api = Api::reach(global).await?;
    let compared = compare(&Services::of(&api), command.kind.as_deref()).await;
    api.close().await;
    let (compared, differences) = compared?;
    if global.json {
        let items: Vec<Value> = differences.iter().map(as_json).collect();
        output::json(&json!({ "compared": compared, "items": items, "next": null }));
    } else {
        for pair in &compared {
            output::note(pair.as_str().unwrap_or_default());
        }
        differences.iter().for_each(|one| output::line(row(one)));
    }
    if differences.is_empty() {
        return Ok(());
    }
    Err(Failure::Failed(format!(
        "{} accounts differ; events on their way make them differ for a moment: ask again, and if \
         it stays so, `kith announce --from PUBLISHER --to CONSUMER` tells the state again",
        differences.len()
    )))
}

/// What was compared, and where services differ.
///
/// # Errors
/// See [`Failure`].
pub async fn compare(
    services: &Services<'_>,
    only: Option<&str>,
) -> Result<(Vec<Value>, Vec<Difference>), Failure> {
    let mut holders: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for service in services.names(None).await? {
        let kinds = services.get(&service, "holdings").await?;
        for kind in items(&kinds).iter().filter_map(Value::as_str) {
            if only.is_none_or(|only| only == kind) {
                holders
                    .entry(kind.to_owned())
                    .or_default()
                    .push(service.clone());
            }
        }
    }
    let (mut compared, mut differences) = (Vec::new(), Vec::new());
    for (kind, services_of_kind) in holders {
        // An event type begins with its publisher's name.
        let publisher = kind.split('.').next().unwrap_or_default().to_owned();
        if !services_of_kind.contains(&publisher) {
            continue;
        }
        let published = held(services, &publisher, &kind).await?;
        for consumer in services_of_kind.iter().filter(|name| **name != publisher) {
            let mine = held(services, consumer, &kind).await?;
            let before = differences.len();
            differences.extend(unlike(&kind, &publisher, &published, consumer, &mine));
            let verdict = match differences.len() - before {
                0 => "agree".to_owned(),
                n => format!("differ for {n} accounts"),
            };
            compared.push(json!(format!(
                "{kind}: {publisher} and {consumer} {verdict}"
            )));
        }
    }
    if let (Some(only), true) = (only, compared.is_empty()) {
        return Err(Failure::NotFound(format!("no two services hold {only}")));
    }
    Ok((compared, differences))
}

async fn held(services: &Services<'_>, service: &str, kind: &str) -> Result<Held, Failure> {
    let answer = services.get(service, &format!("holdings/{kind}")).await?;
    Ok(items(&answer)
        .iter()
        .map(|item| {
            let of = (
                item["count"].as_u64().unwrap_or_default(),
                text(item, "digest").to_owned(),
            );
            (text(item, "account").to_owned(), of)
        })
        .collect())
}

fn unlike(
    kind: &str,
    publisher: &str,
    published: &Held,
    consumer: &str,
    held: &Held,
) -> Vec<Difference> {
    let none = (0, format!("{:016x}", 0));
    let accounts: BTreeSet<&String> = published.keys().chain(held.keys()).collect();
    accounts
        .into_iter()
        .filter_map(|account| {
            let theirs = published.get(account).unwrap_or(&none);
            let ours = held.get(account).unwrap_or(&none);
            (theirs != ours).then(|| Difference {
                kind: kind.to_owned(),
                account: account.clone(),
                publisher: publisher.to_owned(),
                consumer: consumer.to_owned(),
                published: theirs.0,
                held: ours.0,
            })
        })
        .collect()
}

fn as_json(one: &Difference) -> Value {
    json!({
        "type": one.kind,
        "account": one.account,
        "publisher": one.publisher,
        "published": one.published,
        "consumer": one.consumer,
        "held": one.held,
    })
}

/// A difference, for people.
#[must_use]
pub fn row(one: &Difference) -> String {
    format!(
        "{}  account {}: {} has {}, {} holds {}{}",
        one.kind,
        one.account,
        one.publisher,
        one.published,
        one.consumer,
        one.held,
        if one.published == one.held {
            ", of other versions"
        } else {
            ""
        }
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(entries: &[(&str, u64, &str)]) -> Held {
        entries
            .iter()
            .map(|(account, count, digest)| ((*account).to_owned(), (*count, (*digest).to_owned())))
            .collect()
    }

    #[test]
    fn what_is_missing_more_or_older_differs_and_nothing_else() {
        let published = held(&[("a", 2, "1f"), ("b", 1, "2f"), ("c", 3, "3f")]);
        let mine = held(&[("a", 2, "1f"), ("c", 3, "4f"), ("d", 1, "5f")]);
        let differences = unlike("t", "p", &published, "c", &mine);
        let accounts: Vec<&str> = differences.iter().map(|d| d.account.as_str()).collect();
        assert_eq!(accounts, ["b", "c", "d"]);
        assert!(row(&differences[1]).ends_with("of other versions"));
    }

    #[test]
    fn an_account_without_anything_is_as_good_as_none() {
        let empty = held(&[("a", 0, "0000000000000000")]);
        assert!(unlike("t", "p", &Held::new(), "c", &empty).is_empty());
    }
}
