//! What an operator can say, in a file and by the environment; the environment wins.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use skeleton_host::{
    http::{HttpSettings, ServeSettings},
    product::SETTINGS_PREFIX,
    settings::{Fields, SettingsError, Source},
    telemetry::TelemetrySettings,
};
use skeleton_mail::MailSettings;

/// Where the program listens unless told otherwise.
pub const DEFAULT_ADDRESS: &str = "127.0.0.1:8400";

/// Everything.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where to listen.
    pub address: SocketAddr,
    /// Where everything is kept.
    pub data: PathBuf,
    /// Where links in mail lead.
    pub public_url: String,
    /// Where mail goes: to a mail server, without one into a folder of the data.
    pub mail: MailSettings,
    /// Logs and traces.
    pub telemetry: TelemetrySettings,
    /// Bounds of requests.
    pub http: HttpSettings,
    /// How serving ends.
    pub serve: ServeSettings,
    /// See there.
    pub gateway: kith_gateway::settings::Settings,
    /// See there.
    pub ingest: kith_ingest::wiring::Bounds,
    /// See there.
    pub network: kith_network::wiring::Settings,
}

impl Settings {
    /// From the file that `KITH_CONFIG` names, if any, and the environment.
    ///
    /// # Errors
    /// Every wrong or unknown setting at once.
    pub fn load() -> Result<Self, SettingsError> {
        let file = std::env::var_os(format!("{SETTINGS_PREFIX}CONFIG")).map(PathBuf::from);
        Self::from_source(&Source::load(SETTINGS_PREFIX, file.as_deref()))
    }

    /// From anywhere.
    ///
    /// # Errors
    /// Like [`Settings::load`].
    pub fn from_source(source: &Source) -> Result<Self, SettingsError> {
        source.read(Self::read)
    }

    fn read(f: &mut Fields<'_>) -> Self {
        for of_the_command_line in ["config", "server", "token", "account", "password"] {
            f.is_set(of_the_command_line);
        }
        let address = f.address("address", DEFAULT_ADDRESS);
        let public_url = if f.is_set("public_url") {
            f.url("public_url", None)
                .to_string()
                .trim_end_matches('/')
                .to_owned()
        } else {
            url_of(address)
        };
        let default_data = default_data();
        let data = f.path("data", default_data.to_str());
        Self {
            address,
            mail: MailSettings::read_or_folder(f, data.join("mail")),
            data,
            public_url,
            telemetry: TelemetrySettings::read(f),
            http: HttpSettings::read(f),
            serve: ServeSettings::read(f),
            gateway: kith_gateway::settings::Settings::read(f),
            ingest: f.section("ingest", kith_ingest::wiring::Bounds::read),
            network: f.section("network", kith_network::wiring::Settings::read),
        }
    }

    /// Whether it is reached from elsewhere under an address of its own.
    #[must_use]
    pub fn is_published(&self) -> bool {
        self.public_url != url_of(self.address)
    }
}

/// Where a program on this machine finds what listens at `address`.
#[must_use]
pub fn url_of(address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        format!("http://localhost:{}", address.port())
    } else {
        format!("http://{address}")
    }
}

/// The user's own folder for data of programs: the same from wherever a command is given.
fn default_data() -> PathBuf {
    let set = |name: &str| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|p| p.is_absolute())
    };
    set("XDG_DATA_HOME")
        .or_else(|| Some(set("HOME")?.join(".local/share")))
        .map_or_else(
            || Path::new("data").to_owned(),
            |folder| folder.join("kith"),
        )
}
