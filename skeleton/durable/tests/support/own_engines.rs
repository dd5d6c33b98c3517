//! Engines of one's own, for tests that restart and break them.

use std::{
    collections::HashMap, net::TcpListener, os::unix::fs::PermissionsExt as _, path::PathBuf,
    process::Command,
};

/// Engines of one test, started by `deploy/local/engines` in a folder and on ports of its own,
/// ended with this.
pub(crate) struct OwnEngines {
    _folder: tempfile::TempDir,
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
        let own = Self {
            _folder: folder,
            variables,
        };
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
