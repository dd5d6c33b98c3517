//! The form in which a file comes. The file may be gigabytes long and is handed on as a stream;
//! everything else of the form is bounded here, since whoever sends it decides how long it is.

use std::{
    error::Error,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
};

use axum::{
    body::{Body, BodyDataStream, Bytes},
    extract::Request,
};
use futures::Stream;
use http::header;
use kith_formats::Format;
use multer::{Field, Multipart};
use skeleton_host::problem::Problem;

use super::problems;

/// What may stand before the file's content, in bytes: a preamble, other fields, all their headers.
const HEAD_BYTES: u64 = 64 << 10;
/// What may stand behind it up to the form's end, in bytes.
const TAIL_BYTES: u64 = 64 << 10;
/// Parts of a form, the file among them.
const PARTS: usize = 8;
/// Longest `format`, in bytes.
const FORMAT_BYTES: usize = 64;
/// Longest boundary, in bytes; as RFC 2046 has it.
const BOUNDARY_BYTES: usize = 70;
/// The body is handed to the parser in pieces of so many bytes.
const PIECE_BYTES: usize = 32 << 10;

/// A form being read.
pub(super) struct UploadForm {
    parts: Multipart<'static>,
    seen: usize,
    allowance: Arc<AtomicU64>,
}

impl UploadForm {
    /// The form that a request brings.
    pub(super) fn of(request: Request) -> Result<Self, Problem> {
        let kind = request.headers().get(header::CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let boundary = multer::parse_boundary(kind).map_err(|_| problems::not_multipart())?;
        if boundary.is_empty() || boundary.len() > BOUNDARY_BYTES {
            return Err(Problem::malformed(format!(
                "the form's boundary has {} characters; expected 1 to {BOUNDARY_BYTES}",
                boundary.len()
            )));
        }
        let allowance = Arc::new(AtomicU64::new(HEAD_BYTES));
        let pieces = Pieces::of(request.into_body(), allowance.clone());
        Ok(Self {
            parts: Multipart::new(pieces, boundary),
            seen: 0,
            allowance,
        })
    }

    /// Goes to the file; answers with the format that was named before it.
    pub(super) async fn file(&mut self) -> Result<(Option<Format>, Field<'static>), Problem> {
        let mut format = None;
        while let Some(part) = self.next().await? {
            match part.name() {
                Some("file") => {
                    // The store of files counts what it takes and knows its own limit.
                    self.allowance.store(u64::MAX, Ordering::Relaxed);
                    return Ok((format, part));
                }
                Some("format") if format.is_some() => {
                    return Err(Problem::field("/format", "expected it once"));
                }
                Some("format") => format = Some(format_of(part).await?),
                // Whatever else a client adds is passed over, within the same bounds.
                _ => {}
            }
        }
        Err(Problem::field(
            "/file",
            "expected a part named file with a file name",
        ))
    }

    /// Goes from the file's end to the form's: nothing that matters may come any more, and a form
    /// that breaks off here may have lost something.
    pub(super) async fn end(&mut self) -> Result<(), Problem> {
        self.allowance.store(TAIL_BYTES, Ordering::Relaxed);
        while let Some(part) = self.next().await? {
            match part.name() {
                Some("file") => {
                    return Err(Problem::malformed(
                        "the form has two parts named file; expected one file a request",
                    ));
                }
                Some("format") => {
                    return Err(Problem::field(
                        "/format",
                        "stands behind the file; expected it before the part named file",
                    ));
                }
                _ => {}
            }
        }
        Ok(())
    }

    async fn next(&mut self) -> Result<Option<Field<'static>>, Problem> {
        let part = self.parts.next_field().await.map_err(broken)?;
        self.seen += usize::from(part.is_some());
        if self.seen > PARTS {
            return Err(Problem::malformed(format!(
                "the form has more than {PARTS} parts; expected format, if at all, and file"
            )));
        }
        Ok(part)
    }
}

async fn format_of(mut part: Field<'_>) -> Result<Format, Problem> {
    let names = Format::ALL.map(Format::as_str).join(", ");
    let mut text = Vec::new();
    while let Some(piece) = part.chunk().await.map_err(broken)? {
        if text.len() + piece.len() > FORMAT_BYTES {
            return Err(Problem::payload_too_large(format!(
                "the field format is longer than {FORMAT_BYTES} bytes; expected one of {names}"
            )));
        }
        text.extend_from_slice(&piece);
    }
    let text = String::from_utf8_lossy(&text);
    Format::ALL
        .into_iter()
        .find(|format| format.as_str() == text.trim())
        .ok_or_else(|| Problem::field("/format", format!("expected one of {names}")))
}

fn broken(error: multer::Error) -> Problem {
    tracing::info!(%error, "form broken");
    match error {
        multer::Error::StreamReadFailed(cause) if cause.is::<TooMuch>() => {
            Problem::payload_too_large(format!(
                "what stands beside the file is longer than {HEAD_BYTES} bytes; expected at most a \
                 short field named format, and then the part named file"
            ))
        }
        _ => Problem::malformed("the form could not be read to its end; send it again"),
    }
}

#[derive(Debug, thiserror::Error)]
#[error("more than is taken beside the file")]
struct TooMuch;

/// A body in small pieces, and no more of it than is allowed.
///
/// The parser takes whatever is there before it looks at it. So this says after every piece that
/// there is no more for now: what waits in memory is then what the parser cannot pass on yet, which
/// the allowance bounds.
struct Pieces {
    body: BodyDataStream,
    rest: Bytes,
    allowance: Arc<AtomicU64>,
    /// A piece was just handed out.
    pauses: bool,
}

impl Pieces {
    fn of(body: Body, allowance: Arc<AtomicU64>) -> Self {
        Self {
            body: body.into_data_stream(),
            rest: Bytes::new(),
            allowance,
            pauses: false,
        }
    }

    /// Counts a piece, unless nothing is counted at the moment.
    fn allow(&self, bytes: usize) -> Result<(), TooMuch> {
        let left = self.allowance.load(Ordering::Relaxed);
        if left == u64::MAX {
            return Ok(());
        }
        let left = left.checked_sub(bytes as u64).ok_or(TooMuch)?;
        self.allowance.store(left, Ordering::Relaxed);
        Ok(())
    }
}

impl Stream for Pieces {
    type Item = Result<Bytes, Box<dyn Error + Send + Sync>>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if std::mem::take(&mut self.pauses) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        if self.rest.is_empty() {
            match ready!(Pin::new(&mut self.body).poll_next(cx)) {
                Some(Ok(chunk)) => self.rest = chunk,
                Some(Err(error)) => return Poll::Ready(Some(Err(error.into()))),
                None => return Poll::Ready(None),
            }
        }
        let length = self.rest.len().min(PIECE_BYTES);
        let piece = self.rest.split_to(length);
        if let Err(error) = self.allow(length) {
            return Poll::Ready(Some(Err(error.into())));
        }
        self.pauses = true;
        Poll::Ready(Some(Ok(piece)))
    }
}
