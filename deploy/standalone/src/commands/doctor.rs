//! `kith doctor`: everything that must be well, what is not, and what to do about it.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use skeleton_durable::clock::{Clock, SystemClock};

use super::{
    operate::{Services, items_of, text},
    status,
};
use crate::{
    api::Api,
    backup::task::{self, BACKUP, DRILL, THIN, Task},
    cli::Global,
    disk::Disk,
    failure::Failure,
    output,
    settings::Settings,
};

/// Events wait longer than this only when something is wrong.
const LONG: SignedDuration = SignedDuration::from_secs(60);
/// Clocks that differ more make leases and tokens run out early.
const CLOCK_LIMIT: SignedDuration = SignedDuration::from_secs(5);

/// One thing that was looked at.
struct Finding {
    service: String,
    what: &'static str,
    /// How it is; with what to do where it is not well.
    detail: String,
    advice: Option<String>,
    /// Table and key, where it is about one row.
    row: Option<(String, String)>,
}

impl Finding {
    /// About no single row.
    fn new(service: &str, what: &'static str, detail: String, advice: Option<&str>) -> Self {
        Self {
            service: service.to_owned(),
            what,
            detail,
            advice: advice.map(str::to_owned),
            row: None,
        }
    }
}

/// Looks at everything.
///
/// # Errors
/// Failed when something is not well; see [`Failure`].
pub async fn doctor(global: &Global) -> Result<(), Failure> {
    let api = Api::reach(global).await?;
    let asked = SystemClock.now();
    let looked = look(&Services::of(&api), asked).await;
    api.close().await;
    let mut findings = looked?;
    if global.server.is_none() {
        findings.insert(0, disk()?);
    }
    let ill = findings.iter().filter(|one| one.advice.is_some()).count();
    if global.json {
        let items: Vec<Value> = findings.iter().map(as_json).collect();
        output::json(&json!({ "items": items, "next": null }));
    } else {
        findings.iter().for_each(|one| output::line(row(one)));
    }
    if ill == 0 {
        Ok(())
    } else {
        Err(Failure::Failed(format!("{ill} things are not well")))
    }
}

/// Asks every service how it is, and has it read every row of its stores.
async fn look(services: &Services<'_>, now: Timestamp) -> Result<Vec<Finding>, Failure> {
    let mut findings = regular(services.tasks().await, now);
    for status in status::all(services).await? {
        findings.extend(examine(&status, now));
        if status["away"].is_null() {
            findings.extend(stored(services, text(&status, "name")).await);
        }
    }
    Ok(findings)
}

/// The disk that everything is kept on, of one process.
fn disk() -> Result<Finding, Failure> {
    let settings = Settings::load().map_err(|mistakes| Failure::Usage(mistakes.to_string()))?;
    let folder = settings.data.display();
    let (detail, advice) = match Disk::of(&settings.data) {
        Ok(disk) => (
            format!(
                "{folder}: {} of {} are free",
                indicatif::HumanBytes(disk.free),
                indicatif::HumanBytes(disk.total)
            ),
            disk.wrong(),
        ),
        Err(error) => (
            format!("{folder}: {error}"),
            Some("see whether its disk is mounted"),
        ),
    };
    Ok(Finding::new("kith", "disk", detail, advice))
}

/// What is done regularly, backups above all.
fn regular(tasks: Result<BTreeMap<String, Task>, Failure>, now: Timestamp) -> Vec<Finding> {
    let finding = |what, detail, advice| Finding::new("kith", what, detail, advice);
    let tasks = match tasks {
        Ok(tasks) => tasks,
        // A gateway of a version before knows of none.
        Err(Failure::NotFound(_)) => return Vec::new(),
        Err(failure) => {
            let advice = "see the gateway's log, then ask again";
            return vec![finding("backup", failure.to_string(), Some(advice))];
        }
    };
    let is_kept = tasks.contains_key(BACKUP);
    [BACKUP, THIN, DRILL]
        .into_iter()
        .filter_map(|what| match tasks.get(what) {
            None if what == BACKUP => {
                let detail = "none are made by themselves; KITH_BACKUP_PLACE says where to";
                Some(finding(what, detail.to_owned(), None))
            }
            None if what == DRILL && is_kept => {
                let detail = "none was restored on trial yet; encrypted ones need a key here";
                Some(finding(what, detail.to_owned(), None))
            }
            None => None,
            Some(task) => Some(match task::wrong(task, now) {
                Some((detail, advice)) => finding(what, detail, Some(advice)),
                None => finding(what, task::summary(task), None),
            }),
        })
        .collect()
}

