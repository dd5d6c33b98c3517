//! The session cookie: out of reach for scripts, and bound to the host where TLS is spoken.

use actix_web::cookie::Cookie;
use secrecy::{ExposeSecret, SecretString};
use skeleton_host::http::{HeaderMap, HeaderValue, header};

const SECURE_NAME: &str = "__Host-kith";
const PLAIN_NAME: &str = "kith";

/// The name of the cookie: over TLS one that no other host can set.
pub(crate) fn name(is_https: bool) -> &'static str {
    if is_https { SECURE_NAME } else { PLAIN_NAME }
}

/// The token that the request's cookie carries.
pub(crate) fn token(headers: &HeaderMap, is_https: bool) -> Option<SecretString> {
    let lines = headers.get_all(header::COOKIE);
    let pairs = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'));
    let cookies = pairs.filter_map(|pair| Cookie::parse(pair.trim()).ok());
    let ours = cookies.filter(|cookie| cookie.name() == name(is_https));
    let value = ours.last()?.value().to_owned();
    (!value.is_empty()).then(|| SecretString::from(value))
}

/// Sets the cookie for so many seconds.
pub(crate) fn set(token: &SecretString, is_https: bool, seconds: i64) -> Option<HeaderValue> {
    let text = token.expose_secret();
    let plain = text
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"-_.~".contains(&b));
    let line = format!(
        "{}={text}; Max-Age={}{}",
        name(is_https),
        seconds.max(0),
        attributes(is_https)
    );
    let mut value = HeaderValue::from_str(&line).ok().filter(|_| plain)?;
    value.set_sensitive(true);
    Some(value)
}

/// Takes the cookie away.
pub(crate) fn clear(is_https: bool) -> HeaderValue {
    let line = format!("{}=; Max-Age=0{}", name(is_https), attributes(is_https));
    HeaderValue::from_str(&line).expect("a cookie of constants is ASCII")
}

fn attributes(is_https: bool) -> &'static str {
    if is_https {
        "; Path=/; HttpOnly; SameSite=Lax; Secure"
    } else {
        "; Path=/; HttpOnly; SameSite=Lax"
    }
}
