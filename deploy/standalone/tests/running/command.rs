//! Commands on a data folder, and what they say.

use std::{
    path::Path,
    process::{Command, Output, Stdio},
};

use serde_json::Value;

/// A command of this program.
pub(crate) fn kith(data: &Path) -> Command {
    kith_of(Path::new(env!("CARGO_BIN_EXE_kith")), data)
}

/// A command of another one, of a version before.
pub(crate) fn kith_of(program: &Path, data: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .env("KITH_DATA", data)
        .env("KITH_LOG__FILTER", "error")
        .stdin(Stdio::null());
    // The tests' own, which the program would refuse as unknown.
    for name in [
        "KITH_KILLS",
        "KITH_SEED",
        "KITH_MAKE_FOLDER",
        "KITH_MAKE_WITH",
    ] {
        command.env_remove(name);
    }
    command
}

/// All that it wrote.
pub(crate) fn said(output: &Output) -> String {
    let text = [output.stdout.clone(), output.stderr.clone()].concat();
    String::from_utf8_lossy(&text).into_owned()
}

/// What a command answers that must succeed.
pub(crate) fn succeeds(command: &mut Command) -> Value {
    let output = command.arg("--json").output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", said(&output));
    serde_json::from_slice(&output.stdout).unwrap_or(Value::Null)
}
