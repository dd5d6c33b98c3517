//! As much HTTP/1.1 as a load generator needs: one kept connection, one request at a time, answers
//! with a length. Small, since it computes on the machine that it measures.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// Largest answer.
const ANSWER_BYTES: usize = 64 * 1024;

/// A kept connection.
pub(crate) struct Connection {
    stream: TcpStream,
    answer: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(address: &str) -> anyhow::Result<Self> {
        let stream = timeout(PATIENCE, TcpStream::connect(address)).await??;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            answer: Vec::with_capacity(ANSWER_BYTES),
        })
    }

    /// Sends a whole request and answers the status, once all of the answer was read.
    pub(crate) async fn ask(&mut self, request: &[u8]) -> anyhow::Result<u16> {
        timeout(PATIENCE, self.exchange(request)).await?
    }

    async fn exchange(&mut self, request: &[u8]) -> anyhow::Result<u16> {
        self.stream.write_all(request).await?;
        self.answer.clear();
        let mut end = None;
        loop {
            anyhow::ensure!(
                self.answer.len() < ANSWER_BYTES,
                "an answer of more than {ANSWER_BYTES} bytes"
            );
            if self.stream.read_buf(&mut self.answer).await? == 0 {
                anyhow::bail!("the connection was closed");
            }
            if end.is_none() {
                end = whole(&self.answer)?;
            }
            if end.is_some_and(|end| self.answer.len() >= end) {
                let status = self.answer.get(9..12).map(std::str::from_utf8);
                return Ok(status
                    .ok_or_else(|| anyhow::anyhow!("no status"))??
                    .parse()?);
            }
        }
    }
}

/// How many bytes the whole answer has, as soon as its head is there.
fn whole(answer: &[u8]) -> anyhow::Result<Option<usize>> {
    const BLANK: &[u8] = b"\r\n\r\n";
    let Some(head) = answer.windows(BLANK.len()).position(|four| four == BLANK) else {
        return Ok(None);
    };
    let length = std::str::from_utf8(&answer[..head])?
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .ok_or_else(|| anyhow::anyhow!("an answer without content-length"))?
        .1;
    Ok(Some(head + BLANK.len() + length.trim().parse::<usize>()?))
}

#[cfg(test)]
mod tests {
    use super::whole;

    #[test]
    fn an_answer_is_whole_when_as_many_bytes_came_as_it_says() {
        assert_eq!(whole(b"HTTP/1.1 201 Created\r\n").unwrap(), None);
        let answer = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}";
        assert_eq!(whole(answer).unwrap(), Some(answer.len()));
        assert!(whole(b"HTTP/1.1 201 Created\r\n\r\n").is_err());
    }
}
