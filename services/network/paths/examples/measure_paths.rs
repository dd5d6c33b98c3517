//! Measures the engine on a generated graph: `cargo run --release -p kith-paths --example
//! measure_paths -- [--json] [--nodes 65645] [--ties 1947406] [--pairs 2000] [--runs 3] [--seed 1]
//! [--damping 0.8] [--peer-pairs 0]`. The peer is asked about so many of the pairs.

#![allow(clippy::print_stdout, clippy::print_stderr)]

#[path = "../tests/it/generate.rs"]
mod generate;
mod peer;

use std::time::{Duration, Instant};

use kith_paths::{Filter, Graph, OwnerSet, Query, Scratch, Snapshot, Strength, Tie};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

/// What can be set on the command line.
struct Settings {
    nodes: u32,
    ties: usize,
    pairs: usize,
    runs: usize,
    seed: u64,
    damping: f64,
    peer_pairs: usize,
    json: bool,
}

fn main() {
    let settings = match settings(std::env::args().skip(1)) {
        Ok(settings) => settings,
        Err(problem) => {
            eprintln!("{problem}");
            std::process::exit(2);
        }
    };
    measure(&settings);
}

fn settings(mut arguments: impl Iterator<Item = String>) -> Result<Settings, String> {
    let mut settings = Settings {
        nodes: 65_645,
        ties: 1_947_406,
        pairs: 2_000,
        runs: 3,
        seed: 1,
        damping: 0.8,
        peer_pairs: 0,
        json: false,
    };
    while let Some(name) = arguments.next() {
        if name == "--json" {
            settings.json = true;
            continue;
        }
        let value = arguments
            .next()
            .ok_or_else(|| format!("{name} needs a value"))?;
        let number = || {
            value
                .parse::<usize>()
                .map_err(|_| format!("{name}: expected a number"))
        };
        match name.as_str() {
            "--nodes" => settings.nodes = number()? as u32,
            "--ties" => settings.ties = number()?,
            "--pairs" => settings.pairs = number()?.max(1),
            "--runs" => settings.runs = number()?.max(1),
            "--peer-pairs" => settings.peer_pairs = number()?,
            "--seed" => settings.seed = number()? as u64,
            "--damping" => {
                settings.damping = value
                    .parse()
                    .map_err(|_| format!("{name}: expected a number"))?;
            }
            _ => return Err(format!("unknown option {name}")),
        }
    }
    Ok(settings)
}

fn measure(settings: &Settings) {
    let ties = generate::preferential(settings.nodes, settings.ties, 8, settings.seed);
    let begin = Instant::now();
    let mut graph = Graph::from_ties(settings.nodes, &ties).expect("generated ties are valid");
    let build = begin.elapsed();
    let snapshot = graph.snapshot();
    let bytes_a_directed_tie = graph.bytes() as f64 / (2.0 * snapshot.tie_count() as f64);
    let mut report = Report {
        json: settings.json,
        lines: Vec::new(),
    };
    report.number("people", f64::from(snapshot.node_count()));
    report.number("ties", snapshot.tie_count() as f64);
    report.number(
        "median_degree",
        f64::from(median_degree(settings.nodes, &ties)),
    );
    report.number("build_ms", build.as_secs_f64() * 1e3);
    report.number("bytes_a_directed_tie", bytes_a_directed_tie);
    let pairs = random_pairs(settings);
    let mut scratch = Scratch::default();
    let mut quietest: [Vec<Duration>; 3] = Default::default();
    for run in 1..=settings.runs {
        for (task, (name, count)) in [("five_best", 5), ("best_one", 1)].into_iter().enumerate() {
            let mut approximate = 0;
            let times = timed(&pairs, |from, to| {
                approximate += usize::from(ask(&snapshot, settings, from, to, count, &mut scratch));
            });
            keep_least(&mut quietest[task], &times);
            report.times(&format!("{name}_run{run}"), times);
            if approximate > 0 {
                report.number(&format!("run{run}_{name}_approximate"), approximate as f64);
            }
        }
        let filter = Filter::new(0, OwnerSet::all());
        let times = timed(&pairs, |from, to| {
            snapshot
                .distance(from, to, &filter, &mut scratch)
                .expect("the pairs are known");
        });
        keep_least(&mut quietest[2], &times);
        report.times(&format!("distance_run{run}"), times);
    }
    // What the engine takes when nobody else has the core.
    for (name, times) in ["five_best", "best_one", "distance"]
        .into_iter()
        .zip(quietest)
    {
        report.times(&format!("{name}_least"), times);
    }
    beside_peer(settings, &snapshot, &ties, &pairs, &mut report);
    drop(snapshot);
    changes(&mut graph, &ties, &mut report);
    report.end();
}

