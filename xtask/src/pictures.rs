//! `cargo xtask pictures`: the pictures of the console in the documentation, made anew.

use anyhow::{Result, bail};

use crate::place::Place;
use crate::setup::{self, Browser};
use crate::{build_parts, process};

/// Builds the server and shows it to Chromium, which takes them.
pub fn run(place: &Place) -> Result<()> {
    let browser = match setup::browser(place)? {
        Browser::At(path) => path,
        Browser::Missing(reason) => bail!("{reason}"),
    };
    setup::edge_tools(place)?;
    build_parts::admin(place)?;
    let mut script = place.command("node");
    script.arg("tests/console/pictures.mjs").env("KEYSTILE_TEST_BROWSER", browser);
    process::run(&mut script)
}
