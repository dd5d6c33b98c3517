//! `messages.csv` and `Invitations.csv`: who wrote to whom and when. The text is never kept.

use super::RowParser;
use crate::{
    dates,
    entry::{Content, bounded},
    model::{Mailbox, Message, MessageKind},
    table::{Columns, Row},
    text::non_empty,
};

/// Recipients of one message that are kept.
const MAX_RECIPIENTS: usize = 500;
/// Longest profile address believed, and longest name kept beside one, in bytes.
const MAX_ADDRESS_BYTES: usize = 2_000;
const MAX_NAME_BYTES: usize = 500;
/// What is kept of a row, in bytes.
const MAX_KEPT_BYTES: usize = 256 << 10;

/// `CONVERSATION ID,CONVERSATION TITLE,FROM,SENDER PROFILE URL,TO,RECIPIENT PROFILE URLS,DATE,…`
pub(super) fn messages(columns: &Columns) -> RowParser {
    let column = |name: &str| columns.find(&[name]);
    let kept = Kept::new(
        columns,
        &[
            "conversationid",
            "from",
            "senderprofileurl",
            "to",
            "recipientprofileurls",
            "date",
            "folder",
        ],
    );
    let (thread, from, sender) = (
        column("conversationid"),
        column("from"),
        column("senderprofileurl"),
    );
    let (to, recipients) = (column("to"), column("recipientprofileurls"));
    let (date, folder) = (column("date"), column("folder"));
    let drafts = [column("ismessagedraft"), column("isconversationdraft")];
    Box::new(move |row: &mut Row| {
        kept.strip(row);
        let label = format!("{} to {}", row.cell(from), row.cell(to));
        if drafts
            .iter()
            .any(|draft| row.cell(*draft).eq_ignore_ascii_case("yes"))
        {
            return Content::left_out(label, "a draft");
        }
        if row.cell(folder).eq_ignore_ascii_case("spam") {
            return Content::left_out(label, "spam");
        }
        let Some(date) = dates::parse_utc(row.cell(date)) else {
            return no_date("DATE", row.cell(date), "2026-02-15 00:04:28 UTC");
        };
        let from = mailboxes(row.cell(from), row.cell(sender))
            .into_iter()
            .next();
        let to = mailboxes(row.cell(to), row.cell(recipients));
        message(
            label,
            date,
            from,
            to,
            row.filled(thread),
            MessageKind::LinkedInMessage,
        )
    })
}

/// `From,To,Sent At,Message,Direction,inviterProfileUrl,inviteeProfileUrl`
pub(super) fn invitations(columns: &Columns) -> RowParser {
    let column = |name: &str| columns.find(&[name]);
    let kept = Kept::new(
        columns,
        &[
            "from",
            "to",
            "sentat",
            "direction",
            "inviterprofileurl",
            "inviteeprofileurl",
        ],
    );
    let (from, to, sent) = (column("from"), column("to"), column("sentat"));
    let (inviter, invitee) = (column("inviterprofileurl"), column("inviteeprofileurl"));
    Box::new(move |row: &mut Row| {
        kept.strip(row);
        let label = format!("{} to {}", row.cell(from), row.cell(to));
        let sent = row.cell(sent);
        let Some(date) = dates::parse_us(sent).or_else(|| dates::parse_utc(sent)) else {
            return no_date("Sent At", sent, "7/8/26, 3:43 PM");
        };
        let from = mailboxes(row.cell(from), row.cell(inviter))
            .into_iter()
            .next();
        let to = mailboxes(row.cell(to), row.cell(invitee));
        message(label, date, from, to, None, MessageKind::LinkedInInvitation)
    })
}

fn no_date(column: &str, found: &str, expected: &str) -> Content {
    let found = bounded(found.to_owned(), 60);
    Content::rejected(format!(
        "{column} is `{found}`; expected a date like `{expected}`"
    ))
}

fn message(
    label: String,
    date: jiff::Timestamp,
    from: Option<Mailbox>,
    to: Vec<Mailbox>,
    thread: Option<String>,
    kind: MessageKind,
) -> Content {
    let Some(from) = from else {
        return Content::left_out(label, "the sender has no profile address");
    };
    if to.is_empty() {
        return Content::left_out(label, "no recipient has a profile address");
    }
    let (message_id, cc, delivered) = (None, Vec::new(), Vec::new());
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

/// Profile addresses with their names. The names are only told apart when there are as many.
fn mailboxes(names: &str, addresses: &str) -> Vec<Mailbox> {
    let addresses = addresses
        .split([',', ';'])
        .filter_map(non_empty)
        .filter(|address| address.len() <= MAX_ADDRESS_BYTES)
        .take(MAX_RECIPIENTS)
        .collect::<Vec<_>>();
    let names = match addresses.len() {
        1 => vec![names],
        _ => names.split(',').take(MAX_RECIPIENTS + 1).collect(),
    };
    let told_apart = names.len() == addresses.len();
    let name = |at: usize| {
        names
            .get(at)
            .filter(|_| told_apart)
            .and_then(|name| non_empty(name))
            .map(|name| bounded(name, MAX_NAME_BYTES))
    };
    let mailbox = |(at, address)| Mailbox {
        address,
        name: name(at),
    };
    addresses.into_iter().enumerate().map(mailbox).collect()
}

/// The columns that a kept record may show.
struct Kept(Vec<(String, usize)>);

impl Kept {
    fn new(columns: &Columns, names: &[&str]) -> Self {
        let column = |name: &&str| {
            columns
                .find(&[*name])
                .map(|at| (columns.names[at].clone(), at))
        };
        Self(names.iter().filter_map(column).collect())
    }

    /// Replaces the row's verbatim text, which holds what was written, by who, whom and when.
    fn strip(&self, row: &mut Row) {
        let line = |(name, at): &(String, usize)| format!("{name}: {}\n", row.cell(Some(*at)));
        row.raw = bounded(self.0.iter().map(line).collect(), MAX_KEPT_BYTES);
    }
}
