//! The hand-off: keys are brought to where backends read them, at the moment that the rotation allows it.

mod configuration;
mod delivery;
mod round;
mod view;

pub(super) use configuration::in_order;
pub use configuration::{Configuration, configure, get};
pub use round::{round, run};
pub(super) use view::status;
pub use view::{HandOffStatus, HandOffView, TargetView};
