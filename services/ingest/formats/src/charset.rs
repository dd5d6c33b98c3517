//! Which characters bytes stand for, where they are not all UTF-8.
//!
//! A text is believed to be UTF-8 as far as it is: a byte that is not costs one character. Only a
//! text that shows no sign of UTF-8 is in the older encoding that the file's other such texts are in.

use std::borrow::Cow;

use chardetng::EncodingDetector;
use encoding_rs::{Encoding, ISO_2022_JP, MACINTOSH, UTF_8, WINDOWS_1252};

/// Bytes by which an older encoding is guessed; more make a guess slower and no better.
const GUESS_BYTES: usize = 16 << 10;

/// Text of a record: UTF-8, or Windows-1252 where nothing says so.
pub(crate) fn decode(bytes: &[u8]) -> Cow<'_, str> {
    decode_as(bytes, WINDOWS_1252)
}

/// Text of a record in a file whose texts, where they are not UTF-8, are in `legacy`. A record is
/// decoded by itself, so that one bad byte spoils no other record.
pub(crate) fn decode_as<'a>(bytes: &'a [u8], legacy: &'static Encoding) -> Cow<'a, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) if is_mostly_utf8(bytes) => String::from_utf8_lossy(bytes),
        Err(_) => legacy.decode_without_bom_handling(bytes).0,
    }
}

/// Text in a named charset; as [`decode_as`] where none is named, or the name is unknown or wrong.
pub(crate) fn decode_charset<'a>(
    bytes: &'a [u8],
    charset: Option<&str>,
    legacy: &'static Encoding,
) -> Cow<'a, str> {
    let named = charset.and_then(|label| Encoding::for_label(label.trim().as_bytes()));
    match named {
        // In an encoding of one byte a character, what is valid UTF-8 by chance makes no words.
        Some(named) if named.is_single_byte() && is_utf8_beyond_ascii(bytes) => decode(bytes),
        Some(named) if named != UTF_8 => named.decode_without_bom_handling(bytes).0,
        _ => decode_as(bytes, legacy),
    }
}

/// Whether more characters of a text are UTF-8 than bytes of it are not.
fn is_mostly_utf8(bytes: &[u8]) -> bool {
    let (mut characters, mut strays) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        characters += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        strays += chunk.invalid().len();
    }
    characters > 0 && characters >= strays
}

fn is_utf8_beyond_ascii(bytes: &[u8]) -> bool {
    !bytes.is_ascii() && std::str::from_utf8(bytes).is_ok()
}

/// The older encoding that a part of a file is in; none where all of it is UTF-8.
pub(crate) fn guess(part: &[u8]) -> Option<&'static Encoding> {
    let mut sample = Vec::new();
    for line in part.split(|byte| *byte == b'\n') {
        let odd = match std::str::from_utf8(line) {
            Ok(_) => false,
            // The part may end inside a character.
            Err(error) => error.error_len().is_some() && !is_mostly_utf8(line),
        };
        if odd {
            sample.extend_from_slice(line);
            sample.push(b'\n');
        }
        if sample.len() > GUESS_BYTES {
            break;
        }
    }
    if sample.is_empty() {
        return None;
    }
    let mut detector = EncodingDetector::new();
    detector.feed(&sample, true);
    let guessed = detector.guess(None, false);
    Some(if guessed == ISO_2022_JP || guessed == UTF_8 {
        WINDOWS_1252
    } else if guessed == WINDOWS_1252 && is_macintosh(&sample) {
        MACINTOSH
    } else {
        guessed
    })
}

/// Whether bytes that Windows' western encoding has for signs and capitals stand inside words, as the
/// letters of the Macintosh's do (Excel on a Mac writes its CSV so).
fn is_macintosh(sample: &[u8]) -> bool {
    let is_mac = |three: &&[u8]| {
        // Not an apostrophe, nor š œ ž, which stand inside words in both.
        let is_inside = matches!(three[1], 0x80..=0x90 | 0x93..=0x99 | 0x9b | 0x9d | 0x9f)
            && three[2].is_ascii_lowercase();
        // Not what closes a quotation.
        let is_last = matches!(three[1], 0x86..=0x90 | 0x9f) && !three[2].is_ascii_alphanumeric();
        three[0].is_ascii_lowercase() && (is_inside || is_last)
    };
    let is_windows = |three: &&[u8]| {
        let is_letter = three[1] >= 0xc0 && three[2].is_ascii_lowercase();
        three[0].is_ascii_lowercase() && is_letter
    };
    let threes = || sample.windows(3);
    threes().filter(is_mac).count() > threes().filter(is_windows).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_not_utf_8_are_windows_1252() {
        assert_eq!(decode(b"M\xfcller \x80"), "Müller €");
        assert_eq!(decode("Müller".as_bytes()), "Müller");
    }

    #[test]
    fn a_stray_byte_costs_one_character() {
        let bytes = [
            b"gr\xc3\xbc\xc3\x9f".as_slice(),
            b" \xff ",
            "żółw".as_bytes(),
        ]
        .concat();
        assert_eq!(decode(&bytes), "grüß \u{fffd} żółw");
    }

    #[test]
    fn a_charset_that_is_named_wrongly_is_not_believed() {
        let text = |bytes, charset| decode_charset(bytes, Some(charset), WINDOWS_1252).into_owned();
        assert_eq!(text("Öztürk".as_bytes(), "ISO-8859-1"), "Öztürk");
        assert_eq!(text(b"\xd6zt\xfcrk", "UTF-8"), "Öztürk");
        assert_eq!(text(b"\x8eR\x93c", "Shift_JIS"), "山田");
        assert_eq!(text(b"\xd6zt\xfcrk", "x-unheard-of"), "Öztürk");
    }

    #[test]
    fn older_encodings_are_guessed_by_the_words_in_them() {
        for (text, label) in [
            ("Wójcik;Małgorzata;Spółka Żeglugowa;Łódź", "windows-1250"),
            ("Dvořák;Jiří;Plzeňský pivovar;ředitel", "windows-1250"),
            ("Иванова;Мария;Завод;главный инженер", "windows-1251"),
            ("Παπαδόπουλος;Γιώργος;Εταιρεία", "windows-1253"),
            ("Yıldız;Ayşe;Şişecam;müdür", "windows-1254"),
            ("山田;太郎;株式会社;営業部", "shift_jis"),
            ("王;小明;北京科技有限公司;经理", "gbk"),
            ("김;철수;한국전력공사;과장", "euc-kr"),
            ("Müller;Jürgen;Großhandel;Geschäftsführer", "windows-1252"),
            (
                "M\u{fc}ller;J\u{fc}rgen;Gesch\u{e4}ftsf\u{fc}hrer",
                "macintosh",
            ),
        ] {
            let encoding = Encoding::for_label(label.as_bytes()).unwrap();
            let bytes = encoding.encode(text).0;
            let guessed = guess(&bytes).unwrap();
            assert_eq!(guessed.decode_without_bom_handling(&bytes).0, text);
        }
        assert_eq!(guess("Öztürk\nab".as_bytes()), None);
    }
}
