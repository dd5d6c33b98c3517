//! Kith as one program: all services in one process on embedded stores, and the command line.
//!
//! | where | what |
//! |---|---|
//! | [`cli`] | what can be said on the command line |
//! | [`commands`] | one command, one file |
//! | [`program`] | the services put together |
//! | [`data`] | the data folder: its lock, its secrets, the way to the server that holds it |
//! | [`settings`] | what an operator can say |
//! | [`backup`] | archives of everything, made, by themselves too, and restored |
//! | [`disk`] | the disk that the folder is on |
//! | [`api`] | how a command talks to the services: over HTTP, or within this process |
//!
//! No service is named elsewhere than in [`program`].

pub mod api;
pub mod backup;
pub mod cli;
pub mod commands;
pub mod data;
pub mod disk;
pub mod failure;
pub mod output;
pub mod program;
pub mod settings;
