//! The consuming service: keeps a row a thing, in its own database, once for each event.

use std::sync::Arc;

use async_trait::async_trait;
use skeleton_durable::{
    Envelope, Event,
    bus::{
        Bus, Subscription,
        rabbitmq::{self, RabbitMqBus, Topology},
    },
    clock::SystemClock,
    commit::{ChangeSet, Commit},
    consumer::{HandleError, Handler, Options},
    sql::postgres::{self, Store},
};
use skeleton_host::shutdown::Shutdown;
use template::domain::thing::ThingChanged;

use crate::{
    effects::{Effects, MIGRATIONS},
    lags::Lags,
    settings::Settings,
};

const NAME: &str = "effects";

/// How both services see the broker.
pub(crate) fn broker(settings: &Settings) -> rabbitmq::Settings {
    let topology = Topology {
        exchange: settings.exchange.clone(),
        consumers: vec![(NAME, vec![ThingChanged::TYPE])],
    };
    rabbitmq::Settings::new(&settings.rabbitmq, "measurement", topology)
}

/// Consumes until told to stop.
pub(crate) async fn run(settings: &Settings) -> anyhow::Result<()> {
    let shutdown = Shutdown::new();
    shutdown.on_signals()?;
    let database = postgres::Settings {
        url: settings.consumer.clone(),
        connections: settings.pool,
    };
    let store = Arc::new(Store::open(&database, MIGRATIONS).await?);
    let bus = RabbitMqBus::new(broker(settings), shutdown.token());
    let subscription = Subscription {
        consumer: NAME,
        kinds: vec![ThingChanged::TYPE],
        inbox: store.clone(),
        handler: Arc::new(Events {
            store,
            lags: Lags::open(&settings.lags)?,
        }),
        clock: Arc::new(SystemClock),
        options: Options::default(),
    };
    bus.subscribe(subscription, shutdown.token()).await?;
    shutdown.requested().await;
    Ok(())
}

struct Events {
    store: Arc<Store>,
    lags: Lags,
}

#[async_trait]
impl Handler for Events {
    async fn handle(&self, events: &[Envelope]) -> Result<(), HandleError> {
        let things = events
            .iter()
            .map(Envelope::open::<ThingChanged>)
            .collect::<Result<Vec<_>, _>>()?;
        let names: Vec<String> = things.iter().map(|thing| thing.name.clone()).collect();
        let change = ChangeSet::new().handled(events).write(Effects(things));
        self.store.commit(change).await?;
        self.lags
            .durable(names.iter().map(String::as_str))
            .map_err(|error| HandleError::Retry(error.to_string()))
    }
}
