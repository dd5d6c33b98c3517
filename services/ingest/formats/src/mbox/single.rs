//! One mail in a file of its own (`.eml`, a file of a Maildir, Apple's `.emlx`): a mailbox of one
//! message without the line that would begin it.

/// Headers of which one stands beside `From` in every mail.
const BESIDE_FROM: [&str; 10] = [
    "bcc",
    "cc",
    "date",
    "delivered-to",
    "message-id",
    "mime-version",
    "received",
    "return-path",
    "subject",
    "to",
];

/// Bytes before the mail itself; none where a text is no mail. Apple writes before it how long it is.
pub(super) fn begins(head: &[u8]) -> Option<usize> {
    let blank = head.len() - head.trim_ascii_start().len();
    let first = head[blank..].split(|byte| *byte == b'\n').next()?;
    let is_length = |line: &[u8]| !line.is_empty() && line.iter().all(u8::is_ascii_digit);
    let start = match is_length(first.trim_ascii()) {
        true => blank + first.len() + 1,
        false => blank,
    };
    let (mut is_from, mut is_mail) = (false, false);
    let mut lines = head.get(start..)?.split(|byte| *byte == b'\n').peekable();
    while let Some(line) = lines.next() {
        if line.trim_ascii().is_empty() {
            break;
        }
        if line.starts_with(b" ") || line.starts_with(b"\t") {
            continue;
        }
        let is_cut = lines.peek().is_none();
        let Some(name) = name_of(line) else {
            if is_cut {
                break;
            }
            return None;
        };
        is_from |= name == "from";
        is_mail |= BESIDE_FROM.contains(&name.as_str());
    }
    (is_from && is_mail).then_some(start)
}

/// Whether a beginning is one of a mail that does not say when it was sent.
pub(crate) fn lacks_date(head: &[u8]) -> bool {
    let Some(start) = begins(head) else {
        return false;
    };
    let lines = head[start..].split(|byte| *byte == b'\n');
    let mut headers = lines.take_while(|line| !line.trim_ascii().is_empty());
    !headers.any(|line| name_of(line).is_some_and(|name| name == "date" || name == "received"))
}

/// The name of a header in lower case.
fn name_of(line: &[u8]) -> Option<String> {
    let at = line.iter().position(|byte| *byte == b':')?;
    let name = line[..at].trim_ascii_end();
    let is_name = !name.is_empty() && name.iter().all(u8::is_ascii_graphic);
    is_name.then(|| String::from_utf8_lossy(name).to_lowercase())
}
