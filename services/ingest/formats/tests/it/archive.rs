//! ZIP archives for tests, honest and otherwise.

use std::io::{Cursor, Write};

use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

#[derive(Clone, Copy)]
pub(crate) enum Packing {
    Store,
    Deflate,
}

/// An archive of such members.
pub(crate) fn zip(members: &[(&str, &[u8], Packing)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes, packing) in members {
        let method = match packing {
            Packing::Store => CompressionMethod::Stored,
            Packing::Deflate => CompressionMethod::Deflated,
        };
        let options = SimpleFileOptions::default().compression_method(method);
        writer.start_file(*name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}
