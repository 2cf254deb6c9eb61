//! Backups: one file, encrypted for whoever may restore it, that says what it holds.

pub mod age;
mod file;

pub use file::{Manifest, read, write};
