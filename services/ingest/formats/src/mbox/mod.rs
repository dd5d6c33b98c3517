//! stub
use crate::{entry::Limits,error::FormatError,reader::{Entries,ReadSeek}};
pub(crate) fn read(_s: Box<dyn ReadSeek + Send>, _l: Limits) -> Result<Entries, FormatError> { Ok(Box::new(std::iter::empty())) }
pub(crate) fn begins(_h:&[u8])->bool{false}
