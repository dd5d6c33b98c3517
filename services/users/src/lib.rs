//! kith-users
