//! Mail that is no evidence of two people knowing each other, and why.

use mail_parser::{HeaderName, Message as Parsed};

use super::{
    headers::{mailboxes, text},
    lists::{Lists, Machine, machine},
};
use crate::{entry::bounded, model::Mailbox};

/// Gmail's own label for what was never sent, in the languages of its Takeout.
const DRAFT_LABELS: [&str; 50] = [
    "drafts",
    "draft",
    "entwürfe",
    "brouillons",
    "borradores",
    "bozze",
    "concepten",
    "rascunhos",
    "черновики",
    "чернетки",
    "чернови",
    "下書き",
    "kladder",
    "utkast",
    "草稿",
    "草稿箱",
    "luonnokset",
    "wersje robocze",
    "szkice",
    "koncepty",
    "piszkozatok",
    "taslaklar",
    "임시보관함",
    "πρόχειρα",
    "schițe",
    "mesaje nefinalizate",
    "esborranys",
    "skice",
    "osnutki",
    "нацрти",
    "juodraščiai",
    "melnraksti",
    "mustandid",
    "טיוטות",
    "المسودات",
    "مسودات",
    "پیش‌نویس‌ها",
    "ड्राफ़्ट",
    "খসড়া",
    "ร่างจดหมาย",
    "จดหมายร่าง",
    "thư nháp",
    "draf",
    "drög",
    "zirriborroak",
    "mga draft",
    "rasimu",
    "வரைவுகள்",
    "చిత్తుప్రతులు",
    "skisser",
];
/// Gmail's own label for junk.
const SPAM_LABELS: [&str; 36] = [
    "spam",
    "junk",
    "спам",
    "迷惑メール",
    "垃圾邮件",
    "垃圾郵件",
    "스팸함",
    "스팸",
    "roskaposti",
    "skräppost",
    "søppelpost",
    "uønsket post",
    "uønsket e-post",
    "nevyžádaná pošta",
    "nevyžiadaná pošta",
    "levélszemét",
    "correo no deseado",
    "courrier indésirable",
    "indésirables",
    "posta indesiderata",
    "ongewenst",
    "ongewenste e-mail",
    "lixo eletrônico",
    "lixo electrónico",
    "istenmeyen",
    "gereksiz",
    "ανεπιθύμητα",
    "ανεπιθύμητη αλληλογραφία",
    "nezaželena pošta",
    "neželjena pošta",
    "rämpspost",
    "ספאם",
    "רעש",
    "رسائل غير مرغوب فيها",
    "غير مرغوب فيه",
    "هرزنامه",
];

/// `X-Mozilla-Status` bit of a message that was deleted and not yet compacted away.
const MOZILLA_EXPUNGED: u32 = 0x0008;

/// Why a message is left out, by what its headers say of it.
pub(super) fn left_out(parsed: &Parsed<'_>) -> Option<String> {
    let labels = text(parsed, "X-Gmail-Labels")
        .unwrap_or_default()
        .to_lowercase();
    let labels = split_labels(&labels);
    let labelled = |known: &[&str]| labels.iter().any(|label| known.contains(label));
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
    bulk(parsed).or_else(|| by_machine(parsed))
}

/// The labels between commas; a label with a comma stands in quotes.
fn split_labels(labels: &str) -> Vec<&str> {
    let mut quoted = false;
    let separates = |c: char| {
        quoted ^= c == '"';
        c == ',' && !quoted
    };
    let labels = labels.split(separates);
    labels
        .map(|label| label.trim().trim_matches('"').trim())
        .collect()
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
    for name in [
        HeaderName::ListId,
        HeaderName::ListUnsubscribe,
        HeaderName::ListPost,
    ] {
        if parsed.header(name.clone()).is_some() {
            return Some(format!("bulk mail ({})", name.as_str()));
        }
    }
    for name in ["Feedback-ID", "Mailing-List", "X-Mailing-List"] {
        if text(parsed, name).is_some() {
            return Some(format!("bulk mail ({name})"));
        }
    }
    None
}

