//! The form in which a file comes. The file may be gigabytes long and is handed on as a stream;
//! everything else of the form is bounded here, since whoever sends it decides how long it is.

use std::{
    error::Error,
    future::poll_fn,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
};

use futures::{Stream, TryStreamExt};
use kith_formats::Format;
use multer::{Field, Multipart};
use skeleton_host::{
    http::{Body, BodyDataStream, Bytes, Request, header},
    problem::Problem,
};

use super::super::problems;

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
    gate: Arc<Gate>,
}

/// One part's content, as a stream.
pub(super) struct Part {
    field: Field<'static>,
    gate: Arc<Gate>,
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
        let gate = Arc::new(Gate {
            allowance: AtomicU64::new(HEAD_BYTES),
            wanted: AtomicBool::new(false),
        });
        let pieces = Pieces::of(request.into_body(), gate.clone());
        Ok(Self {
            parts: Multipart::new(pieces, boundary),
            seen: 0,
            gate,
        })
    }

    /// Goes to the file; answers with the format that was named before it.
    pub(super) async fn file(&mut self) -> Result<(Option<Format>, Part), Problem> {
        let mut format = None;
        while let Some(part) = self.next().await? {
            match part.field.name() {
                Some("file") => {
                    // The store of files counts what it takes and knows its own limit.
                    self.gate.allowance.store(u64::MAX, Ordering::Relaxed);
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
        self.gate.allowance.store(TAIL_BYTES, Ordering::Relaxed);
        while let Some(part) = self.next().await? {
            match part.field.name() {
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

    async fn next(&mut self) -> Result<Option<Part>, Problem> {
        let (parts, gate) = (&mut self.parts, &self.gate);
        let field = poll_fn(|cx| gate.drive(|| parts.poll_next_field(cx))).await;
        let field = field.map_err(broken)?;
        self.seen += usize::from(field.is_some());
        if self.seen > PARTS {
            return Err(Problem::malformed(format!(
                "the form has more than {PARTS} parts; expected format, if at all, and file"
            )));
        }
        let gate = self.gate.clone();
        Ok(field.map(|field| Part { field, gate }))
    }
}

impl Part {
    /// The file's name as the client gives it.
    pub(super) fn file_name(&self) -> Option<&str> {
        self.field.file_name()
    }
}

impl Stream for Part {
    type Item = Result<Bytes, multer::Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let gate = self.gate.clone();
        gate.drive(|| Pin::new(&mut self.field).poll_next(cx))
    }
}

async fn format_of(mut part: Part) -> Result<Format, Problem> {
    let names = Format::ALL.map(Format::as_str).join(", ");
    let mut text = Vec::new();
    while let Some(piece) = part.try_next().await.map_err(broken)? {
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

/// Lets the body through to the parser: a piece at a time, when the parser can do nothing without,
/// and no more than is allowed.
///
/// Left to itself the parser takes all that is there before it looks at any of it, which is as much
/// as the client sends faster than we read.
struct Gate {
    /// Bytes that may still come; [`u64::MAX`] where they are not counted.
    allowance: AtomicU64,
    /// The parser needs a piece that it was not given yet.
    wanted: AtomicBool,
}

impl Gate {
    /// Polls the parser, and again with another piece for as long as there is one at once.
    fn drive<T>(&self, mut parser: impl FnMut() -> Poll<T>) -> Poll<T> {
        loop {
            let answer = parser();
            // Wanted already: the client has to send it first, and will wake us.
            if answer.is_ready() || self.wanted.swap(true, Ordering::Relaxed) {
                return answer;
            }
        }
    }

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

/// A body behind a gate.
struct Pieces {
    body: BodyDataStream,
    rest: Bytes,
    gate: Arc<Gate>,
}

impl Pieces {
    fn of(body: Body, gate: Arc<Gate>) -> Self {
        Self {
            body: body.into_data_stream(),
            rest: Bytes::new(),
            gate,
        }
    }
}

impl Stream for Pieces {
    type Item = Result<Bytes, Box<dyn Error + Send + Sync>>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if !self.gate.wanted.load(Ordering::Relaxed) {
            // Whoever drives the gate asks again; nothing has to wake it.
            return Poll::Pending;
        }
        if self.rest.is_empty() {
            match ready!(Pin::new(&mut self.body).poll_next(cx)) {
                Some(Ok(chunk)) => self.rest = chunk,
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
        let length = self.rest.len().min(PIECE_BYTES);
        let piece = self.rest.split_to(length);
        self.gate.wanted.store(false, Ordering::Relaxed);
        if let Err(error) = self.gate.allow(length) {
            return Poll::Ready(Some(Err(error.into())));
        }
        Poll::Ready(Some(Ok(piece)))
    }
}
