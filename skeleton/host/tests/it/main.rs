//! What the host promises to every service, tested at its border.

mod auth;
mod conditional;
mod health;
mod http_stack;
mod pages;
mod problem;
mod serve;
mod settings;
mod shutdown;
mod telemetry;
mod upstream;
