//! `kith topology …`: exchange, queues and bindings of a deployment with a broker.

use clap::{Args, Subcommand};
use kith_shared::catalogue::{self, TOPOLOGY_VERSION};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use skeleton_durable::topology::{
    Topology,
    management::{Applied, Management, ManagementError, Permit},
    plan::Plan,
};
use skeleton_host::upstream::install_tls;

use crate::{cli::Global, failure::Failure, output};

/// What to do about the topology.
#[derive(Subcommand, Debug)]
pub enum TopologyCommand {
    /// Print what differs between the broker and what this version of Kith wants.
    Plan(Broker),
    /// Do it: what is missing is made, bindings that nobody wants go.
    Apply {
        /// Where.
        #[command(flatten)]
        broker: Broker,
        /// Go back behind a newer version that was applied.
        #[arg(long)]
        older: bool,
        /// Make queues of other arguments anew, where they are empty and nobody reads them.
        #[arg(long)]
        recreate_queues: bool,
        /// Delete queues of nobody, where they are empty and nobody reads them.
        #[arg(long)]
        drop_queues: bool,
    },
}

/// A broker's management API.
#[derive(Args, Debug)]
pub struct Broker {
    /// Its address, `http://user:password@host:15672`; better in the environment than on the command line.
    #[arg(long, value_name = "URL", env = "KITH_BROKER", hide_env_values = true)]
    broker: String,
    /// The virtual host.
    #[arg(long, default_value = "/")]
    vhost: String,
    /// Name of the exchange, as the services' setting `exchange`.
    #[arg(long, default_value = "kith")]
    exchange: String,
}

/// Compares a broker with what this version wants, and mends the difference where asked to.
///
/// # Errors
/// Failed when something differs that was not to be mended; see [`Failure`].
pub async fn topology(global: &Global, command: &TopologyCommand) -> Result<(), Failure> {
    match command {
        TopologyCommand::Plan(broker) => {
            let (_, _, plan) = look(broker).await?;
            if global.json {
                output::json(&json!({ "items": plan.differences, "next": null }));
            } else {
                output::line(&plan);
            }
            differs(plan.differences.len())
        }
        TopologyCommand::Apply {
            broker,
            older,
            recreate_queues,
            drop_queues,
        } => {
            let permit = Permit {
                older: *older,
                recreate_queues: *recreate_queues,
                drop_queues: *drop_queues,
            };
            let (management, topology, plan) = look(broker).await?;
            let applied = management.apply(&topology, &plan, permit).await?;
            if global.json {
                output::json(&json!({ "items": applied, "next": null }));
            } else {
                applied.iter().for_each(|one| output::line(row(one)));
            }
            differs(applied.iter().filter(|one| one.stays.is_some()).count())
        }
    }
}

/// `+ queue kith.search`, and why it was not done where it was not.
fn row(applied: &Applied) -> String {
    match &applied.stays {
        None => applied.difference.to_string(),
        Some(why) => format!("{}\n    stays: {why}", applied.difference),
    }
}

async fn look(broker: &Broker) -> Result<(Management, Topology, Plan), Failure> {
    install_tls();
    let client = reqwest::Client::builder()
        .timeout(std::time::Duration::from_secs(30))
        .no_proxy()
        .build()
        .map_err(|error| Failure::Failed(error.to_string()))?;
    let url = SecretString::from(broker.broker.clone());
    let management = Management::new(client, url.expose_secret(), &broker.vhost)?;
    let topology = Topology {
        exchange: broker.exchange.clone(),
        consumers: catalogue::consumers(),
    };
    let plan = management.plan(&topology, TOPOLOGY_VERSION).await?;
    Ok((management, topology, plan))
}

fn differs(count: usize) -> Result<(), Failure> {
    if count == 0 {
        return Ok(());
    }
    Err(Failure::Failed(format!(
        "{count} things differ; `kith topology apply` mends what can be mended"
    )))
}

impl From<ManagementError> for Failure {
    fn from(error: ManagementError) -> Self {
        match error {
            ManagementError::Address(_) => Self::Usage(error.to_string()),
            ManagementError::Unreachable(_) => Self::Unreachable(error.to_string()),
            other => Self::Failed(other.to_string()),
        }
    }
}
