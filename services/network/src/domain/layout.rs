//! Where people stand in a picture.
