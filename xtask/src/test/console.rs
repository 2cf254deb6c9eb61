use anyhow::Result;

use super::Outcome;
use super::checks::{count_cases, node};
use crate::place::Place;
use crate::setup::{self, Browser};

/// The console in Chromium, and its main flows in Firefox, whose cases say that they are skipped where it is not.
pub(super) fn console(place: &Place) -> Result<Outcome> {
    let browser = match setup::browser(place)? {
        Browser::At(path) => path,
        Browser::Missing(reason) => return Ok(Outcome::Skipped(reason)),
    };
    let mut tests = node(place, "tests/console");
    if let Browser::At(path) = setup::firefox(place)? {
        tests.env("KEYSTILE_TEST_FIREFOX", path);
    }
    tests.env("KEYSTILE_TEST_BROWSER", browser).env("KEYSTILE_TEST_XTASK", std::env::current_exe()?);
    count_cases(&mut tests)
}

/// Sign-in with an identity provider, over HTTP and in Chromium, whose cases say that they are skipped where it is not.
pub(super) fn provider(place: &Place) -> Result<Outcome> {
    let mut tests = node(place, "tests/oidc");
    if let Browser::At(path) = setup::browser(place)? {
        tests.env("KEYSTILE_TEST_BROWSER", path);
    }
    tests.env("KEYSTILE_TEST_XTASK", std::env::current_exe()?);
    count_cases(&mut tests)
}
