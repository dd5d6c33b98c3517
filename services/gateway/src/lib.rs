//! kith-gateway
