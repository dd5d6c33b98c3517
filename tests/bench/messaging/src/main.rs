//! Measures the way of an event: command by HTTP, commit with outbox, broker, inbox and effect.
//!
//! One program with many faces, so that it is built once. Addresses come from the environment
//! (`settings.rs`), sizes from the command line; every answer is one line of JSON. The peers beside
//! it (`../peers`) take the same environment and are driven by the same `load`.
//!
//! | command | is |
//! |---|---|
//! | `prepare`, `cleanup` | empty databases; without the run's exchange and queue |
//! | `ready` | waits until somebody consumes the queue |
//! | `publisher`, `consumer` | the two services on the skeleton |
//! | `bare-publisher`, `bare-consumer` | the same work with nothing around it |
//! | `load` | commands by HTTP, against anybody |
//! | `fill` | a backlog in the publisher's outbox |
//! | `ledger` | what was committed, what arrived, lost and doubled |
//! | `broker`, `store` | the ceilings: bare lapin, bare sqlx |
//! | `statements` | what PostgreSQL ran how often, by `pg_stat_statements` |

mod bare;
mod broker;
mod consumer;
mod effects;
mod fill;
mod http;
mod lags;
mod ledger;
mod load;
mod payload;
mod prepare;
mod publisher;
mod ready;
mod settings;
mod statements;
mod store;

use settings::Settings;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const COMMANDS: &str = "prepare, cleanup, ready, publisher, consumer, bare-publisher, bare-consumer, load, fill, ledger, broker, store, statements";

fn main() -> anyhow::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (command, words) = words
        .split_first()
        .ok_or_else(|| anyhow::anyhow!("expected one of {COMMANDS}"))?;
    let settings = Settings::read()?;
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(run(command, words, &settings))
}

async fn run(command: &str, words: &[String], settings: &Settings) -> anyhow::Result<()> {
    let number = |index: usize, what: &str| -> anyhow::Result<u64> {
        let word = words
            .get(index)
            .ok_or_else(|| anyhow::anyhow!("{command}: expected {what}"))?;
        word.parse()
            .map_err(|_| anyhow::anyhow!("{command}: {what} is {word:?}, expected a whole number"))
    };
    let answer = match command {
        "prepare" => prepare::prepare(settings).await?,
        "cleanup" => prepare::cleanup(settings).await?,
        "ready" => ready::ready(settings).await?,
        "publisher" => return publisher::run(settings).await,
        "consumer" => return consumer::run(settings).await,
        "bare-publisher" => return bare::publisher(settings).await,
        "bare-consumer" => return bare::consumer(settings).await,
        "load" => {
            let plan = load::Plan {
                connections: number(0, "the connections")?,
                rate: number(1, "events a second, 0 for as many as can be")?,
                events: number(2, "the events")?,
            };
            load::run(settings, plan).await?
        }
        "fill" => fill::fill(settings, number(0, "the rows")?).await?,
        "ledger" => ledger::ledger(settings).await?,
        "broker" => {
            broker::run(
                settings,
                number(0, "the messages")?,
                number(1, "those in flight")?,
            )
            .await?
        }
        "store" => {
            store::run(
                settings,
                number(0, "the events")?,
                number(1, "the connections")?,
            )
            .await?
        }
        "statements" => statements::statements(settings).await?,
        other => anyhow::bail!("{other}: expected one of {COMMANDS}"),
    };
    println!("{answer}");
    Ok(())
}
