//! Addresses behind which are many people, or none: mailing lists and machines.
//!
//! A mail is judged by its headers first, see `junk`; here by its addresses.

use std::{collections::HashSet, io::SeekFrom};

use crate::reader::ReadSeek;

/// Lists that are remembered of one file.
const MAX_LISTS: usize = 10_000;
/// How much of a file is looked through for lists before it is read, in bytes.
const SCAN_BYTES: u64 = 128 << 20;
const CHUNK_BYTES: usize = 64 << 10;
/// A header that names a list fits into this.
const HEADER_BYTES: usize = 512;

/// Parts of a name that only machines have, written together: what is said in them is not to answer.
const MACHINES: [&str; 40] = [
    "alavastaa",
    "autoreply",
    "autoresponder",
    "doesnotreply",
    "donotreply",
    "dontreply",
    "eivastausta",
    "geenantwoord",
    "ikkesvar",
    "keineantwort",
    "listserv",
    "mailerdaemon",
    "majordomo",
    "naoresponda",
    "naoresponder",
    "nãoresponda",
    "neodgovarajte",
    "neodpovidat",
    "neodpovidejte",
    "neotvechat",
    "nepasrepondre",
    "nepasrépondre",
    "nevalaszoljon",
    "neválaszoljon",
    "nichtantwort",
    "nietreageren",
    "nietantwoorden",
    "nietbeantwoorden",
    "nieodpowiadaj",
    "nonrispondere",
    "noreply",
    "noreplay",
    "norespond",
    "noresponda",
    "nuraspundeti",
    "sansreponse",
    "svarainte",
    "svarikke",
    "unmonitored",
    "yanitlamayin",
];
/// Words of which one makes a name a machine's.
const MACHINE_WORDS: [&str; 52] = [
    "alert",
    "alerts",
    "alerte",
    "alertes",
    "avisos",
    "benachrichtigung",
    "benachrichtigungen",
    "bounce",
    "bounces",
    "confirmation",
    "confirmations",
    "daemon",
    "digest",
    "factura",
    "facturas",
    "facturation",
    "facture",
    "factures",
    "faktura",
    "fattura",
    "fatture",
    "fatturazione",
    "invoice",
    "invoices",
    "mailer",
    "mailing",
    "marketing",
    "newsletter",
    "newsletters",
    "notif",
    "notificacion",
    "notificaciones",
    "notification",
    "notifications",
    "notificações",
    "notifiche",
    "notifier",
    "notify",
    "promo",
    "promotions",
    "quittung",
    "receipt",
    "receipts",
    "rechnung",
    "rechnungen",
    "robot",
    "statements",
    "subscriptions",
    "unsubscribe",
    "verification",
    "versand",
    "wordpress",
];
/// Words of which a machine's name can be made, and which can be in a person's.
const PLAIN_WORDS: [&str; 46] = [
    "account",
    "accounts",
    "auto",
    "automated",
    "bot",
    "build",
    "builds",
    "buchhaltung",
    "calendar",
    "ci",
    "customer",
    "delivery",
    "email",
    "feedback",
    "git",
    "group",
    "jenkins",
    "jira",
    "kunden",
    "kundenservice",
    "list",
    "mail",
    "my",
    "news",
    "offers",
    "online",
    "order",
    "orders",
    "password",
    "payments",
    "post",
    "reminder",
    "reply",
    "reservations",
    "security",
    "server",
    "service",
    "shipping",
    "shop",
    "store",
    "survey",
    "system",
    "team",
    "update",
    "updates",
    "web",
];
/// The words of those that name a machine when no other word does.
const PLAIN_MACHINES: [&str; 24] = [
    "automated",
    "bot",
    "build",
    "builds",
    "calendar",
    "ci",
    "delivery",
    "feedback",
    "git",
    "jenkins",
    "jira",
    "news",
    "offers",
    "order",
    "orders",
    "password",
    "reminder",
    "reply",
    "shipping",
    "survey",
    "system",
    "update",
    "updates",
    "payments",
];

/// What kind of machine writes from an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Machine {
    /// Nobody reads what is written to it.
    Deaf,
    /// It is written from without anybody, and somebody may read what is written to it.
    Role,
}

/// Whether a machine writes from an address, by how it is called.
pub(super) fn machine(address: &str, name: Option<&str>) -> Option<Machine> {
    let (local, domain) = address.rsplit_once('@')?;
    let (local, domain) = (local.to_lowercase(), domain.to_lowercase());
    let together = local.chars().filter(|c| c.is_alphabetic());
    let together = together.collect::<String>();
    if MACHINES.iter().any(|machine| together.contains(machine)) {
        return Some(Machine::Deaf);
    }
    let words = local.split(|c: char| !c.is_alphabetic());
    let words = words.filter(|word| word.len() > 1).collect::<Vec<_>>();
    if is_token(&local) {
        return Some(Machine::Deaf);
    }
    if words.iter().any(|word| MACHINE_WORDS.contains(word)) {
        return Some(Machine::Role);
    }
    let is_plain = |word: &&str| PLAIN_WORDS.contains(word);
    let is_machine = |word: &&str| PLAIN_MACHINES.contains(word);
    if words.iter().all(is_plain) && words.iter().any(is_machine) {
        return Some(Machine::Role);
    }
    // `acme.uk@acme.example`, called "Acme Receipts".
    let firm = domain.split('.').rev().nth(1).unwrap_or_default();
    let name = name.unwrap_or_default().to_lowercase();
    let mut called = name.split(|c: char| !c.is_alphabetic());
    let is_firm = words.first().is_some_and(|word| *word == firm);
    (is_firm && called.any(|word| MACHINE_WORDS.contains(&word))).then_some(Machine::Role)
}

