//! The processes, driven through the very scripts that operators use.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use tokio::process::Command;

/// How long anything may take that must come about.
pub(crate) const LIMIT: Duration = Duration::from_secs(180);
/// The gateway's port; those of the others follow.
const PORT: u16 = 28_400;

pub(crate) struct Deployment {
    replicas: u16,
}

/// Whatever became of the test: services that go on would take part in the next one.
impl Drop for Deployment {
    fn drop(&mut self) {
        let ended = self.command("services", &["end"]).output();
        if !ended.is_ok_and(|output| output.status.success()) {
            println!("the services were not ended");
        }
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

impl Deployment {
    /// Every service with nothing in its store, ready.
    pub(crate) async fn fresh(replicas: u16) -> Self {
        let deployment = Self { replicas };
        deployment.services(&["end"]).await;
        deployment.services(&["reset"]).await;
        deployment.services(&["up"]).await;
        deployment
    }

    /// Every service with nothing in its store, waiting until that is filled.
    pub(crate) async fn awaiting_a_restore() -> Self {
        let deployment = Self { replicas: 1 };
        deployment.services(&["end"]).await;
        deployment.services(&["reset"]).await;
        deployment.await_a_restore().await;
        deployment
    }

    /// Starts what does not run, so that it waits for a restore.
    pub(crate) async fn await_a_restore(&self) {
        let mut command = self.command("services", &["up"]);
        command.env("KITH_RESTORE", "true");
        let output = Command::from(command).output().await.unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
    }

    /// The script with what this deployment is made of.
    fn command(&self, name: &str, arguments: &[&str]) -> std::process::Command {
        let mut command = std::process::Command::new(root().join("deploy/local").join(name));
        command
            .args(arguments)
            .env("KITH_REPLICAS", self.replicas.to_string())
            .env("KITH_SERVICES_PORT", PORT.to_string())
            .env("KITH_BIN", programs())
            .stdin(Stdio::null());
        command
    }

    /// `deploy/local/services`; must succeed.
    pub(crate) async fn services(&self, arguments: &[&str]) -> String {
        self.script("services", arguments).await
    }

    /// `deploy/local/engines`; must succeed.
    pub(crate) async fn engines(&self, arguments: &[&str]) -> String {
        self.script("engines", arguments).await
    }

    async fn script(&self, name: &str, arguments: &[&str]) -> String {
        let output = Command::from(self.command(name, arguments))
            .output()
            .await
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{name} {arguments:?}:\n{said}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Where the gateways listen.
    pub(crate) fn gateways(&self) -> Vec<String> {
        (0..self.replicas)
            .map(|n| format!("127.0.0.1:{}", PORT + 100 * n))
            .collect()
    }

    /// The first gateway.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{PORT}")
    }

    /// SIGKILL to a replica (`users-1`) or an engine (`postgres`), and start it again at once.
    pub(crate) async fn kill(&self, name: &str) {
        let file = engines_folder().join(format!("run/{name}.pid"));
        let text = std::fs::read_to_string(&file).unwrap();
        let pid = text.lines().next().unwrap();
        // A session of its own: whatever an engine started goes with it.
        let killed = Command::new("pkill")
            .args(["-KILL", "-s", pid])
            .status()
            .await
            .unwrap();
        assert!(killed.success(), "{name} did not run");
        if name.contains('-') {
            self.services(&["up", name]).await;
        } else {
            self.engines(&["up", name]).await;
        }
    }

    /// The operator's token.
    pub(crate) fn operator(&self) -> String {
        let secret = std::fs::read_to_string(engines_folder().join("secrets/operator")).unwrap();
        format!("operator-{}", secret.trim())
    }

    /// `kith`, as the operator; its exit code and what it wrote.
    pub(crate) async fn kith(&self, arguments: &[&str]) -> (i32, String) {
        let output = Command::new(programs().join("kith"))
            .args(arguments)
            .env("KITH_SERVER", self.url())
            .env("KITH_TOKEN", self.operator())
            .output()
            .await
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr);
        (output.status.code().unwrap_or(-1), text)
    }

    /// Until all stores hold the same and nothing is on its way.
    pub(crate) async fn settled(&self) {
        until("all stores to agree", async || {
            let (code, said) = self.kith(&["reconcile"]).await;
            if code == 0 { Ok(()) } else { Err(said) }
        })
        .await;
        let (_, parked) = self.kith(&["parked", "list", "--json"]).await;
        assert!(parked.contains("\"items\": []"), "{parked}");
    }
}

/// Where the engines keep their state, and the services theirs.
pub(crate) fn engines_folder() -> PathBuf {
    std::env::var_os("KITH_ENGINES_DIR")
        .map_or_else(|| root().join(".local/engines"), PathBuf::from)
}

/// Where the programs were built: beside this test's own folder.
pub(crate) fn programs() -> PathBuf {
    std::env::var_os("KITH_BIN").map_or_else(
        || {
            let mut folder = std::env::current_exe().unwrap();
            folder.pop();
            folder.pop();
            folder
        },
        PathBuf::from,
    )
}

/// Asks until it is so; the last answer is in the message otherwise.
pub(crate) async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Result<T, String>) -> T {
    let end = Instant::now() + LIMIT;
    loop {
        match ask().await {
            Ok(found) => return found,
            Err(last) if Instant::now() > end => panic!("waited in vain for {what}: {last}"),
            Err(_) => tokio::time::sleep(Duration::from_millis(200)).await,
        }
    }
}
