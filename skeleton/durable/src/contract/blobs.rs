//! What every store of blobs promises.

use std::{
    io::{self, Read, Seek, SeekFrom},
    pin::Pin,
    task::{Context, Poll},
};

use tokio::io::{AsyncRead, AsyncReadExt as _, ReadBuf};
use uuid::Uuid;

use crate::blobs::{BlobError, Blobs};

/// Runs the suite.
pub async fn blob_suite(blobs: &dyn Blobs) {
    one_blob(blobs).await;
    a_long_blob(blobs).await;
    two_writers(blobs).await;
}

async fn one_blob(blobs: &dyn Blobs) {
    let id = Uuid::now_v7();
    assert!(matches!(blobs.open(id).await, Err(BlobError::Missing)));
    let bytes: Vec<u8> = (0..1_000_003u32).map(|n| (n % 251) as u8).collect();
    let stored = blobs
        .put(id, Box::pin(&bytes[..]), 2_000_000)
        .await
        .unwrap();
    assert_eq!(stored.bytes, bytes.len() as u64);
    assert_eq!(stored.hash, blake3::hash(&bytes).to_hex().to_string());
    let mut blob = blobs.open(id).await.unwrap();
    let (mut back, mut tail) = (Vec::new(), Vec::new());
    blob.read_to_end(&mut back).unwrap();
    assert!(back == bytes);
    blob.seek(SeekFrom::End(-10)).unwrap();
    blob.read_to_end(&mut tail).unwrap();
    assert_eq!(tail, bytes[bytes.len() - 10..]);

    let replaced = blobs
        .put(id, Box::pin(&b"short"[..]), 2_000_000)
        .await
        .unwrap();
    assert_eq!(replaced.bytes, 5);
    blobs.delete(id).await.unwrap();
    blobs.delete(id).await.unwrap();
    assert!(matches!(blobs.open(id).await, Err(BlobError::Missing)));

    let too_long = blobs.put(id, Box::pin(&bytes[..]), 1000).await;
    assert!(matches!(
        too_long,
        Err(BlobError::TooLarge { limit_bytes: 1000 })
    ));
    assert!(matches!(blobs.open(id).await, Err(BlobError::Missing)));
    assert!(matches!(
        blobs.put(id, Box::pin(Torn(3)), 1000).await,
        Err(BlobError::Source(_))
    ));
    assert!(matches!(blobs.open(id).await, Err(BlobError::Missing)));
}

/// Longer than any store's parts and pieces, and none of their multiples.
async fn a_long_blob(blobs: &dyn Blobs) {
    const BYTES: u64 = (20 << 20) + 7;
    let id = Uuid::now_v7();
    // Of a length without a divisor among those of parts, so that no two of them are the same.
    let pattern: Vec<u8> = (0..65_537u32).map(|n| (n / 251 + n) as u8).collect();
    let source = || Box::pin(Repeated(io::Cursor::new(pattern.clone())).take(BYTES));
    let too_long = blobs.put(id, source(), BYTES - 1).await;
    assert!(matches!(too_long, Err(BlobError::TooLarge { .. })));
    assert!(matches!(blobs.open(id).await, Err(BlobError::Missing)));

    let stored = blobs.put(id, source(), BYTES).await.unwrap();
    let mut blob = blobs.open(id).await.unwrap();
    let mut hasher = blake3::Hasher::new();
    let read = io::copy(&mut blob, &mut hasher).unwrap();
    assert_eq!((read, stored.bytes), (BYTES, BYTES));
    assert_eq!(hasher.finalize().to_hex().to_string(), stored.hash);
    for at in [BYTES - 9, 0, (8 << 20) - 5, (4 << 20) + 1] {
        let mut found = [0; 9];
        blob.seek(SeekFrom::Start(at)).unwrap();
        blob.read_exact(&mut found).unwrap();
        let expected = (at..at + 9).map(|n| pattern[(n % pattern.len() as u64) as usize]);
        assert!(found.into_iter().eq(expected), "other bytes at {at}");
    }
    blobs.delete(id).await.unwrap();
}

/// Of two that store under one id, one is there, whole.
async fn two_writers(blobs: &dyn Blobs) {
    let id = Uuid::now_v7();
    let texts = [vec![b'a'; 600_000], vec![b'b'; 900_000]];
    let (one, two) = tokio::join!(
        blobs.put(id, Box::pin(&texts[0][..]), 1_000_000),
        blobs.put(id, Box::pin(&texts[1][..]), 1_000_000),
    );
    assert!(one.is_ok() || two.is_ok(), "{one:?}, {two:?}");
    let mut found = Vec::new();
    let mut blob = blobs.open(id).await.unwrap();
    blob.read_to_end(&mut found).unwrap();
    assert!(texts.contains(&found), "{} bytes of both", found.len());
    blobs.delete(id).await.unwrap();
}

/// Some bytes, over and over.
struct Repeated(io::Cursor<Vec<u8>>);

impl AsyncRead for Repeated {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.0.position() == self.0.get_ref().len() as u64 {
            self.0.set_position(0);
        }
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

/// An upload whose connection breaks.
struct Torn(u8);

impl AsyncRead for Torn {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.0 == 0 {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        self.0 -= 1;
        buffer.put_slice(b"part");
        Poll::Ready(Ok(()))
    }
}
