//! Addresses of the engines that the tests are given, and engines of one's own, for tests that
//! restart and break them.

use std::{
    collections::HashMap, net::TcpListener, os::unix::fs::PermissionsExt as _, path::PathBuf,
    process::Command, sync::Arc,
};

use skeleton_durable::{
    contract,
    sql::postgres::{Settings, Store},
};
use sqlx::{AssertSqlSafe, Connection as _};

pub(crate) fn address(variable: &str) -> String {
    std::env::var(variable)
        .unwrap_or_else(|_| panic!("{variable} must hold the address of a running engine"))
}

/// The address of a new database on a server.
pub(crate) async fn database(server: &str, name: &str) -> String {
    let database = format!("{name}_{}", uuid::Uuid::now_v7().simple());
    let mut connection = sqlx::PgConnection::connect(server).await.unwrap();
    sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {database}")))
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
    let mut url: url::Url = server.parse().unwrap();
    url.set_path(&database);
    url.to_string()
}

pub(crate) async fn open(url: String) -> Arc<Store> {
    let settings = Settings {
        url,
        connections: 6,
    };
    let opened = Store::open(&settings, contract::postgres::MIGRATIONS).await;
    Arc::new(opened.unwrap())
}

/// A store on the server that the tests are given.
pub(crate) async fn postgres(name: &str) -> Arc<Store> {
    open(database(&address("KITH_TEST_POSTGRES"), name).await).await
}

/// Engines of one test, started by `deploy/local/engines` in a folder and on ports of its own,
/// ended with this.
pub(crate) struct OwnEngines {
    folder: tempfile::TempDir,
    variables: HashMap<String, String>,
}

impl OwnEngines {
    /// Starts them with more `settings` of `deploy/local`.
    pub(crate) fn up(engines: &[&str], settings: &[(&str, String)]) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("kith-own-engines.")
            .tempdir_in("/tmp")
            .unwrap();
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        let mut variables: HashMap<String, String> = settings
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect();
        let state = folder.path().join("state");
        variables.insert("KITH_ENGINES_DIR".to_owned(), state.display().to_string());
        let names = [
            "POSTGRES",
            "RABBITMQ",
            "RABBITMQ_MANAGEMENT",
            "RABBITMQ_PROMETHEUS",
            "RABBITMQ_DIST",
            "RABBITMQ_EPMD",
        ];
        // All held at once, so that no two are the same.
        let held: Vec<TcpListener> = names
            .iter()
            .map(|_| TcpListener::bind("127.0.0.1:0").unwrap())
            .collect();
        for (name, listener) in names.iter().zip(&held) {
            let port = listener.local_addr().unwrap().port().to_string();
            variables.insert(format!("KITH_{name}_PORT"), port);
        }
        drop(held);
        let own = Self { folder, variables };
        let arguments: Vec<&str> = std::iter::once("up")
            .chain(engines.iter().copied())
            .collect();
        own.run(&arguments);
        own
    }

    /// Runs `deploy/local/engines`; what it prints.
    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../deploy/local/engines");
        let output = Command::new(script)
            .args(arguments)
            .envs(&self.variables)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "engines {arguments:?}: {said}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// A variable that `engines env` exports.
    pub(crate) fn address(&self, engine: &str, variable: &str) -> String {
        let text = self.run(&["env", engine]);
        let prefix = format!("export {variable}='");
        let value = text.lines().find_map(|line| line.strip_prefix(&prefix));
        value.unwrap().trim_end_matches('\'').to_owned()
    }

    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }
}

impl Drop for OwnEngines {
    fn drop(&mut self) {
        if std::thread::panicking() {
            // A second panic would hide the first.
            let script =
                PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../deploy/local/engines");
            let _ = Command::new(script)
                .arg("down")
                .envs(&self.variables)
                .output();
        } else {
            self.run(&["down"]);
        }
    }
}
