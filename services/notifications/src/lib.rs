//! kith-notifications