/// The library and the engine on the same pairs, one after another.
fn beside_peer(
    settings: &Settings,
    snapshot: &Snapshot,
    ties: &[Tie],
    pairs: &[(u32, u32)],
    report: &mut Report,
) {
    let pairs = &pairs[..settings.peer_pairs.min(pairs.len())];
    if pairs.is_empty() {
        return;
    }
    let peer = peer::Peer::new(settings.nodes, ties);
    let mut scratch = Scratch::default();
    for (name, count) in [("five_best", 5), ("best_one", 1)] {
        let ours = timed(pairs, |from, to| {
            ask(snapshot, settings, from, to, count, &mut scratch);
        });
        let theirs = peer.times(pairs, count);
        let total = |times: &[Duration]| times.iter().sum::<Duration>().as_secs_f64();
        report.number(
            &format!("{name}_times_peer"),
            total(&theirs) / total(&ours).max(f64::MIN_POSITIVE),
        );
        report.times(&format!("{name}_peer"), theirs);
    }
}

fn ask(
    snapshot: &Snapshot,
    settings: &Settings,
    from: u32,
    to: u32,
    count: usize,
    scratch: &mut Scratch,
) -> bool {
    let filter = Filter::new(0, OwnerSet::all());
    let query = Query {
        count,
        damping: settings.damping,
        ..Query::new(from, vec![to], filter)
    };
    snapshot
        .best_paths(&query, scratch)
        .expect("the query is valid")
        .approximate
}

/// Live events: a tie's strength changes, and a snapshot is published for readers.
fn changes(graph: &mut Graph, ties: &[Tie], report: &mut Report) {
    let mut random = SmallRng::seed_from_u64(7);
    let changed: Vec<Tie> = (0..2_000)
        .map(|_| {
            let tie = ties[random.random_range(0..ties.len())];
            Tie {
                strength: Strength::from_cost(random.random()),
                ..tie
            }
        })
        .collect();
    let mut put = Vec::new();
    let mut publish = Vec::new();
    for tie in changed {
        let begin = Instant::now();
        graph.put(tie).expect("the tie was there");
        put.push(begin.elapsed());
        let begin = Instant::now();
        drop(graph.snapshot());
        publish.push(begin.elapsed());
    }
    report.times("put", put);
    report.times("publish", publish);
    let begin = Instant::now();
    graph.merge();
    report.number("merge_ms", begin.elapsed().as_secs_f64() * 1e3);
}

fn median_degree(nodes: u32, ties: &[Tie]) -> u32 {
    let mut degrees = vec![0_u32; nodes as usize];
    for tie in ties {
        degrees[tie.a as usize] += 1;
        degrees[tie.b as usize] += 1;
    }
    degrees.sort_unstable();
    degrees[degrees.len() / 2]
}

fn random_pairs(settings: &Settings) -> Vec<(u32, u32)> {
    let mut random = SmallRng::seed_from_u64(settings.seed + 1);
    let mut one = || random.random_range(0..settings.nodes);
    (0..settings.pairs).map(|_| (one(), one())).collect()
}

fn timed(pairs: &[(u32, u32)], mut task: impl FnMut(u32, u32)) -> Vec<Duration> {
    let time = |&(from, to): &(u32, u32)| {
        let begin = Instant::now();
        task(from, to);
        begin.elapsed()
    };
    pairs.iter().map(time).collect()
}

/// Keeps per pair the least of all runs.
fn keep_least(least: &mut Vec<Duration>, times: &[Duration]) {
    least.resize(times.len(), Duration::MAX);
    for (least, &time) in least.iter_mut().zip(times) {
        *least = time.min(*least);
    }
}

/// Lines for people, or one JSON object.
struct Report {
    json: bool,
    lines: Vec<String>,
}

impl Report {
    fn number(&mut self, name: &str, value: f64) {
        self.lines.push(if self.json {
            format!("\"{name}\":{value:.2}")
        } else {
            format!("{name:<28}{value:>14.2}")
        });
    }

    fn times(&mut self, name: &str, mut times: Vec<Duration>) {
        times.sort_unstable();
        let micros = |share: f64| {
            let index = ((times.len() - 1) as f64 * share).round() as usize;
            times[index].as_secs_f64() * 1e6
        };
        let values = [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("worst", 1.0)];
        let values = values.map(|(name, share)| (name, micros(share)));
        self.lines.push(if self.json {
            let fields = values.map(|(name, value)| format!("\"{name}_us\":{value:.1}"));
            format!("\"{name}\":{{{}}}", fields.join(","))
        } else {
            let fields = values.map(|(name, value)| format!("{name} {value:>9.1} µs"));
            format!("{name:<18}{}", fields.join("   "))
        });
    }

    fn end(self) {
        if self.json {
            println!("{{{}}}", self.lines.join(","));
        } else {
            println!("{}", self.lines.join("\n"));
        }
    }
}
