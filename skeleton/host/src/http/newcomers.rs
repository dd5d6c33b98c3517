//! The last moment of a listener.
//!
//! Closing a listener resets whoever has connected since the last look at it, and whoever has sent
//! a first packet and takes itself for connected once ours is back. So, where the system can, new
//! first packets are left unanswered for a moment before: those who sent one try again a second
//! later and are refused, and everybody else can be taken in.

use tokio::net::TcpListener;

/// Leaves new attempts to connect unanswered; says whether it could.
#[cfg(target_os = "linux")]
pub(super) fn refuse(listener: &TcpListener) -> bool {
    use socket2::SockFilter;
    /// Instructions of the kernel's packet filter, from `linux/bpf_common.h`.
    const LOAD_BYTE: u16 = 0x30;
    const AND: u16 = 0x54;
    const JUMP_IF_EQUAL: u16 = 0x15;
    const RETURN: u16 = 0x06;
    /// Flags of a segment, and where they are.
    const FLAGS: u32 = 13;
    const SYN: u32 = 0x02;
    const ACK: u32 = 0x10;
    let program = [
        SockFilter::new(LOAD_BYTE, 0, 0, FLAGS),
        SockFilter::new(AND, 0, 0, SYN | ACK),
        // A first packet has the one and not the other: nothing of it is kept, all of others is.
        SockFilter::new(JUMP_IF_EQUAL, 0, 1, SYN),
        SockFilter::new(RETURN, 0, 0, 0),
        SockFilter::new(RETURN, 0, 0, u32::MAX),
    ];
    let attached = socket2::SockRef::from(listener).attach_filter(&program);
    if let Err(error) = &attached {
        tracing::debug!(%error, "new connections cannot be kept away before the end");
    }
    attached.is_ok()
}

/// Leaves new attempts to connect unanswered; says whether it could.
#[cfg(not(target_os = "linux"))]
pub(super) fn refuse(_: &TcpListener) -> bool {
    false
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    #[tokio::test]
    async fn who_is_connected_stays_so_and_nobody_else_gets_in() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut early = TcpStream::connect(address).await.unwrap();
        assert!(refuse(&listener));
        let late = tokio::time::timeout(Duration::from_millis(200), TcpStream::connect(address));
        assert!(late.await.is_err(), "nobody answers");
        let (mut ours, _) = listener.accept().await.unwrap();
        early.write_all(b"still here").await.unwrap();
        let mut heard = [0; 10];
        ours.read_exact(&mut heard).await.unwrap();
        assert_eq!(&heard, b"still here");
    }
}
