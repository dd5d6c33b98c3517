//! Writes made-up files of any size: `kith-bench-files linkedin|google|mbox SEED SIZE FILE`, the size
//! in people, of a mailbox in megabytes. The same arguments give the same file.

use std::{
    fs::File,
    io::{BufWriter, Write},
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [kind, seed, size, path] = arguments.as_slice() else {
        return Err("expected: linkedin|google|mbox SEED SIZE FILE".into());
    };
    let (seed, size) = (seed.parse()?, size.parse::<u32>()?);
    let people = usize::try_from(size)?;
    let mut out = BufWriter::new(File::create(path)?);
    match kind.as_str() {
        "linkedin" => kith_sample::large_linkedin_csv(seed, people, &mut out)?,
        "google" => kith_sample::large_google_csv(seed, people, &mut out)?,
        "mbox" => {
            kith_sample::large_mbox(seed, u64::from(size) * 1_000_000, &mut out)?;
        }
        other => return Err(format!("{other}: expected linkedin, google or mbox").into()),
    }
    Ok(out.flush()?)
}
