//! Programs that a test starts, kills by crash points, and waits for.

use std::{
    process::{Command, ExitStatus},
    time::{Duration, Instant},
};

/// Runs a program to its end, however it comes.
///
/// # Panics
/// When it has neither ended nor been killed within `patience`; then it is killed.
pub fn ended(command: &mut Command, patience: Duration) -> ExitStatus {
    let mut child = command.spawn().unwrap();
    let deadline = Instant::now() + patience;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        if Instant::now() > deadline {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("the program neither settled nor was killed within {patience:?}");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}
