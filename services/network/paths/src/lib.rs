//! kith-paths
