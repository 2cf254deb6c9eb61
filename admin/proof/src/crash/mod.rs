//! Every operation of the server, each in a process of its own (`keystile-crash`), which a test kills at every step.

mod operation;
mod records;
mod stage;
mod trial;
mod two_people;
mod users;

pub use operation::Operation;
pub use stage::{Scene, Stage, run};
pub use trial::{Trial, Trials};
