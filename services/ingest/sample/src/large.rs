//! Files of any size for measurements, written as they are made.

use std::io::{self, Write};

use jiff::{ToSpan, civil::date};

use crate::{
    connections::{self, Connection, cell},
    mail::{End, Mail, Sort},
    people::{Human, World},
    rng::Rng,
};

/// Passed on between files, so that each `n` is someone of their own.
fn human(world: &World, n: usize) -> Human {
    let mut human = world.humans[n % world.humans.len()].clone();
    let round = n / world.humans.len();
    if round > 0 {
        human.family = format!("{} {round}", human.family);
        human.email = human.email.replacen('@', &format!(".{round}@"), 1);
        human.profile = format!("{}-{round}", human.profile);
    }
    human
}

/// Writes a LinkedIn `Connections.csv` of so many people.
///
/// # Errors
/// When writing fails.
pub fn large_linkedin_csv(seed: u64, people: usize, out: &mut impl Write) -> io::Result<()> {
    let (world, mut rng) = (World::new(seed), Rng::new(seed, 100));
    connections::write_header(out)?;
    for n in 0..people {
        let ago = i64::try_from(rng.below(4_000)).expect("a few years of days");
        let since = date(2025, 12, 31).saturating_sub(ago.days());
        let row = Connection {
            human: &human(&world, n),
            shows_email: rng.percent(85),
            since,
        };
        connections::write_row(out, &row)?;
    }
    Ok(())
}

/// Writes a Google Contacts CSV of so many people, in the columns of 2024.
///
/// # Errors
/// When writing fails.
pub fn large_google_csv(seed: u64, people: usize, out: &mut impl Write) -> io::Result<()> {
    const HEADER: &str = "First Name,Middle Name,Last Name,Phonetic First Name,\
        Phonetic Middle Name,Phonetic Last Name,Name Prefix,Name Suffix,Nickname,File As,\
        Organization Name,Organization Title,Organization Department,Birthday,Notes,Photo,Labels,\
        E-mail 1 - Label,E-mail 1 - Value,E-mail 2 - Label,E-mail 2 - Value,Phone 1 - Label,\
        Phone 1 - Value,Address 1 - Label,Address 1 - Formatted,Address 1 - Street,\
        Address 1 - City,Address 1 - PO Box,Address 1 - Region,Address 1 - Postal Code,\
        Address 1 - Country,Address 1 - Extended Address,Website 1 - Label,Website 1 - Value";
    let (world, mut rng) = (World::new(seed), Rng::new(seed, 101));
    writeln!(out, "{HEADER}")?;
    for n in 0..people {
        let human = human(&world, n);
        let (given, family) = (cell(&human.given), cell(&human.family));
        let (organisation, title) = (cell(human.organisation), human.title);
        let (email, profile) = (&human.email, &human.profile);
        let birthday = match rng.below(4) {
            0 => format!(
                "{}-{:02}-{:02}",
                rng.between(1940, 2005),
                rng.between(1, 12),
                rng.between(1, 28)
            ),
            1 => format!("--{:02}-{:02}", rng.between(1, 12), rng.between(1, 28)),
            _ => String::new(),
        };
        let notes = if rng.percent(20) {
            "\"Met at the fair.\nLikes \"\"engines\"\".\""
        } else {
            ""
        };
        let second = if rng.percent(30) {
            format!("private{n}@example.net")
        } else {
            String::new()
        };
        let (area, number, street) = (rng.below(1_000), rng.below(10_000), rng.between(1, 200));
        writeln!(
            out,
            "{given},,{family},,,,,,,,{organisation},{title},,{birthday},{notes},,* myContacts,\
             * Work,{email},Home,{second},Mobile,+44 20 7946 {area:03}{number:04},Home,\
             \"{street} Sample Street\nLondon\",{street} Sample Street,London,,,SW1A 1AA,GB,,\
             Profile,{profile}"
        )?;
    }
    Ok(())
}

/// Writes a mailbox file of at least so many bytes, with bodies of the sizes that real ones have
/// (83 kB on average), bulk among it. Answers how many messages it holds.
///
/// # Errors
/// When writing fails.
pub fn large_mbox(seed: u64, bytes: u64, out: &mut impl Write) -> io::Result<u64> {
    let (world, mut rng) = (World::new(seed), Rng::new(seed, 102));
    let owner = End {
        name: "Sample Owner".to_owned(),
        email: "owner@example.org".to_owned(),
    };
    let filler = filler(&mut rng);
    let (mut written, mut messages, mut headers) = (0, 0, Vec::new());
    let start = date(2016, 1, 1).at(8, 0, 0, 0);
    while written < bytes {
        let other = human(&world, rng.below(world.humans.len()));
        let other = End {
            name: other.name(),
            email: other.email,
        };
        let (from, to) = if rng.percent(50) {
            (owner.clone(), other)
        } else {
            (other, owner.clone())
        };
        let sort = if rng.percent(40) {
            Sort::Newsletter
        } else {
            Sort::Personal
        };
        let minutes = i64::try_from(messages % 5_000_000).expect("ten years of minutes");
        let sent = start.saturating_add(minutes.minutes());
        let id = format!("{messages}.{:x}@mail.example.org", rng.next());
        headers.clear();
        let mail = Mail {
            id,
            sent,
            from,
            to: vec![to],
            cc: Vec::new(),
            sort,
        };
        mail.write_headers(&mut headers)?;
        let body = match rng.below(10) {
            0..6 => rng.between(400, 20_000),
            6..9 => rng.between(20_000, 160_000),
            _ => rng.between(160_000, filler.len()),
        };
        out.write_all(&headers)?;
        out.write_all(&filler[..body])?;
        out.write_all(b"\n\n")?;
        written += (headers.len() + body + 2) as u64;
        messages += 1;
    }
    Ok(messages)
}

/// Lines as of an attachment, and among them what a careless reader takes for a new message.
fn filler(rng: &mut Rng) -> Vec<u8> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut filler = Vec::with_capacity(520_000);
    while filler.len() < 512_000 {
        if rng.percent(1) {
            filler.extend_from_slice(b"From here on it is only letters.\n");
        }
        for _ in 0..76 {
            filler.push(*rng.pick(ALPHABET));
        }
        filler.push(b'\n');
    }
    filler
}
