//! What an operator can say of the gateway.

use std::{net::IpAddr, path::PathBuf};

use ipnet::IpNet;
use skeleton_host::settings::Fields;

use crate::{
    adapters::http::front::hosts::is_host,
    application::{limits::Quotas, live::Bounds},
};

/// How the gateway is set up.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Proxies whose forwarding headers are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Names under which it answers, besides `localhost` and addresses.
    pub hosts: Vec<String>,
    /// Whether somebody who signs up on this machine itself proves the address by that; for the
    /// program to decide. Where a proxy or a name is known, nobody does.
    pub trusts_local_sign_ups: bool,
    /// Folder of the web app's files, instead of those in the program.
    pub web: Option<PathBuf>,
    /// How often one may ask.
    pub limits: Quotas,
    /// Bounds of live updates.
    pub live: Bounds,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            trusted_proxies: Vec::new(),
            hosts: Vec::new(),
            trusts_local_sign_ups: false,
            web: None,
            limits: Quotas {
                account_per_minute: 6_000,
                address_per_minute: 12_000,
                sign_ins_per_minute: 120,
            },
            live: Bounds {
                streams_per_account: 12,
                streams: 4_000,
                kept: 200,
            },
        }
    }
}

impl Settings {
    /// Reads `hosts` and the section `gateway`.
    pub fn read(fields: &mut Fields<'_>) -> Self {
        let hosts = hosts(fields);
        fields.section("gateway", |f| Self {
            trusted_proxies: proxies(f),
            hosts,
            trusts_local_sign_ups: false,
            web: f.is_set("web").then(|| f.path("web", None)),
            limits: f.section("limits", |f| Quotas {
                account_per_minute: rate(f, "account_per_minute", "6000"),
                address_per_minute: rate(f, "address_per_minute", "12000"),
                sign_ins_per_minute: rate(f, "sign_ins_per_minute", "120"),
            }),
            live: f.section("live", |f| Bounds {
                streams_per_account: size(f, "streams_per_account", "12", 1_000),
                streams: size(f, "streams", "4000", 100_000),
                kept: size(f, "kept", "200", 100_000) as i64,
            }),
        })
    }
}

fn hosts(f: &mut Fields<'_>) -> Vec<String> {
    let hosts = f.list("hosts", "");
    if !hosts.iter().all(|host| is_host(host)) {
        f.reject(
            "hosts",
            "expected names without scheme and port such as kith.example.com, mybox.local",
        );
    }
    hosts
}

fn rate(f: &mut Fields<'_>, name: &str, default: &str) -> u32 {
    u32::try_from(f.number_within(name, default, 1..=10_000_000)).unwrap_or(u32::MAX)
}

fn size(f: &mut Fields<'_>, name: &str, default: &str, most: u64) -> usize {
    usize::try_from(f.number_within(name, default, 1..=most)).unwrap_or(usize::MAX)
}

fn proxies(f: &mut Fields<'_>) -> Vec<IpNet> {
    let mut nets = Vec::new();
    for text in f.list("trusted_proxies", "") {
        let net = text.parse::<IpNet>().ok();
        match net.or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from)) {
            Some(net) => nets.push(net),
            None => f.reject(
                "trusted_proxies",
                "expected addresses or networks such as 10.0.0.5, 10.0.0.0/8",
            ),
        }
    }
    nets
}