/// Rows named one by one; of more only how many.
const NAMED: usize = 100;

/// Reads the stores of one service to their end, page by page.
async fn stored(services: &Services<'_>, service: &str) -> Vec<Finding> {
    let (mut rows, mut unreadable) = (0, Vec::new());
    let mut page = "stored".to_owned();
    loop {
        match services.get(service, &page).await {
            Ok(answer) => {
                rows += answer["rows"].as_u64().unwrap_or_default();
                unreadable.extend(items_of(&answer, "items").iter().cloned());
                match answer["next"].as_str() {
                    Some(next) => page = format!("stored?cursor={next}"),
                    None => return of_rows(service, rows, &unreadable),
                }
            }
            // A service of a version before cannot be asked.
            Err(Failure::NotFound(_)) if rows == 0 => return Vec::new(),
            Err(failure) => {
                let mut findings = of_rows(service, rows, &unreadable);
                let detail = format!("not read to the end: {failure}");
                let advice = Some("see the service's log, then ask again");
                findings.push(Finding::new(service, "stored", detail, advice));
                return findings;
            }
        }
    }
}

/// What was found in so many rows.
fn of_rows(service: &str, rows: u64, unreadable: &[Value]) -> Vec<Finding> {
    let finding = |detail, row, advice| Finding {
        row,
        ..Finding::new(service, "stored", detail, advice)
    };
    if unreadable.is_empty() {
        return vec![finding(format!("{rows} rows can be read"), None, None)];
    }
    let named = unreadable.iter().take(NAMED).map(|item| {
        let (table, row) = (text(item, "table"), text(item, "row"));
        finding(
            format!("row {row} of {table} cannot be read: {}", text(item, "what")),
            Some((table.to_owned(), row.to_owned())),
            Some(
                "if a newer version wrote it, start that version; otherwise mend or delete the row, \
                 or restore a backup",
            ),
        )
    });
    let more = unreadable.len().saturating_sub(NAMED);
    let rest = (more > 0).then(|| {
        let detail = format!("{more} more rows cannot be read");
        finding(detail, None, Some("mend the first ones, then ask again"))
    });
    named.chain(rest).collect()
}

/// What the status of one service tells at `now`.
fn examine(status: &Value, now: Timestamp) -> Vec<Finding> {
    let service = text(status, "name");
    let finding = |what, detail, advice| Finding::new(service, what, detail, advice);
    if let Some(away) = status["away"].as_str() {
        return vec![finding(
            "answers",
            away.to_owned(),
            Some("see the service's log; start it if it does not run"),
        )];
    }
    let mut findings = Vec::new();
    for check in items_of(status, "checks") {
        let well = check["ok"] == true;
        let name = text(check, "name");
        findings.push(finding(
            "dependency",
            if well {
                format!("{name} answers")
            } else {
                format!("{name}: {}", text(check, "detail"))
            },
            (!well).then_some(
                "start it or mend the setting that leads to it; the service goes on by itself",
            ),
        ));
    }
    let migrations: Vec<String> = items_of(status, "migrations")
        .iter()
        .map(|one| format!("{} at {}", text(one, "table"), text(one, "newest")))
        .collect();
    if !migrations.is_empty() {
        findings.push(finding("migrations", migrations.join(", "), None));
    }
    if let Some(theirs) = moment(&status["now"]) {
        let apart = now.duration_since(theirs).abs();
        let far = apart > CLOCK_LIMIT;
        findings.push(finding(
            "clock",
            format!("{:.1} s apart from this machine's", apart.as_secs_f64()),
            far.then_some("synchronise the clocks (NTP): leases and tokens run out early"),
        ));
    }
    let waiting = status["outbox"]["waiting"].as_u64().unwrap_or_default();
    let long = |value: &Value| moment(value).is_some_and(|since| now.duration_since(since) > LONG);
    if status["outbox"].is_object() {
        let stuck = waiting > 0 && long(&status["outbox"]["oldest"]);
        findings.push(finding(
            "outbox",
            format!("{waiting} events to be sent"),
            stuck.then_some(
                "the bus does not take them: see the service's log, then `kith topology plan`",
            ),
        ));
    }
    if long(&status["inbox_due"]) {
        findings.push(finding(
            "inbox",
            format!(
                "the oldest was to be handled at {}",
                text(status, "inbox_due")
            ),
            Some("the service is too slow or its store is away: see its log, add a replica"),
        ));
    }
    if let Some(parked) = status["parked"].as_u64() {
        findings.push(finding(
            "parked",
            format!("{parked} events put aside"),
            (parked > 0).then_some("decide with `kith parked list`, `show`, `replay`, `drop`"),
        ));
    }
    findings
}

