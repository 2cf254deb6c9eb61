//! The store holds a higher version than this database knows of.

pub(super) mod start;
