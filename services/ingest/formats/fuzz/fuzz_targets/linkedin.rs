//! Any bytes read as this format: no panic, no end that is neither records nor an error.
#![no_main]

use std::io::Cursor;

use kith_formats::{Format, Limits, read};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(reader) = read(Format::LinkedIn, Box::new(Cursor::new(bytes.to_vec())), Limits::default())
    else {
        return;
    };
    assert!(reader.count() > 0, "silent success");
});
