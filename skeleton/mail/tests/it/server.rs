//! A mail server small enough to read: it speaks SMTP, and says what a test wants it to.

use std::sync::{Arc, Mutex};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
};

/// What it answers; an empty answer is none, for ever.
#[derive(Clone, Copy)]
pub(crate) struct Script {
    pub(crate) greeting: &'static str,
    pub(crate) auth: &'static str,
    pub(crate) sender: &'static str,
    pub(crate) recipient: &'static str,
    pub(crate) text: &'static str,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            greeting: "220 ready",
            auth: "235 come in",
            sender: "250 fine",
            recipient: "250 fine",
            text: "250 taken",
        }
    }
}

/// A running one.
pub(crate) struct Server {
    pub(crate) port: u16,
    taken: Arc<Mutex<Vec<String>>>,
    said: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub(crate) async fn start(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            port: listener.local_addr().unwrap().port(),
            taken: Arc::default(),
            said: Arc::default(),
        };
        let (taken, said) = (server.taken.clone(), server.said.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(converse(stream, script, taken.clone(), said.clone()));
            }
        });
        server
    }

    pub(crate) fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// The texts of the letters that it took.
    pub(crate) fn taken(&self) -> Vec<String> {
        self.taken.lock().unwrap().clone()
    }

    /// Every command that it heard.
    pub(crate) fn heard(&self) -> Vec<String> {
        self.said.lock().unwrap().clone()
    }
}

/// None at the end of the conversation.
async fn converse(
    stream: TcpStream,
    script: Script,
    taken: Arc<Mutex<Vec<String>>>,
    said: Arc<Mutex<Vec<String>>>,
) -> Option<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    say(&mut write, script.greeting).await?;
    while let Some(line) = lines.next_line().await.ok()? {
        said.lock().unwrap().push(line.clone());
        let verb = line.split([' ', ':']).next().unwrap_or_default();
        let answer = match verb.to_uppercase().as_str() {
            "EHLO" => "250-test\r\n250-8BITMIME\r\n250 AUTH PLAIN",
            "AUTH" => script.auth,
            "MAIL" => script.sender,
            "RCPT" => script.recipient,
            "DATA" => {
                say(&mut write, "354 go on").await?;
                let text = text(&mut lines).await?;
                if script.text.starts_with('2') {
                    taken.lock().unwrap().push(text);
                }
                script.text
            }
            "QUIT" => "221 bye",
            _ => "250 fine",
        };
        say(&mut write, answer).await?;
    }
    None
}

async fn say(write: &mut (impl tokio::io::AsyncWrite + Unpin), answer: &str) -> Option<()> {
    if answer.is_empty() {
        return std::future::pending().await;
    }
    write
        .write_all(format!("{answer}\r\n").as_bytes())
        .await
        .ok()
}

/// Up to the line that is a dot; other lines that begin with one have it doubled.
async fn text(
    lines: &mut tokio::io::Lines<BufReader<tokio::net::tcp::OwnedReadHalf>>,
) -> Option<String> {
    let mut text = String::new();
    while let Some(line) = lines.next_line().await.ok()? {
        if line == "." {
            return Some(text);
        }
        text.push_str(line.strip_prefix('.').unwrap_or(&line));
        text.push('\n');
    }
    None
}
