//! A message out of its headers, or the reason to leave it out.

use jiff::Timestamp;
use mail_parser::{Address, DateTime, HeaderName, HeaderValue, Message as Parsed, MessageParser};

use super::{junk, lists::Lists, when::Moments};
use crate::{
    encoded,
    entry::{Content, bounded},
    model::{Mailbox, Message, MessageKind},
    text::non_empty,
};

/// Addresses kept of one header; a mail to more is no evidence of anything.
const MAX_ADDRESSES: usize = 200;

/// Headers that name the mailbox into which a mail was put, whatever it was addressed to.
const DELIVERED: [&str; 5] = [
    "Delivered-To",
    "X-Forwarded-To",
    "X-Original-To",
    "Envelope-To",
    "X-Envelope-To",
];

/// Reads header blocks.
pub(super) struct HeaderReader {
    parser: MessageParser,
    lists: Lists,
}

impl HeaderReader {
    /// `lists`: those that the file is known to name.
    pub(super) fn new(lists: Lists) -> Self {
        let parser = MessageParser::new();
        let parser = DELIVERED.into_iter().fold(parser, |parser, name| {
            let other = || HeaderName::Other(name.into());
            parser.header_address(HeaderName::parse(name).unwrap_or_else(other))
        });
        let parser = ["X-Original-From", "X-Original-Sender"]
            .into_iter()
            .fold(parser, |parser, name| {
                parser.header_address(HeaderName::Other(name.into()))
            });
        let parser = parser
            .header_address(HeaderName::From)
            .header_address(HeaderName::Sender)
            .header_address(HeaderName::ReplyTo)
            .header_address(HeaderName::To)
            .header_address(HeaderName::Cc)
            .header_address(HeaderName::Bcc)
            .header_date(HeaderName::Date)
            .header_id(HeaderName::MessageId)
            .header_id(HeaderName::References)
            .header_id(HeaderName::InReplyTo)
            .default_header_text();
        Self { parser, lists }
    }

    /// What becomes of a message with these headers. Its date is that of its separator where the
    /// headers give none.
    pub(super) fn content(&mut self, headers: &str, separator: &[u8]) -> Content {
        let block = format!("{}\n", encoded::joined(headers));
        for name in ["List-Post", "List-Id"] {
            if let Some(value) = written(&block, name) {
                self.lists.learn(&format!("{name}: {value}"));
            }
        }
        let Some(parsed) = self.parser.parse_headers(block.as_bytes()) else {
            return Content::rejected("no header that matters; expected From, To and Date");
        };
        if let Some(reason) = junk::left_out(&parsed) {
            return Content::left_out(label(&parsed), reason);
        }
        let Some(from) = mailboxes(&parsed, &HeaderName::From).into_iter().next() else {
            return Content::rejected("no sender; expected a From header with an address");
        };
        if let Some(reason) = junk::left_out_by_sender(&parsed, &from, &self.lists) {
            return Content::left_out(label(&parsed), reason);
        }
        let separator = String::from_utf8_lossy(separator);
        let received = written(&block, "Received");
        let written = written(&block, "Date");
        let moments = Moments {
            date: parsed.date().and_then(timestamp),
            written: written.as_deref(),
            received: received.as_deref(),
            separator: &separator,
        };
        let Some(date) = moments.sent() else {
            return Content::rejected(
                "no date; expected a Date header like `Sun, 15 Feb 2026 00:04:28 +0000`",
            );
        };
        let mut to = mailboxes(&parsed, &HeaderName::To);
        let mut cc = mailboxes(&parsed, &HeaderName::Cc);
        cc.extend(mailboxes(&parsed, &HeaderName::Bcc));
        let addressed = to.len() + cc.len();
        for mailboxes in [&mut to, &mut cc] {
            mailboxes.retain(|mailbox| junk::is_somebody(mailbox, &self.lists));
        }
        if to.is_empty() && cc.is_empty() && addressed > 0 {
            return Content::left_out(
                label(&parsed),
                "written to nobody but mailing lists and machines",
            );
        }
        let delivered = delivered(&parsed);
        let message_id = ids(&parsed, HeaderName::MessageId).into_iter().next();
        let kind = MessageKind::Mail;
        let thread = thread(&parsed);
        Content::Message(Box::new(Message {
            message_id,
            date,
            from,
            to,
            cc,
            delivered,
            thread,
            kind,
        }))
    }
}

/// The value of the first header of a name as it was written, its folding undone.
fn written(block: &str, name: &str) -> Option<String> {
    let mut lines = block.lines().skip_while(|line| {
        let known = line.split_once(':');
        !known.is_some_and(|(known, _)| known.trim_end().eq_ignore_ascii_case(name))
    });
    let mut value = lines.next()?.split_once(':')?.1.trim().to_owned();
    for line in lines.take_while(|line| line.starts_with([' ', '\t'])) {
        value.push(' ');
        value.push_str(line.trim());
    }
    Some(value)
}

/// The mailboxes into which a mail was put.
fn delivered(parsed: &Parsed<'_>) -> Vec<Mailbox> {
    let mut found: Vec<Mailbox> = Vec::new();
    for name in DELIVERED {
        let name = HeaderName::parse(name).unwrap_or_else(|| HeaderName::Other(name.into()));
        for delivered in mailboxes(parsed, &name) {
            let address = &delivered.address;
            let is_known = |it: &Mailbox| it.address.eq_ignore_ascii_case(address);
            // The name of a mailbox within a machine is nobody's address.
            let domain = address.rsplit('@').next().unwrap_or_default();
            let last = domain.rsplit('.').next().unwrap_or_default();
            let is_inside = last.len() == domain.len()
                || ["internal", "lan", "local", "localdomain", "localhost"].contains(&last);
            if !is_inside && !found.iter().any(is_known) {
                found.push(delivered);
            }
        }
    }
    found
}

/// A header as text.
pub(super) fn text(parsed: &Parsed<'_>, name: &'static str) -> Option<String> {
    let value = parsed
        .header(HeaderName::Other(name.into()))
        .or_else(|| HeaderName::parse(name).and_then(|name| parsed.header(name)))?;
    match value {
        HeaderValue::Text(text) => non_empty(text),
        HeaderValue::TextList(texts) => non_empty(&texts.join(" ")),
        _ => None,
    }
}

fn label(parsed: &Parsed<'_>) -> String {
    let from = mailboxes(parsed, &HeaderName::From).into_iter().next();
    bounded(from.map(|from| from.address).unwrap_or_default(), 200)
}

/// Every address of every header of a name, groups opened.
pub(super) fn mailboxes(parsed: &Parsed<'_>, name: &HeaderName<'static>) -> Vec<Mailbox> {
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
    let moment = date.is_valid().then(|| date.to_timestamp())?;
    Timestamp::from_second(moment).ok()
}
