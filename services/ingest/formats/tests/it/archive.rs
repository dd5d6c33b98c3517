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

/// An archive of one member's bytes, to which its directory points under each of these names. The
/// first is the member's own and all are of one length.
pub(crate) fn many_names(names: &[String], bytes: &[u8]) -> Vec<u8> {
    let honest = zip(&[(&names[0], bytes, Packing::Deflate)]);
    let end = honest.len() - 22;
    let word = |at: usize| u32::from_le_bytes(honest[at..at + 4].try_into().unwrap());
    let directory = word(end + 16) as usize;
    let entry = &honest[directory..end];
    let mut archive = honest[..directory].to_vec();
    for name in names {
        let mut entry = entry.to_vec();
        entry[46..46 + name.len()].copy_from_slice(name.as_bytes());
        archive.extend_from_slice(&entry);
    }
    let length = u32::try_from(entry.len() * names.len()).unwrap();
    let count = u16::try_from(names.len()).unwrap().to_le_bytes();
    let mut record = honest[end..].to_vec();
    record[8..10].copy_from_slice(&count);
    record[10..12].copy_from_slice(&count);
    record[12..16].copy_from_slice(&length.to_le_bytes());
    archive.extend_from_slice(&record);
    archive
}
