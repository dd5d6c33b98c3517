//! `make service NAME=…` gives a service that builds and passes its tests with no edit.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.status.success(), "{command:?}:\n{text}");
    text
}

#[test]
fn a_cloned_service_builds_and_passes_its_tests() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    // In a copy of the files that git would have, so that nothing of this checkout changes.
    let copy = tempfile::tempdir().unwrap();
    let files =
        run(Command::new("git")
            .current_dir(root)
            .args(["ls-files", "-co", "--exclude-standard"]));
    for file in files
        .lines()
        .filter(|file| !file.starts_with("services/gateway/web/"))
    {
        let Ok(bytes) = fs::read(root.join(file)) else {
            continue;
        };
        let to = copy.path().join(file);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::write(&to, bytes).unwrap();
    }
    let script = "skeleton/new-service";
    run(Command::new("chmod")
        .current_dir(copy.path())
        .args(["+x", script]));
    run(Command::new("make")
        .current_dir(copy.path())
        .args(["service", "NAME=gifts"]));

    for file in [
        "Cargo.toml",
        "deploy/services.toml",
        "deploy/standalone/Cargo.toml",
        "deploy/standalone/src/program.rs",
        "services/gateway/src/domain/routes.rs",
    ] {
        let text = fs::read_to_string(copy.path().join(file)).unwrap();
        assert!(text.contains("gifts"), "{file} does not name the clone");
    }

    // A folder of its own: cargo names the artifacts of two copies of a workspace alike.
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| root.join("target"), PathBuf::from)
        .join("clone");
    let output = run(Command::new("cargo")
        .current_dir(copy.path())
        .env("CARGO_TARGET_DIR", target)
        .env_remove("NEXTEST")
        .args(["test", "-p", "kith-gifts", "--offline"]));
    assert!(
        output.contains("a_thing_is_made_found_and_renamed"),
        "{output}"
    );

    let again = Command::new("make")
        .current_dir(copy.path())
        .args(["service", "NAME=gifts"])
        .output()
        .unwrap();
    assert!(
        !again.status.success(),
        "a service that is there already was overwritten"
    );
    let bad = Command::new("make")
        .current_dir(copy.path())
        .args(["service", "NAME=Gift-Shop"])
        .output()
        .unwrap();
    assert!(!bad.status.success() && !copy.path().join("services/Gift-Shop").exists());
}
