//! A message out of its headers, or the reason to leave it out.

use jiff::Timestamp;
use mail_parser::{Address, DateTime, HeaderName, HeaderValue, Message as Parsed, MessageParser};

use crate::{
    dates,
    entry::{Content, bounded},
    model::{Mailbox, Message, MessageKind},
    text::non_empty,
};

/// Addresses kept of one header; a mail to more is no evidence of anything.
const MAX_ADDRESSES: usize = 200;

/// Gmail's own labels for what is left out, in the languages of its Takeout.
const DRAFT_LABELS: [&str; 8] = [
    "drafts",
    "draft",
    "entwürfe",
    "brouillons",
    "borradores",
    "bozze",
    "concepten",
    "rascunhos",
];
const SPAM_LABELS: [&str; 2] = ["spam", "junk"];

/// `X-Mozilla-Status` bit of a message that was deleted and not yet compacted away.
const MOZILLA_EXPUNGED: u32 = 0x0008;

/// Reads header blocks.
pub(super) struct HeaderReader {
    parser: MessageParser,
}

impl HeaderReader {
    pub(super) fn new() -> Self {
        let parser = MessageParser::new()
            .header_address(HeaderName::From)
            .header_address(HeaderName::To)
            .header_address(HeaderName::Cc)
            .header_address(HeaderName::Bcc)
            .header_date(HeaderName::Date)
            .header_id(HeaderName::MessageId)
            .header_id(HeaderName::References)
            .header_id(HeaderName::InReplyTo)
            .default_header_text();
        Self { parser }
    }

    /// What becomes of a message with these headers. Its date is that of its separator where the
    /// headers give none.
    pub(super) fn content(&self, headers: &str, separator: &[u8]) -> Content {
        let block = format!("{headers}\n");
        let Some(parsed) = self.parser.parse_headers(block.as_bytes()) else {
            return Content::rejected("no header that matters; expected From, To and Date");
        };
        if let Some(reason) = left_out(&parsed) {
            return Content::left_out(label(&parsed), reason);
        }
        let Some(from) = mailboxes(&parsed, &HeaderName::From).into_iter().next() else {
            return Content::rejected("no sender; expected a From header with an address");
        };
        let header_date = parsed.date().and_then(timestamp);
        let Some(date) = header_date.or_else(|| separator_date(separator)) else {
            return Content::rejected(
                "no date; expected a Date header like `Sun, 15 Feb 2026 00:04:28 +0000`",
            );
        };
        let to = mailboxes(&parsed, &HeaderName::To);
        let mut cc = mailboxes(&parsed, &HeaderName::Cc);
        cc.extend(mailboxes(&parsed, &HeaderName::Bcc));
        let message_id = ids(&parsed, HeaderName::MessageId).into_iter().next();
        let kind = MessageKind::Mail;
        let thread = thread(&parsed);
        Content::Message(Box::new(Message {
            message_id,
            date,
            from,
            to,
            cc,
            thread,
            kind,
        }))
    }
}

fn text(parsed: &Parsed<'_>, name: &'static str) -> Option<String> {
    let value = parsed
        .header(HeaderName::Other(name.into()))
        .or_else(|| HeaderName::parse(name).and_then(|name| parsed.header(name)))?;
    match value {
        HeaderValue::Text(text) => non_empty(text),
        HeaderValue::TextList(texts) => non_empty(&texts.join(" ")),
        _ => None,
    }
}

/// Why a message is no evidence of two people knowing each other.
fn left_out(parsed: &Parsed<'_>) -> Option<String> {
    let labels = text(parsed, "X-Gmail-Labels")
        .unwrap_or_default()
        .to_lowercase();
    let labelled = |known: &[&str]| labels.split(',').any(|label| known.contains(&label.trim()));
    if labelled(&DRAFT_LABELS) {
        return Some("a draft".to_owned());
    }
    let flagged = text(parsed, "X-Spam-Flag").is_some_and(|flag| flag.eq_ignore_ascii_case("yes"));
    if flagged || labelled(&SPAM_LABELS) {
        return Some("spam".to_owned());
    }
    let status = text(parsed, "X-Mozilla-Status").and_then(|it| u32::from_str_radix(&it, 16).ok());
    if status.is_some_and(|status| status & MOZILLA_EXPUNGED != 0) {
        return Some("deleted".to_owned());
    }
    bulk(parsed)
}