/// `reply-1234abcd`, `inmail-hit-reply`: an answer to it goes back into a machine.
fn is_token(local: &str) -> bool {
    let Some(at) = local.find("reply") else {
        return false;
    };
    let (before, after) = (&local[..at], &local[at + "reply".len()..]);
    let token = after.trim_start_matches(|c: char| !c.is_alphanumeric());
    let has_digit = token.contains(|c: char| c.is_ascii_digit());
    let is_separate = |part: &str| part.ends_with(|c: char| !c.is_alphanumeric());
    (before.is_empty() && token.len() >= 6 && has_digit && token.len() < after.len())
        || (after.is_empty() && is_separate(before))
}

/// Whether an address is a mailing list's, by how it and its domain are called.
fn is_list_by_name(local: &str, domain: &str) -> bool {
    const DOMAINS: [&str; 8] = [
        "freelists.org",
        "googlegroups.com",
        "groups.io",
        "groups.google.com",
        "listserv.net",
        "simplelists.com",
        "yahoogroups.com",
        "yahoogroups.de",
    ];
    const HOSTS: [&str; 9] = [
        "groups",
        "list",
        "listen",
        "listes",
        "lists",
        "listserv",
        "mailinglist",
        "mailman",
        "sympa",
    ];
    const COMMANDS: [&str; 9] = [
        "-bounces",
        "-help",
        "-join",
        "-leave",
        "-owner",
        "-request",
        "-subscribe",
        "-unsubscribe",
        "-confirm",
    ];
    let host = domain.split('.').next().unwrap_or_default();
    // A large provider of mail for people.
    let is_provider = domain == "list.ru";
    let is_command = COMMANDS.iter().any(|command| local.ends_with(command));
    let is_host = HOSTS.contains(&host) && !is_provider;
    DOMAINS.contains(&domain) || is_host || is_command || local.starts_with("owner-")
}

/// The mailing lists that a file names.
#[derive(Debug, Default)]
pub(super) struct Lists(HashSet<String>);

impl Lists {
    /// Looks through the beginning of a file for them, if it can be gone back in: a mail to a list is
    /// often before the first that came from it.
    pub(super) fn of(source: &mut dyn ReadSeek) -> std::io::Result<Self> {
        let mut lists = Self::default();
        let Ok(start) = source.stream_position() else {
            return Ok(lists);
        };
        let finder = memchr::memmem::Finder::new(b"\nList-");
        let (mut buffer, mut kept, mut passed) = (vec![0; CHUNK_BYTES], 0, 0_u64);
        while passed < SCAN_BYTES {
            let taken = source.read(&mut buffer[kept..])?;
            let ready = &buffer[..kept + taken];
            let whole = match taken {
                0 => ready.len(),
                _ => ready.len().saturating_sub(HEADER_BYTES),
            };
            for at in finder.find_iter(ready).take_while(|at| *at < whole) {
                let end = ready.len().min(at + HEADER_BYTES);
                lists.learn(&String::from_utf8_lossy(&ready[at + 1..end]));
            }
            passed += taken as u64;
            if taken == 0 {
                break;
            }
            let end = ready.len();
            buffer.copy_within(whole..end, 0);
            kept = end - whole;
        }
        source.seek(SeekFrom::Start(start))?;
        Ok(lists)
    }

    /// Takes the list that a header names, which may be followed by others: `List-Post:
    /// <mailto:choir@example.org>`, `List-Id: The choir <choir.example.org>`.
    pub(super) fn learn(&mut self, headers: &str) {
        let Some((name, value)) = headers.split_once(':') else {
            return;
        };
        let value = value.split_once('>').map_or("", |(value, _)| value);
        let Some((_, value)) = value.rsplit_once('<') else {
            return;
        };
        let address = match name.trim().to_ascii_lowercase().as_str() {
            "list-post" => value.trim().strip_prefix("mailto:").map(str::to_owned),
            "list-id" => value
                .trim()
                .split_once('.')
                .map(|(list, domain)| format!("{list}@{domain}")),
            _ => None,
        };
        let address = address.map(|it| it.split('?').next().unwrap_or_default().to_lowercase());
        let address = address.filter(|it| it.contains('@') && it.len() < 200);
        if self.0.len() < MAX_LISTS {
            self.0.extend(address);
        }
    }

    /// Whether an address is a list's.
    pub(super) fn is_list(&self, address: &str) -> bool {
        let address = address.to_lowercase();
        let by_name = address
            .rsplit_once('@')
            .is_some_and(|(local, domain)| is_list_by_name(local, domain));
        by_name || self.0.contains(&address)
    }
}
