//! The way to the broker, and when it holds readiness back.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use skeleton_durable::bus::rabbitmq::{Declares, RabbitMqBus, Settings, Topology};
use skeleton_host::shutdown::Shutdown;

use super::{Consumers, settings::Common};
use crate::{ReadyCheck, ready_check, ready_when};

/// A bus that connects by itself, now and whenever the broker was away.
pub(super) fn connect(
    common: &Common,
    name: &'static str,
    consumers: Consumers,
    shutdown: &Shutdown,
) -> Arc<RabbitMqBus> {
    let topology = Topology {
        exchange: common.exchange.clone(),
        consumers,
    };
    let settings = Settings {
        declares: if common.declares_everything {
            Declares::Everything
        } else {
            Declares::Own(name.to_owned())
        },
        ..Settings::new(common.bus.expose(), name, topology)
    };
    Arc::new(RabbitMqBus::new(settings, shutdown.token()))
}

/// Fails until the broker was there once, with every queue that events go to. Later outages hold
/// nothing back: requests are answered, and events wait in the outbox.
pub(super) fn was_there(bus: &Arc<RabbitMqBus>) -> ReadyCheck {
    let (bus, was_there) = (bus.clone(), Arc::new(AtomicBool::new(false)));
    ready_check(move || {
        let (bus, was_there) = (bus.clone(), was_there.clone());
        async move {
            if !was_there.load(Ordering::Relaxed) {
                bus.ping().await?;
                was_there.store(true, Ordering::Relaxed);
            }
            Ok::<(), String>(())
        }
    })
}

/// Fails while the broker is away: for operators, who want to know.
pub(super) fn is_there(bus: &Arc<RabbitMqBus>) -> ReadyCheck {
    ready_when(bus, |bus| async move { bus.ping().await })
}
