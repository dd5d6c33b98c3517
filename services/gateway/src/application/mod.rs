//! What the gateway does beyond passing requests on.
//!
//! | | use case | file |
//! |---|---|---|
//! | query | `reader`, `writer`: whose session a token opens; asked of [`Sessions`](sessions::Sessions) | `sessions` |
//! | command | `account`, `address`, `sign_in`: may one ask so often? Asked of [`Limits`](limits::Limits) | `limits` |
//! | query | `accepts`: is this the operator? Asked of [`Operator`](operator::Operator) | `operator` |
//! | query | `find_account`: for whom the operator acts | `find_account` |
//! | query | `stream_updates`: what to fetch again, as it happens | `stream_updates` |
//! | event | `apply_events`: what other services' events tell an account | `apply_events` |
//! | by itself | `tell_of_people`, `look_for_news`: wake streams | `live` |
//! | by itself | `follow`: forgets sessions that may have ended | `sessions` |
//! | by itself | `keep`: shares limits with other replicas | `limits` |
//! | command | `take_lease`, `keep_task`; query `tasks`: the operator's regular tasks | `tasks` |
//! | command | `begin_epoch`: what was read before a restore does not count | `epoch` |
//! | by itself | `show_tasks`: shows them in the metrics | `tasks` |
//! | by itself | `follow`: hears of a restore from other replicas | `epoch` |
//! | replay | what is held | `replay` |

use std::sync::Arc;

use skeleton_durable::clock::Clock;
use skeleton_host::shutdown::Shutdown;

use self::{epoch::Current, limits::Limits, live::Live, operator::Operator, sessions::Sessions};
use crate::ports::Store;

pub mod apply_events;
pub mod epoch;
pub mod find_account;
pub mod limits;
pub mod live;
pub mod operator;
pub mod replay;
pub mod sessions;
pub mod stream_updates;
pub mod tasks;

/// What every use case works with.
#[derive(Clone)]
pub struct App {
    /// The store.
    pub store: Arc<dyn Store>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Whose a token is.
    pub sessions: Arc<Sessions>,
    /// How often one may ask.
    pub limits: Arc<Limits>,
    /// Who listens.
    pub live: Live,
    /// Since which restore what is read counts.
    pub epoch: Current,
    /// Who may act for every account, if anybody.
    pub operator: Option<Operator>,
    /// Ends what lasts.
    pub shutdown: Shutdown,
}