fn bulk(parsed: &Parsed<'_>) -> Option<String> {
    if let Some(precedence) = text(parsed, "Precedence") {
        let precedence = bounded(precedence.to_lowercase(), 20);
        if ["bulk", "list", "junk", "auto_reply"].contains(&precedence.as_str()) {
            return Some(format!("bulk mail (Precedence: {precedence})"));
        }
    }
    if let Some(submitted) = text(parsed, "Auto-Submitted")
        && !submitted.to_lowercase().starts_with("no")
    {
        return Some("sent by a machine (Auto-Submitted)".to_owned());
    }
    for name in [HeaderName::ListId, HeaderName::ListUnsubscribe] {
        if parsed.header(name.clone()).is_some() {
            return Some(format!("bulk mail ({})", name.as_str()));
        }
    }
    None
}

fn label(parsed: &Parsed<'_>) -> String {
    let from = mailboxes(parsed, &HeaderName::From).into_iter().next();
    bounded(from.map(|from| from.address).unwrap_or_default(), 200)
}

/// Every address of every header of a name, groups opened.
fn mailboxes(parsed: &Parsed<'_>, name: &HeaderName<'static>) -> Vec<Mailbox> {
    let headers = parsed
        .headers()
        .iter()
        .filter(|header| header.name == *name);
    let addresses = headers
        .filter_map(|header| header.value.as_address())
        .flat_map(Address::iter);
    let mailbox = |address: &mail_parser::Addr<'_>| {
        let spelled = address.address().map(str::trim)?;
        let (local, domain) = spelled.rsplit_once('@')?;
        if local.is_empty() || domain.is_empty() || spelled.contains(char::is_whitespace) {
            return None;
        }
        let name = address.name().map(without_comment).and_then(non_empty);
        let name = name.filter(|name| name != spelled);
        Some(Mailbox {
            address: spelled.to_owned(),
            name,
        })
    };
    addresses.filter_map(mailbox).take(MAX_ADDRESSES).collect()
}

/// A name without the comment that the parser puts behind it: `Ada (her work address)`.
fn without_comment(name: &str) -> &str {
    match name
        .trim_end()
        .strip_suffix(')')
        .and_then(|name| name.rsplit_once('('))
    {
        Some((name, _)) if !name.trim().is_empty() => name,
        _ => name,
    }
}

fn ids(parsed: &Parsed<'_>, name: HeaderName<'static>) -> Vec<String> {
    match parsed.header(name) {
        Some(HeaderValue::Text(id)) => non_empty(id).into_iter().collect(),
        Some(HeaderValue::TextList(ids)) => ids.iter().filter_map(|id| non_empty(id)).collect(),
        _ => Vec::new(),
    }
}

/// Gmail's thread, or else the message that began it.
fn thread(parsed: &Parsed<'_>) -> Option<String> {
    text(parsed, "X-GM-THRID")
        .or_else(|| ids(parsed, HeaderName::References).into_iter().next())
        .or_else(|| ids(parsed, HeaderName::InReplyTo).into_iter().next())
}

fn timestamp(date: &DateTime) -> Option<Timestamp> {
    let moment = date
        .is_valid()
        .then(|| Timestamp::from_second(date.to_timestamp()))?
        .ok()?;
    dates::plausible(moment).then_some(moment)
}

/// The moment of `From ada@example.org Sun Feb 15 00:04:28 +0000 2026`, taken as UTC.
fn separator_date(separator: &[u8]) -> Option<Timestamp> {
    let line = String::from_utf8_lossy(separator);
    let words = line.split_whitespace().collect::<Vec<_>>();
    let clock = words
        .iter()
        .position(|word| word.len() == 8 && word.as_bytes()[2] == b':')?;
    let (month, day) = (
        words.get(clock.checked_sub(2)?)?,
        words.get(clock.checked_sub(1)?)?,
    );
    let year = words[clock + 1..].iter().rfind(|word| word.len() == 4)?;
    let day = dates::parse_day(&format!("{day} {month} {year}"))?;
    dates::parse_utc(&format!("{day} {}", words[clock]))
}
