//! E-mail addresses: in which spelling they are compared, which reach one mailbox, and which are a
//! role's or a robot's.

use super::KEY_LIMIT_BYTES;

/// An e-mail address in the form in which two spellings of one mailbox are equal: trimmed, without
/// `mailto:`, lower case. `None` where it cannot be an address. Shared mailboxes are let through.
#[must_use]
pub fn normalise_email(text: &str) -> Option<String> {
    let text = text.trim();
    let text = text
        .strip_prefix("mailto:")
        .unwrap_or(text)
        .trim_matches(['<', '>', ' ']);
    let (local, domain) = text.rsplit_once('@')?;
    let domain_ok = domain.contains('.')
        && !domain.starts_with('.')
        && !domain.ends_with('.')
        && !domain.contains("..")
        && domain
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '.' | '-'));
    let local_ok = !local.is_empty()
        && !local
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || matches!(c, '@' | ',' | '<' | '>'));
    (domain_ok && local_ok && text.len() <= KEY_LIMIT_BYTES).then(|| text.to_lowercase())
}

/// Providers that hand `a.da+list@` to `ada@`.
const WITHOUT_DOTS: &[&str] = &["gmail.com", "googlemail.com"];
/// Providers that hand `ada+list@` to `ada@`.
const WITHOUT_TAGS: &[&str] = &[
    "fastmail.com",
    "fastmail.fm",
    "gmail.com",
    "googlemail.com",
    "hey.com",
    "hotmail.com",
    "icloud.com",
    "live.com",
    "mac.com",
    "me.com",
    "outlook.com",
    "pm.me",
    "proton.me",
    "protonmail.com",
];

/// The mailbox that an address reaches, in a form that is equal for all addresses of it: without what
/// its provider ignores (dots, what follows a plus), under one name of its domain (`xn--bcher-kva` for
/// `bücher`). It is for comparing, never for writing to. `None` where it cannot be an address.
#[must_use]
pub fn mailbox(text: &str) -> Option<String> {
    let address = normalise_email(text)?;
    let (local, domain) = address.rsplit_once('@')?;
    let domain = match url::Host::parse(domain).ok()? {
        url::Host::Domain(domain) => domain,
        url::Host::Ipv4(_) | url::Host::Ipv6(_) => return None,
    };
    let mut local = local.to_owned();
    if WITHOUT_TAGS.contains(&domain.as_str()) {
        local.truncate(local.find('+').unwrap_or(local.len()));
    }
    if WITHOUT_DOTS.contains(&domain.as_str()) {
        local.retain(|c| c != '.');
    }
    let domain = if domain == "googlemail.com" {
        "gmail.com"
    } else {
        &domain
    };
    (!local.is_empty()).then(|| format!("{local}@{domain}"))
}

/// Whether the part before the `@` names a role or a robot rather than a human: in Czech, Danish,
/// Dutch, English, Finnish, French, German, Italian, Norwegian, Polish, Portuguese, Spanish and
/// Swedish.
#[must_use]
pub fn is_shared_mailbox(local: &str) -> bool {
    const SHARED: &[&str] = &[
        "abuse",
        "accounting",
        "accounts",
        "admin",
        "administracao",
        "administracion",
        "administratie",
        "administration",
        "ahoj",
        "allgemein",
        "amministrazione",
        "anfrage",
        "anmeldung",
        "atencion",
        "atendimento",
        "auskunft",
        "ayuda",
        "bestellung",
        "billing",
        "biuro",
        "booking",
        "bookings",
        "bounce",
        "bounces",
        "boutique",
        "buchhaltung",
        "buero",
        "careers",
        "comercial",
        "commercial",
        "commerciale",
        "compras",
        "compta",
        "comptabilite",
        "contabilidad",
        "contabilita",
        "contact",
        "contacto",
        "contactus",
        "contato",
        "contatti",
        "correo",
        "customercare",
        "customerservice",
        "dienstleistung",
        "direccion",
        "direction",
        "direzione",
        "do-not-reply",
        "donotreply",
        "dyrekcja",
        "editor",
        "einkauf",
        "ekonomi",
        "empfang",
        "empleo",
        "enquiries",
        "enquiry",
        "events",
        "export",
        "facturacion",
        "faktura",
        "fakturering",
        "fatturazione",
        "feedback",
        "finance",
        "finanzen",
        "geral",
        "gerencia",
        "geschaeftsfuehrung",
        "geschaeftsstelle",
        "group",
        "hallo",
        "hei",
        "hej",
        "hello",
        "help",
        "helpdesk",
        "hilfe",
        "hjelp",
        "hola",
        "hostmaster",
        "hr",
        "ilmoitus",
        "imprint",
        "inbox",
        "info",
        "informacion",
        "informacje",
        "information",
        "informations",
        "informazioni",
        "inkoop",
        "it",
        "job",
        "jobs",
        "kancelaria",
        "kansli",
        "karriere",
        "kirjaamo",
        "klantenservice",
        "kontakt",
        "kontakty",
        "kundendienst",
        "kundenservice",
        "kundeservice",
        "kundservice",
        "kundtjanst",
        "lager",
        "laskutus",
        "legal",
        "list",
        "lists",
        "mail",
        "mailer-daemon",
        "mailing",
        "maintenance",
        "marketing",
        "media",
        "news",
        "newsletter",
        "no-reply",
        "noreply",
        "notification",
        "notifications",
        "objednavky",
        "obsluga",
        "office",
        "omsorg",
        "order",
        "orders",
        "ordini",
        "ordre",
        "pedidos",
        "personal",
        "personalabteilung",
        "poczta",
        "podpora",
        "pomoc",
        "post",
        "posta",
        "poste",
        "postmaster",
        "praca",
        "praxis",
        "prensa",
        "press",
        "presse",
        "privacy",
        "procurement",
        "produktion",
        "recepcion",
        "reception",
        "rechnung",
        "rechnungen",
        "recrutement",
        "redaction",
        "redakcja",
        "redaktion",
        "registration",
        "reklamation",
        "rekrutacja",
        "reply",
        "reservas",
        "reservation",
        "reservations",
        "reservierung",
        "rezeption",
        "rh",
        "root",
        "rrhh",
        "sales",
        "secretaria",
        "secretariat",
        "secretary",
        "security",
        "segreteria",
        "sekretariat",
        "sekreterare",
        "service",
        "servicedesk",
        "serwis",
        "shop",
        "sihteeri",
        "soporte",
        "sprzedaz",
        "stampa",
        "studio",
        "subscribe",
        "suporte",
        "support",
        "supporto",
        "team",
        "technical",
        "technik",
        "tickets",
        "tilaus",
        "toimisto",
        "ufficio",
        "uitgever",
        "undisclosed-recipients",
        "unsubscribe",
        "vendas",
        "vendite",
        "ventas",
        "ventes",
        "verkauf",
        "verkoop",
        "vertrieb",
        "verwaltung",
        "voorzitter",
        "web",
        "webmaster",
        "webshop",
        "werkstatt",
        "zamowienia",
        "zentrale",
    ];
    let local = local.split('+').next().unwrap_or(local);
    SHARED.binary_search(&local).is_ok()
        || local.starts_with("noreply")
        || local.starts_with("no-reply")
        || local.starts_with("bounce-")
}
