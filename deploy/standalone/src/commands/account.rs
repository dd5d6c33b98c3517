//! `kith account …`: accounts.

use skeleton_host::http::Method;
use std::io::{self, BufRead};

use clap::Subcommand;
use serde_json::json;

use crate::{api::Api, cli::Global, failure::Failure, output};

/// What to do.
#[derive(Subcommand, Debug)]
pub enum Account {
    /// Make an account. The password comes from KITH_PASSWORD or the first line of standard input.
    Create {
        /// Where the account signs in.
        #[arg(long)]
        email: String,
        /// How it calls itself.
        #[arg(long)]
        name: String,
        /// IANA name such as Europe/Berlin.
        #[arg(long, default_value = "UTC")]
        time_zone: String,
    },
}

/// Makes an account.
///
/// # Errors
/// See [`Failure`].
pub async fn account(global: &Global, command: &Account) -> Result<(), Failure> {
    let Account::Create {
        email,
        name,
        time_zone,
    } = command;
    let password = password()?;
    let api = Api::reach(global).await?;
    let wish = json!({
        "email": email,
        "password": password,
        "display_name": name,
        "time_zone": time_zone,
    });
    let made = api.ask(Method::POST, "/api/v1/accounts", Some(&wish)).await;
    api.close().await;
    let made = made?;
    if global.json {
        output::json(&made);
    } else {
        output::line(format_args!(
            "made {email}: {}",
            made["id"].as_str().unwrap_or_default()
        ));
    }
    Ok(())
}

fn password() -> Result<String, Failure> {
    if let Ok(password) = std::env::var("KITH_PASSWORD") {
        return Ok(password);
    }
    if output::is_watched() {
        output::note("Password, at least 10 characters (it will be shown):");
    }
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    let password = line.trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        return Err(Failure::Usage(
            "expected a password in KITH_PASSWORD or as the first line of standard input"
                .to_owned(),
        ));
    }
    Ok(password.to_owned())
}
