//! kith-network
