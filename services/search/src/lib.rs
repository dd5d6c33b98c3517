//! kith-search