fn moment(value: &Value) -> Option<Timestamp> {
    value.as_str()?.parse().ok()
}

fn as_json(one: &Finding) -> Value {
    let mut item = json!({
        "service": one.service,
        "what": one.what,
        "ok": one.advice.is_none(),
        "detail": one.detail,
        "advice": one.advice,
    });
    if let Some((table, row)) = &one.row {
        item["table"] = json!(table);
        item["row"] = json!(row);
    }
    item
}

fn row(one: &Finding) -> String {
    let head = format!("{:<14} {:<11} {}", one.service, one.what, one.detail);
    match &one.advice {
        None => format!("ok    {head}"),
        Some(advice) => format!("WRONG {head}\n      -> {advice}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ill(status: &Value) -> Vec<&'static str> {
        let now = "2026-05-01T12:00:00Z".parse().unwrap();
        examine(status, now)
            .iter()
            .filter(|one| one.advice.is_some())
            .map(|one| one.what)
            .collect()
    }

    #[test]
    fn a_service_that_is_well_has_nothing_wrong() {
        let status = json!({
            "name": "ingest", "checks": [{ "name": "store", "ok": true }],
            "now": "2026-05-01T12:00:01Z", "parked": 0,
            "outbox": { "waiting": 3, "oldest": "2026-05-01T11:59:59Z" },
        });
        assert_eq!(ill(&status), Vec::<&str>::new());
    }

    #[test]
    fn a_row_that_cannot_be_read_is_named_with_advice() {
        let one = json!({ "table": "reminder", "row": "7", "what": "due_at: expected a time" });
        let findings = of_rows("notifications", 9, &[one]);
        let item = as_json(&findings[0]);
        assert_eq!(
            (&item["table"], &item["row"]),
            (&json!("reminder"), &json!("7"))
        );
        assert_eq!(item["ok"], false);
        assert!(row(&findings[0]).contains("row 7 of reminder cannot be read: due_at"));
        assert!(of_rows("search", 9, &[])[0].advice.is_none());
        let many = vec![json!({ "table": "t", "row": "r", "what": "w" }); NAMED + 5];
        assert_eq!(of_rows("search", 9, &many).len(), NAMED + 1);
    }

    #[test]
    fn whatever_is_wrong_is_told_with_advice() {
        let status = json!({
            "name": "ingest", "checks": [{ "name": "store", "ok": false, "detail": "refused" }],
            "now": "2026-05-01T11:59:00Z", "parked": 2, "inbox_due": "2026-05-01T11:00:00Z",
            "outbox": { "waiting": 3, "oldest": "2026-05-01T11:50:00Z" },
        });
        assert_eq!(
            ill(&status),
            ["dependency", "clock", "outbox", "inbox", "parked"]
        );
        assert_eq!(
            ill(&json!({ "name": "users", "away": "refused" })),
            ["answers"]
        );
    }
}
