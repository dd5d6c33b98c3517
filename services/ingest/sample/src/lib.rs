//! kith-sample
