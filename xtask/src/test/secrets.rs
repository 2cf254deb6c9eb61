//! Where secrets may be and where not, and the master key from OpenBao and AWS KMS.

use anyhow::Result;

use super::Outcome;
use super::checks::{count_cases, node};
use crate::place::Place;
use crate::python;

/// Runs what is in `tests/secrets`.
pub(super) fn hold(place: &Place) -> Result<Outcome> {
    if let Some(reason) = python::install(place)? {
        return Ok(Outcome::Skipped(reason));
    }
    let mut tests = node(place, "tests/secrets");
    tests.env("KEYSTILE_TEST_KEYSTILE", place.keystile()).env("KEYSTILE_TEST_PYTHON", place.python(""));
    count_cases(&mut tests)
}
