//! How the rotation of keys is proved: no good token refused, no revoked key believed for longer than the stated bound.
//!
//! | module | what it does |
//! |---|---|
//! | [`model`] | every order of events there is, in a small world, by a model checker |
//! | [`simulation`] | a thousand rotations of the real server and the real edge under a clock of its own |
//! | [`crash`] | every operation of the server, each in a process of its own that is killed at every step |
//! | [`quarter`] | a quarter of a year of a server, for the evidence that it gives an auditor |
//! | [`faults`] | the server itself under load, killed again and again, on disks that are full or broken |
//! | [`house`] | a server in a temporary folder, with keys that were made beforehand |
//!
//! `docs/proof.md` says what each shows and what it leaves out.

pub mod crash;
pub mod faults;
pub mod house;
pub mod model;
pub mod quarter;
mod shelf;
pub mod simulation;
