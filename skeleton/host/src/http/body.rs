//! Bodies of requests and answers: whole, or read as they come.

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use bytes::{Bytes, BytesMut};
use futures::stream::LocalBoxStream;
use futures::{Stream, StreamExt, TryStreamExt};
use send_wrapper::SendWrapper;
use std::error::Error;
use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

type BoxError = Box<dyn Error + Send + Sync>;

/// The body of a request or of an answer.
#[derive(Default)]
pub struct Body(Inner);

enum Inner {
    Whole(Bytes),
    /// As it comes off a connection; passed on as it is.
    Payload(Payload),
    Stream {
        chunks: LocalBoxStream<'static, Result<Bytes, BoxError>>,
        size: Option<u64>,
    },
}

impl Default for Inner {
    fn default() -> Self {
        Self::Whole(Bytes::new())
    }
}

impl Body {
    /// Nothing.
    pub fn empty() -> Self {
        Self::default()
    }

    /// What a stream gives, of unknown length.
    pub fn from_stream<S, C, E>(stream: S) -> Self
    where
        S: Stream<Item = Result<C, E>> + 'static,
        C: Into<Bytes>,
        E: Into<BoxError>,
    {
        Self::streamed(stream, None)
    }

    /// What a stream gives, so many bytes if that is known.
    pub(crate) fn streamed<S, C, E>(stream: S, size: Option<u64>) -> Self
    where
        S: Stream<Item = Result<C, E>> + 'static,
        C: Into<Bytes>,
        E: Into<BoxError>,
    {
        let chunks = stream.map(|chunk| chunk.map(Into::into).map_err(Into::into));
        Self(Inner::Stream {
            chunks: chunks.boxed_local(),
            size,
        })
    }

    /// Whether nothing will come of it.
    pub(crate) fn is_empty(&self) -> bool {
        matches!(&self.0, Inner::Whole(bytes) if bytes.is_empty())
    }

    /// Its pieces as they come.
    pub fn into_data_stream(self) -> BodyDataStream {
        let chunks = match self.0 {
            Inner::Whole(bytes) => {
                let chunk = (!bytes.is_empty()).then_some(Ok(bytes));
                futures::stream::iter(chunk).boxed_local()
            }
            Inner::Payload(payload) => payload.map_err(BoxError::from).boxed_local(),
            Inner::Stream { chunks, .. } => chunks,
        };
        BodyDataStream(SendWrapper::new(chunks))
    }

    pub(super) fn into_payload(self) -> Payload {
        match self.0 {
            Inner::Whole(bytes) if bytes.is_empty() => Payload::None,
            Inner::Whole(bytes) => Payload::from(bytes),
            Inner::Payload(payload) => payload,
            Inner::Stream { chunks, .. } => {
                let chunks = chunks.map_err(|error| PayloadError::Io(io::Error::other(error)));
                Payload::Stream {
                    payload: Box::pin(chunks),
                }
            }
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Inner::Whole(bytes) => write!(f, "Body({} bytes)", bytes.len()),
            _ => f.write_str("Body(stream)"),
        }
    }
}

impl MessageBody for Body {
    type Error = Box<dyn Error>;

    fn size(&self) -> BodySize {
        match &self.0 {
            Inner::Whole(bytes) => bytes.size(),
            Inner::Stream {
                size: Some(size), ..
            } => BodySize::Sized(*size),
            Inner::Payload(_) | Inner::Stream { .. } => BodySize::Stream,
        }
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        match &mut self.0 {
            Inner::Whole(bytes) if bytes.is_empty() => Poll::Ready(None),
            Inner::Whole(bytes) => Poll::Ready(Some(Ok(std::mem::take(bytes)))),
            Inner::Payload(payload) => Pin::new(payload).poll_next(cx).map_err(Into::into),
            Inner::Stream { chunks, .. } => chunks.poll_next_unpin(cx).map_err(|error| {
                let error: Box<dyn Error> = error;
                error
            }),
        }
    }

    fn try_into_bytes(self) -> Result<Bytes, Self> {
        match self.0 {
            Inner::Whole(bytes) => Ok(bytes),
            other => Err(Self(other)),
        }
    }
}

impl From<Payload> for Body {
    fn from(payload: Payload) -> Self {
        match payload {
            Payload::None => Self::empty(),
            payload => Self(Inner::Payload(payload)),
        }
    }
}

impl From<BoxBody> for Body {
    fn from(body: BoxBody) -> Self {
        let mut body = match body.try_into_bytes() {
            Ok(bytes) => return Self::from(bytes),
            Err(body) => body,
        };
        let size = match body.size() {
            BodySize::Sized(size) => Some(size),
            BodySize::None | BodySize::Stream => None,
        };
        let chunks = futures::stream::poll_fn(move |cx| Pin::new(&mut body).poll_next(cx));
        // Errors of answers need not be `Send`; what they say is all that is made of them.
        Self::streamed(
            chunks.map_err(|error| io::Error::other(error.to_string())),
            size,
        )
    }
}

macro_rules! whole {
    ($($kind:ty),*) => {
        $(impl From<$kind> for Body {
            fn from(bytes: $kind) -> Self {
                Self(Inner::Whole(bytes.into()))
            }
        })*
    };
}

whole!(Bytes, Vec<u8>, String, &'static str, &'static [u8]);

/// The pieces of a body. It may be handed to what wants to be able to send it elsewhere, but is
/// read and dropped on the thread on which it came.
pub struct BodyDataStream(SendWrapper<LocalBoxStream<'static, Result<Bytes, BoxError>>>);

impl Stream for BodyDataStream {
    type Item = Result<Bytes, BoxError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_next_unpin(cx)
    }
}

impl fmt::Debug for BodyDataStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BodyDataStream")
    }
}

/// Why a body could not be read whole.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// It is longer than so many bytes.
    #[error("the body is longer than {0} bytes")]
    TooLong(usize),
    /// It ended before it was complete.
    #[error("the body broke off")]
    Broken(#[source] BoxError),
}

/// A body of at most so many bytes, whole.
///
/// # Errors
/// When it is longer or breaks off.
pub async fn to_bytes(body: impl Into<Body>, most: usize) -> Result<Bytes, BodyError> {
    let mut chunks = match body.into().0 {
        Inner::Whole(bytes) if bytes.len() <= most => return Ok(bytes),
        Inner::Whole(_) => return Err(BodyError::TooLong(most)),
        other => Body(other).into_data_stream(),
    };
    let mut whole = BytesMut::new();
    while let Some(chunk) = chunks.try_next().await.map_err(BodyError::Broken)? {
        if whole.len() + chunk.len() > most {
            return Err(BodyError::TooLong(most));
        }
        whole.extend_from_slice(&chunk);
    }
    Ok(whole.freeze())
}
