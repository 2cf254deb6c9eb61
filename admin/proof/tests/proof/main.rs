//! What is promised about rotation, proved in five ways: see `docs/proof.md`.

#[cfg(test)]
mod crash;
#[cfg(test)]
mod epochs;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod histories;
#[cfg(test)]
mod model;
#[cfg(test)]
mod simulation;
