//! Measures how fast each parser reads a large made-up file.
//!
//! `cargo run --release -p kith-sample --example throughput [megabytes of mail] [people]`
#![allow(clippy::print_stdout, reason = "a measurement prints what it measured")]

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::Path,
    time::Instant,
};

use kith_formats::{Content, Format, Limits};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let megabytes = arguments.next().map_or(Ok(1_000), |it| it.parse::<u64>())?;
    let people = arguments
        .next()
        .map_or(Ok(100_000), |it| it.parse::<usize>())?;
    let path = std::env::temp_dir().join(format!("kith-throughput-{}", std::process::id()));
    let written = |write: &dyn Fn(&mut BufWriter<File>) -> std::io::Result<()>| {
        let mut out = BufWriter::new(File::create(&path)?);
        write(&mut out)?;
        out.flush()
    };
    written(&|out| kith_sample::large_mbox(7, megabytes << 20, out).map(|_| ()))?;
    measure(Format::Mbox, &path)?;
    written(&|out| kith_sample::large_google_csv(7, people, out))?;
    measure(Format::GoogleCsv, &path)?;
    written(&|out| kith_sample::large_linkedin_csv(7, people, out))?;
    measure(Format::LinkedIn, &path)?;
    std::fs::remove_file(&path)?;
    Ok(())
}

fn measure(format: Format, path: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let bytes = std::fs::metadata(path)?.len();
    let start = Instant::now();
    let (mut entries, mut used) = (0_u64, 0_u64);
    for entry in kith_formats::read(format, Box::new(File::open(path)?), Limits::default())? {
        entries += 1;
        used += u64::from(matches!(
            entry?.content,
            Content::Contact(_) | Content::Message(_)
        ));
    }
    let seconds = start.elapsed().as_secs_f64();
    let (megabytes, rate) = (bytes >> 20, bytes as f64 / seconds / 1e6);
    let per_second = entries as f64 / seconds;
    println!(
        "{format}: {megabytes} MiB, {entries} entries, {used} used, {seconds:.2} s: \
         {rate:.0} MB/s, {per_second:.0} entries/s"
    );
    Ok(())
}
