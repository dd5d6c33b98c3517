//! What every store of blobs promises.

use std::{
    io::{self, Read, Seek, SeekFrom},
    pin::Pin,
    task::{Context, Poll},
};

use tokio::io::{AsyncRead, ReadBuf};
use uuid::Uuid;

use crate::blobs::{BlobError, Blobs};

/// Runs the suite.
pub async fn blob_suite(blobs: &dyn Blobs) {
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
