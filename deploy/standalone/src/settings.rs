//! What an operator can say, in a file and by the environment; the environment wins.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use crate::backup::schedule::Schedule;
use skeleton_host::{
    http::{HttpSettings, ServeSettings},
    product::SETTINGS_PREFIX,
    settings::{Fields, SettingsError, Source},
    telemetry::TelemetrySettings,
};
use skeleton_mail::MailSettings;
use url::Url;

/// Where the program listens unless told otherwise.
pub const DEFAULT_ADDRESS: &str = "127.0.0.1:8400";

/// What is read from the environment by commands, and means nothing to the services.
const OF_THE_COMMAND_LINE: [&str; 6] = [
    "config", "server", "token", "account", "password", "to_token",
];

/// Sign-ups that prove their address without a code in a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProvenSignUps {
    /// None.
    None,
    /// Those that are made on this machine itself, without a proxy in between.
    OnThisMachine,
    /// Every one, whoever makes it: the operator knows everybody who gets here.
    All,
}

/// Everything.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where to listen.
    pub address: SocketAddr,
    /// Where everything is kept.
    pub data: PathBuf,
    /// Where links in mail lead; none where it is reached in a way that nobody has named.
    pub public_url: Option<String>,
    /// Whose address counts as proven once an account is made with it.
    pub proven_sign_ups: ProvenSignUps,
    /// Where mail goes: to a mail server, without one into a folder of the data.
    pub mail: MailSettings,
    /// Logs and traces.
    pub telemetry: TelemetrySettings,
    /// Bounds of requests.
    pub http: HttpSettings,
    /// How serving ends.
    pub serve: ServeSettings,
    /// Backups that are made by themselves.
    pub backups: Schedule,
    pub gateway: kith_gateway::wiring::Settings,
    pub ingest: kith_ingest::wiring::Bounds,
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
        for of_the_command_line in OF_THE_COMMAND_LINE {
            f.is_set(of_the_command_line);
        }
        let address = f.address("address", DEFAULT_ADDRESS);
        let public = f.optional_url("public_url");
        let default_data = default_data();
        let data = f.path("data", default_data.to_str());
        let mail = MailSettings::read_or_folder(f, data.join("mail"));
        let mut gateway = kith_gateway::wiring::Settings::read(f);
        let mut serve = ServeSettings::read(f);
        serve.unbounded = gateway.trusted_proxies.clone();

        let is_only_here = mail.as_folder().is_some()
            && address.ip().is_loopback()
            && public.is_none()
            && gateway.trusted_proxies.is_empty()
            && gateway.hosts.is_empty();
        let proven_sign_ups = if f.is_set("trust_sign_up_addresses") {
            if f.flag("trust_sign_up_addresses", false) {
                ProvenSignUps::All
            } else {
                ProvenSignUps::None
            }
        } else if is_only_here {
            ProvenSignUps::OnThisMachine
        } else {
            ProvenSignUps::None
        };
        gateway.trusts_local_sign_ups = proven_sign_ups == ProvenSignUps::OnThisMachine;
        let public_url = public_url(public.as_ref(), &gateway, &mail, address);
        let host = public.as_ref().and_then(Url::host_str);
        gateway.hosts.extend(host.map(str::to_owned));
        Self {
            address,
            public_url,
            proven_sign_ups,
            mail,
            backups: Schedule::read(f, &data),
            data,
            telemetry: TelemetrySettings::read(f),
            http: HttpSettings::read(f),
            serve,
            gateway,
            ingest: f.section("ingest", kith_ingest::wiring::Bounds::read),
            network: f.section("network", kith_network::wiring::Settings::read),
        }
    }
}

/// Where links in mail lead: where the operator says, else under the first name that the operator
/// says this is reached by. Mail in a folder is read on this machine; any other reader's `127.0.0.1`
/// is another machine, so without a name mail has no links there.
fn public_url(
    public: Option<&Url>,
    gateway: &kith_gateway::wiring::Settings,
    mail: &MailSettings,
    address: SocketAddr,
) -> Option<String> {
    if let Some(url) = public {
        return Some(url.as_str().trim_end_matches('/').to_owned());
    }
    let has_proxy = !gateway.trusted_proxies.is_empty();
    match gateway.hosts.first() {
        Some(host) if has_proxy => Some(format!("https://{host}")),
        Some(host) => Some(format!("http://{host}:{}", address.port())),
        None if has_proxy || mail.as_folder().is_none() => None,
        None => Some(url_of(address)),
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