/// Answers that nobody wrote, and what could not be delivered.
fn by_machine(parsed: &Parsed<'_>) -> Option<String> {
    for name in [
        "X-Autoreply",
        "X-Autorespond",
        "X-Autoresponder",
        "X-Failed-Recipients",
    ] {
        if text(parsed, name).is_some_and(|value| !value.eq_ignore_ascii_case("no")) {
            return Some(format!("sent by a machine ({name})"));
        }
    }
    let suppressed = text(parsed, "X-Auto-Response-Suppress").unwrap_or_default();
    let suppressed = suppressed.to_lowercase();
    if ["all", "oof", "autoreply"]
        .iter()
        .any(|word| suppressed.contains(word))
    {
        return Some("sent by a machine (X-Auto-Response-Suppress)".to_owned());
    }
    let path = text(parsed, "Return-Path")?.to_lowercase();
    let path = path.trim_matches(['<', '>', ' ']);
    if path.is_empty() {
        return Some("sent by a machine (Return-Path is empty)".to_owned());
    }
    // Of what programs send to many, each copy has a way back of its own. A mail that was passed on
    // has one too, of another form.
    let local = path.split('@').next().unwrap_or_default();
    let is_counted = local.contains(|c: char| c.is_ascii_digit() || matches!(c, '=' | '+'));
    let is_bounce = local.contains("bounce");
    (is_bounce && (is_counted || local.ends_with("-bounces") || local.starts_with("bounce")))
        .then(|| "bulk mail (Return-Path)".to_owned())
}

/// Why a message is left out, by who it says sent it.
pub(super) fn left_out_by_sender(
    parsed: &Parsed<'_>,
    from: &Mailbox,
    lists: &Lists,
) -> Option<String> {
    let sender = mailboxes(parsed, &HeaderName::Sender).into_iter().next();
    if sender.is_some_and(|it| lists.is_list(&it.address)) || lists.is_list(&from.address) {
        return Some("sent by a mailing list".to_owned());
    }
    if is_rewritten(parsed, from) {
        return Some("its sender is rewritten, by a mailing list or a service".to_owned());
    }
    let is_answer = parsed.header(HeaderName::InReplyTo).is_some();
    match machine(&from.address, from.name.as_deref())? {
        // Somebody of a firm may answer from the address of an office.
        Machine::Role if is_answer => None,
        Machine::Deaf | Machine::Role => Some("sent by a machine, by its address".to_owned()),
    }
}

/// Whether the address is another's than the name: `Ada via Engines <engines@example.org>`.
fn is_rewritten(parsed: &Parsed<'_>, from: &Mailbox) -> bool {
    let differs = |it: &Mailbox| !it.address.eq_ignore_ascii_case(&from.address);
    let other = |name: &HeaderName<'static>| mailboxes(parsed, name).iter().any(differs);
    let originals = ["X-Original-From", "X-Original-Sender"];
    if originals
        .iter()
        .any(|name| other(&HeaderName::Other((*name).into())))
    {
        return true;
    }
    // With what stands in brackets behind it.
    let name = parsed.from().and_then(|from| from.first()?.name());
    let name = name.unwrap_or_default();
    // In other languages the word is part of names.
    let others = [
        " über ",
        " através d",
        " por ",
        " par ",
        " tramite ",
        " przez ",
        " через ",
    ];
    name.contains(" via ")
        || name.contains("(via ")
        || others.iter().any(|word| name.contains(word)) && other(&HeaderName::ReplyTo)
}

/// Whether a recipient is neither a mailing list nor a machine that nobody listens behind.
pub(super) fn is_somebody(mailbox: &Mailbox, lists: &Lists) -> bool {
    let is_deaf = machine(&mailbox.address, None) == Some(Machine::Deaf);
    !is_deaf && !lists.is_list(&mailbox.address)
}
