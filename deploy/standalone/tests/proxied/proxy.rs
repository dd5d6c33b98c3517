//! nginx and Caddy as Debian has them, with the recipes of `deploy/machine`, in front of a Kith.
//!
//! A recipe is the file itself: only the ports, the folders and the certificate are this test's own.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use rcgen::{CertificateParams, KeyPair};
use reqwest::{Certificate, Client, ClientBuilder};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::{running::free_addresses, until};

/// The name in the recipes.
pub(crate) const NAME: &str = "kith.example.com";
const LIMIT: Duration = Duration::from_secs(60);
/// nginx is to end at once when it is told to.
const END: Duration = Duration::from_secs(10);

/// Which of them.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Nginx,
    Caddy,
}

/// One that runs; it ends when this is dropped.
pub(crate) struct Proxy {
    kind: Kind,
    child: Child,
    folder: TempDir,
    pub(crate) https: SocketAddr,
    pub(crate) http: SocketAddr,
}

impl Proxy {
    /// In front of what listens at `kith`, as soon as it answers.
    pub(crate) async fn start(kind: Kind, kith: &str) -> Self {
        let end = Instant::now() + LIMIT;
        loop {
            let mut proxy = Self::spawn(kind, kith);
            while proxy.child.try_wait().unwrap().is_none() {
                if proxy.client().get(proxy.url("/")).send().await.is_ok() {
                    return proxy;
                }
                assert!(Instant::now() < end, "{kind:?}: {}", proxy.said());
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            // Somebody was faster with one of its ports.
            let said = proxy.said();
            assert!(said.contains("ddress already in use"), "{kind:?}: {said}");
            assert!(Instant::now() < end, "no port stayed free");
        }
    }

    fn spawn(kind: Kind, kith: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let addresses = free_addresses();
        certify(folder.path());
        let command = match kind {
            Kind::Nginx => nginx(folder.path(), kith, &addresses),
            Kind::Caddy => caddy(folder.path(), kith, &addresses),
        };
        let log = fs::File::create(folder.path().join("log")).unwrap();
        Self {
            kind,
            child: start(command, log),
            folder,
            https: addresses[0].parse().unwrap(),
            http: addresses[1].parse().unwrap(),
        }
    }

    /// What it wrote.
    pub(crate) fn said(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("https://{NAME}:{}{path}", self.https.port())
    }

    /// Where the file with the certificate is.
    pub(crate) fn certificate(&self) -> PathBuf {
        self.folder.path().join("fullchain.pem")
    }

    /// Finds the name here and trusts the certificate that is there now, and no other.
    pub(crate) fn builder(&self) -> ClientBuilder {
        let certificate = fs::read(self.certificate()).unwrap();
        Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            // What is held back for ever is to end the test.
            .read_timeout(LIMIT)
            .resolve(NAME, self.https)
            .tls_certs_only([Certificate::from_pem(&certificate).unwrap()])
    }

    pub(crate) fn client(&self) -> Client {
        self.builder().build().unwrap()
    }

    /// A client at another address of this machine, `127.0.0.2`.
    pub(crate) fn client_at(&self, address: [u8; 4]) -> Client {
        self.builder()
            .local_address(std::net::IpAddr::from(address))
            .build()
            .unwrap()
    }

    /// Gives it a new certificate, as happens every few weeks, and waits until it shows that.
    pub(crate) async fn renew(&self) {
        certify(self.folder.path());
        match self.kind {
            Kind::Nginx => self.signal(Signal::HUP),
            Kind::Caddy => {
                let admin = format!("unix/{}", self.folder.path().join("admin").display());
                let reloaded = Command::new(program("caddy"))
                    .args(["reload", "--force", "--adapter", "caddyfile", "--config"])
                    .arg(self.folder.path().join("Caddyfile"))
                    .args(["--address", &admin])
                    .env("HOME", self.folder.path())
                    .output()
                    .unwrap();
                let said = String::from_utf8_lossy(&reloaded.stderr);
                assert!(reloaded.status.success(), "{said}");
            }
        }
        until("the new certificate", LIMIT, async || {
            // Each time a new connection.
            self.client().get(self.url("/")).send().await.is_ok()
        })
        .await;
    }

    fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.child.id().cast_signed()).unwrap();
        kill_process(pid, signal).unwrap();
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            // Killed, nginx would leave its workers behind.
            self.signal(Signal::TERM);
            let end = Instant::now() + END;
            while matches!(self.child.try_wait(), Ok(None)) && Instant::now() < end {
                std::thread::sleep(Duration::from_millis(10));
            }
        }
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn start(mut command: Command, log: fs::File) -> Child {
    command
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap()
}

