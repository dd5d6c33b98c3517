//! Puts the web app's files, each with its compressed copies, where the program takes them in, when
//! it is a release and they are built.

use std::{
    env,
    error::Error,
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use walkdir::WalkDir;

/// Smaller files gain nothing from being compressed.
const WORTH_IT_BYTES: usize = 512;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    let out = PathBuf::from(env::var("OUT_DIR")?).join("web");
    if out.exists() {
        fs::remove_dir_all(&out)?;
    }
    fs::create_dir(&out)?;
    if env::var("PROFILE")? != "release" {
        return Ok(());
    }
    println!("cargo::rerun-if-changed=web/dist");
    let folder = Path::new("web/dist");
    if !folder.join("index.html").exists() {
        println!("cargo::warning=the web app is not built (make web): the program will have none");
        return Ok(());
    }
    for file in WalkDir::new(folder) {
        let file = file?;
        let copy = out.join(file.path().strip_prefix(folder)?);
        if file.file_type().is_dir() {
            fs::create_dir_all(copy)?;
        } else {
            take_in(file.path(), &copy)?;
        }
    }
    Ok(())
}

/// Copies a file, and compressed beside that where it is smaller.
fn take_in(file: &Path, copy: &Path) -> io::Result<()> {
    let plain = fs::read(file)?;
    fs::write(copy, &plain)?;
    for (kind, packed) in [("br", br(&plain)?), ("gz", gzip(&plain)?)] {
        if packed.len() < plain.len() && plain.len() >= WORTH_IT_BYTES {
            let mut name = copy.as_os_str().to_owned();
            name.push(".");
            name.push(kind);
            fs::write(name, packed)?;
        }
    }
    Ok(())
}

fn br(plain: &[u8]) -> io::Result<Vec<u8>> {
    let mut writer = brotli::CompressorWriter::new(Vec::new(), 4096, 11, 22);
    writer.write_all(plain)?;
    writer.flush()?;
    Ok(writer.into_inner())
}

fn gzip(plain: &[u8]) -> io::Result<Vec<u8>> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    writer.write_all(plain)?;
    writer.finish()
}
