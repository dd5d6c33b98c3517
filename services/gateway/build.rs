//! Puts the web app's files into the program, compressed, when it is a release and they are built.

use std::{
    env, fs,
    io::Write,
    path::{Path, PathBuf},
};

/// Smaller files gain nothing from being compressed.
const WORTH_IT_BYTES: usize = 512;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let folder = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("web/dist");
    let mut entries = Vec::new();
    if env::var("PROFILE")? == "release" {
        println!("cargo::rerun-if-changed=web/dist");
        let mut files = Vec::new();
        if folder.join("index.html").exists() {
            collect(&folder, &mut files)?;
        } else {
            println!(
                "cargo::warning=the web app is not built (make web): the program will have none"
            );
        }
        let mut named: Vec<(String, PathBuf)> = Vec::new();
        for file in files {
            let name = file
                .strip_prefix(&folder)?
                .to_string_lossy()
                .replace('\\', "/");
            named.push((name, file));
        }
        named.sort();
        for (at, (name, file)) in named.iter().enumerate() {
            entries.push(entry(at, name, file, &out)?);
        }
    }
    let code = format!(
        "/// The files, sorted by path.\npub(crate) const FILES: &[Embedded] = &[\n{}];\n",
        entries.concat()
    );
    fs::write(out.join("assets.rs"), code)?;
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for item in fs::read_dir(folder)? {
        let path = item?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

/// One file as an expression, with its compressed copies written to `out` where they are smaller.
fn entry(at: usize, name: &str, file: &Path, out: &Path) -> std::io::Result<String> {
    let plain = fs::read(file)?;
    let place = |copy: &str, bytes: Vec<u8>| -> std::io::Result<String> {
        if bytes.len() >= plain.len() || plain.len() < WORTH_IT_BYTES {
            return Ok("None".to_owned());
        }
        let path = out.join(format!("{at}.{copy}"));
        fs::write(&path, bytes)?;
        Ok(format!("Some(include_bytes!({path:?}))"))
    };
    Ok(format!(
        "    Embedded {{ path: {name:?}, plain: include_bytes!({file:?}), br: {}, gzip: {} }},\n",
        place("br", br(&plain)?)?,
        place("gz", gzip(&plain)?)?,
    ))
}

fn br(plain: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut writer = brotli::CompressorWriter::new(Vec::new(), 4096, 11, 22);
    writer.write_all(plain)?;
    writer.flush()?;
    Ok(writer.into_inner())
}

fn gzip(plain: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    writer.write_all(plain)?;
    writer.finish()
}
