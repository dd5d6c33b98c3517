//! The web app's files: in the program when it was built with them, else from a folder.

use std::{
    borrow::Cow,
    path::{Path, PathBuf},
    sync::Arc,
};

use actix_web::http::header::{ContentEncoding, Encoding};
use rust_embed::Embed;
use sha2::{Digest, Sha256};
use skeleton_host::{
    http::{
        Body, HeaderMap, HeaderValue, IntoResponse, Method, Request, Response, State, StatusCode,
        header,
    },
    problem::{self, Problem},
};

use super::front::{Front, compression};

/// The files in the program, as `build.rs` leaves them.
#[derive(Embed)]
#[folder = "$OUT_DIR/web"]
struct Program;

/// Where the files are.
pub(crate) enum Assets {
    /// In the program.
    Program,
    /// In a folder, read anew for each request.
    Folder(PathBuf),
}

type Bytes = Cow<'static, [u8]>;

/// A file, and its smaller copies.
struct File {
    plain: Bytes,
    hash: [u8; 32],
    br: Option<Bytes>,
    gzip: Option<Bytes>,
}

const NOT_BUILT: &str = "<!doctype html><html lang=en><meta charset=utf-8><title>Kith</title>\
    <h1>Kith is running, without its web app</h1><p>This program was built before the web app was. \
    Run <code>make web</code>, then build and start it again.</p>\
    <p>The API is here all the same: <a href=/api/v1/docs>its description</a>.</p></html>";

const INDEX: &str = "index.html";

impl Assets {
    /// From the folder if one is given; else those in the program, which a debug build has not: it
    /// reads them where the web app is built, so that nothing needs to be built again.
    pub(crate) fn find(folder: Option<PathBuf>) -> Self {
        match folder {
            Some(folder) => Self::Folder(folder),
            None if cfg!(debug_assertions) => {
                Self::Folder(Path::new(env!("CARGO_MANIFEST_DIR")).join("web/dist"))
            }
            None => Self::Program,
        }
    }

    async fn file(&self, path: &str) -> Option<File> {
        let (plain, hash) = self.read(path).await?;
        let copy = async |kind| Some(self.read(&format!("{path}.{kind}")).await?.0);
        Some(File {
            plain,
            hash,
            br: copy("br").await,
            gzip: copy("gz").await,
        })
    }

    /// What a file holds, and its SHA-256.
    async fn read(&self, path: &str) -> Option<(Bytes, [u8; 32])> {
        match self {
            Self::Program => {
                let file = Program::get(path)?;
                Some((file.data, file.metadata.sha256_hash()))
            }
            Self::Folder(folder) => {
                let bytes = tokio::fs::read(folder.join(path)).await.ok()?;
                let hash = Sha256::digest(&bytes).into();
                Some((bytes.into(), hash))
            }
        }
    }
}

/// Everything that is no API: a file, or the app itself for a navigation within it.
pub(super) async fn get_file(State(front): State<Arc<Front>>, request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return problem::not_found_route().await.into_response();
    }
    let path = request.uri().path().trim_start_matches('/');
    let is_plain = path.split('/').all(|part| !matches!(part, "." | ".."))
        && path
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_./@".contains(&b));
    let last = path.rsplit('/').next().unwrap_or_default();
    if is_plain
        && last.contains('.')
        && let Some(file) = front.assets.file(path).await
    {
        return answer(path, file, request.headers());
    }
    let is_navigation = accepts_html(request.headers()) && !last.contains('.');
    if !(path.is_empty() || is_navigation) {
        return Problem::not_found("file").into_response();
    }
    match front.assets.file(INDEX).await {
        Some(file) => answer(INDEX, file, request.headers()),
        None => {
            let headers = [
                (header::CONTENT_TYPE, content_type(INDEX)),
                (header::CACHE_CONTROL, "no-cache"),
            ];
            (headers, NOT_BUILT).into_response()
        }
    }
}

fn accepts_html(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"))
}

fn answer(path: &str, file: File, asked: &HeaderMap) -> Response {
    let tag = format!("\"{}\"", hex(&file.hash[..12]));
    let has_hash = path.starts_with("assets/");
    let cache = if has_hash {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let known = asked
        .get_all(header::IF_NONE_MATCH)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(','))
        .any(|known| known.trim().trim_start_matches("W/") == tag);
    let copies = [
        file.br.as_ref().map(|_| Encoding::brotli()),
        file.gzip.as_ref().map(|_| Encoding::gzip()),
    ];
    let copies: Vec<Encoding> = copies.into_iter().flatten().collect();
    let encoding = compression::wanted(asked, &copies);
    let body = match encoding {
        _ if known => None,
        Some(ContentEncoding::Brotli) => file.br,
        Some(ContentEncoding::Gzip) => file.gzip,
        _ => Some(file.plain),
    };
    let mut response = match body {
        None => StatusCode::NOT_MODIFIED.into_response(),
        Some(Cow::Borrowed(bytes)) => Body::from(bytes).into_response(),
        Some(Cow::Owned(bytes)) => Body::from(bytes).into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(content_type(path)),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    if let (Some(encoding), false) = (encoding, known) {
        let encoding = HeaderValue::from_static(encoding.as_str());
        headers.insert(header::CONTENT_ENCODING, encoding);
    }
    response
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        _ => "application/octet-stream",
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
