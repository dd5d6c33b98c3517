//! Counts changes as the version before does, and which schema told of them.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use skeleton_durable::{
    Envelope,
    commit::{ChangeSet, Commit as _},
    consumer::{HandleError, Handler},
    sql::postgres::Store,
};

use crate::{
    store::{Changes, Write},
    thing::ThingChanged,
};

pub(crate) struct Events {
    pub(crate) store: Arc<Store>,
}

#[async_trait]
impl Handler for Events {
    async fn handle(&self, events: &[Envelope]) -> Result<(), HandleError> {
        let mut changes: BTreeMap<_, Changes> = BTreeMap::new();
        for event in events.iter().filter(|event| event.is::<ThingChanged>()) {
            let changed = event.open::<ThingChanged>()?;
            let count = changes.entry(changed.account_id).or_default();
            match changed.colour {
                Some(_) => count.new_schema += 1,
                None => count.old_schema += 1,
            }
        }
        let mut change = ChangeSet::new().handled(events);
        for (account, changes) in changes {
            change = change.write(Write::Activity { account, changes });
        }
        Ok(self.store.commit(change).await?)
    }
}