/// Debian keeps nginx where only root's PATH leads.
fn program(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    let mut places = folders.map(|folder| folder.join(name));
    places
        .find(|place| place.is_file())
        .unwrap_or_else(|| panic!("this machine has no {name}: .ci/install installs it"))
}

/// A certificate for the name that vouches for itself.
fn certify(folder: &Path) {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec![NAME.to_owned()]).unwrap();
    let certificate = certificate.self_signed(&key).unwrap();
    fs::write(folder.join("privkey.pem"), key.serialize_pem()).unwrap();
    fs::write(folder.join("fullchain.pem"), certificate.pem()).unwrap();
}

/// A file of `deploy/machine` with what is this machine's own instead of what stands there.
pub(crate) fn recipe(file: &str, own: &[(&str, &str)]) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../machine");
    let mut text = fs::read_to_string(folder.join(file)).unwrap();
    for (there, here) in own {
        assert!(text.contains(there), "{file} has no {there:?}");
        text = text.replace(there, here);
    }
    text
}

fn nginx(folder: &Path, kith: &str, addresses: &[String; 4]) -> Command {
    let [https, http, https_too, http_too] = addresses;
    let shown = folder.display();
    let site = recipe(
        "nginx.conf",
        &[
            ("server 127.0.0.1:8400;", &format!("server {kith};")),
            ("listen 80;", &format!("listen {http};")),
            ("listen 443 ", &format!("listen {https} ")),
            // A machine for tests may have no IPv6.
            ("listen [::]:80;", &format!("listen {http_too};")),
            ("listen [::]:443 ", &format!("listen {https_too} ")),
            ("/etc/letsencrypt/live/kith.example.com", &shown.to_string()),
            ("/var/www/html", &shown.to_string()),
        ],
    );
    // What Debian has around it, as far as it matters to the recipe. Whoever root is not cannot
    // choose a user, and root's folders are closed to others.
    let whole = format!(
        "daemon off;\nuser root root;\nworker_processes 2;\npid {shown}/pid;\nerror_log stderr;\n\
         events {{}}\n\
         http {{\n\
         access_log off;\n\
         client_body_temp_path {shown}/body;\nproxy_temp_path {shown}/proxy;\n\
         fastcgi_temp_path {shown}/fastcgi;\nuwsgi_temp_path {shown}/uwsgi;\n\
         scgi_temp_path {shown}/scgi;\n\
         include /etc/nginx/mime.types;\ndefault_type application/octet-stream;\n\
         sendfile on;\ntcp_nopush on;\ngzip on;\n\
         ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3;\nssl_prefer_server_ciphers on;\n\
         {site}\n}}\n"
    );
    let file = folder.join("nginx.conf");
    fs::write(&file, whole).unwrap();
    let mut command = Command::new(program("nginx"));
    command
        .args(["-e", "stderr", "-p"])
        .arg(folder)
        .arg("-c")
        .arg(file);
    command
}

fn caddy(folder: &Path, kith: &str, addresses: &[String; 4]) -> Command {
    let [https, http, ..] = addresses;
    let shown = folder.display();
    let port = |address: &str| address.parse::<SocketAddr>().unwrap().port();
    let site = recipe(
        "Caddyfile",
        &[
            ("127.0.0.1:8400", kith),
            // Instead of one that an authority gives to whoever has the name.
            (
                "kith.example.com {",
                &format!("kith.example.com {{\n\ttls {shown}/fullchain.pem {shown}/privkey.pem"),
            ),
        ],
    );
    let whole = format!(
        "{{\n\tadmin unix/{shown}/admin\n\tdefault_bind 127.0.0.1\n\thttp_port {}\n\
         \thttps_port {}\n\tstorage file_system {shown}/storage\n}}\n{site}",
        port(http),
        port(https)
    );
    let file = folder.join("Caddyfile");
    fs::write(&file, whole).unwrap();
    let mut command = Command::new(program("caddy"));
    command
        .args(["run", "--adapter", "caddyfile", "--config"])
        .arg(file)
        // It keeps things in its home.
        .env("HOME", folder)
        .env_remove("XDG_DATA_HOME")
        .env_remove("XDG_CONFIG_HOME");
    command
}
