//! Somebody at the other side of the proxy.

use std::time::{Duration, Instant};

use futures::{Stream, stream};
use reqwest::{Client, Response};

use crate::running::Session;

/// An event stream of the API, event by event.
pub(crate) struct Events {
    response: Response,
    text: String,
}

impl Events {
    /// Opens it; the answer that was given instead where there is none.
    pub(crate) async fn open(
        client: &Client,
        url: &str,
        session: &Session<'_>,
    ) -> Result<Self, Response> {
        let request = client.get(url).bearer_auth(&session.token);
        let response = request.send().await.unwrap();
        if response.status() != 200 {
            return Err(response);
        }
        Ok(Self {
            response,
            text: String::new(),
        })
    }

    /// The next event as it was written, a sign of life too; what ended the stream where it has.
    async fn next(&mut self) -> Result<String, String> {
        loop {
            if let Some(end) = self.text.find("\n\n") {
                let event = self.text[..end].to_owned();
                self.text.drain(..end + 2);
                return Ok(event);
            }
            match self.response.chunk().await {
                Ok(Some(piece)) => self.text.push_str(std::str::from_utf8(&piece).unwrap()),
                Ok(None) => return Err("its end".to_owned()),
                Err(error) => return Err(format!("{error:?}")),
            }
        }
    }

    /// The first one that begins like this, which must come within `limit`.
    pub(crate) async fn find(&mut self, beginning: &str, limit: Duration) -> String {
        let began = Instant::now();
        loop {
            let left = limit.saturating_sub(began.elapsed());
            match tokio::time::timeout(left, self.next()).await {
                Ok(Ok(event)) if event.starts_with(beginning) => return event,
                Ok(Ok(_)) => {}
                Ok(Err(end)) => panic!("no {beginning:?}, but after {:?} {end}", began.elapsed()),
                Err(_) => panic!("no {beginning:?} within {limit:?}"),
            }
        }
    }
}

/// So many letters of a mailbox, each so long.
const LETTERS: usize = 60;
const LETTER_BYTES: usize = 1 << 20;

/// A mailbox of 60 MiB, letter by letter as somebody asks for it; half of it waits for `go_on`.
pub(crate) fn mailbox(
    go_on: tokio::sync::oneshot::Receiver<()>,
) -> (u64, impl Stream<Item = std::io::Result<Vec<u8>>>) {
    let bytes = (0..LETTERS).map(|n| letter(n).len() as u64).sum();
    let letters = stream::unfold((0, Some(go_on)), async |(n, mut go_on)| {
        if n == LETTERS / 2
            && let Some(go_on) = go_on.take()
        {
            // Whoever waited has seen enough, or is gone.
            drop(go_on.await);
        }
        (n < LETTERS).then(|| (Ok(letter(n)), (n + 1, go_on)))
    });
    (bytes, letters)
}

fn letter(n: usize) -> Vec<u8> {
    let mut letter = format!(
        "From ada@example.org Mon Mar  4 10:00:00 2024\n\
         From: Ada <ada@example.org>\nTo: Bo{n} <bo{n}@example.com>\n\
         Date: Mon, 4 Mar 2024 10:00:00 +0000\nMessage-ID: <{n}@example.org>\nSubject: {n}\n\n"
    )
    .into_bytes();
    let line = b"All work and no play makes a dull letter of many words and little else.\n";
    while letter.len() < LETTER_BYTES {
        letter.extend_from_slice(line);
    }
    letter.push(b'\n');
    letter
}
