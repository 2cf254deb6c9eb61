//! `keystile openapi`

use std::io;

use clap::Args;

use super::failure::Failure;
use super::output::print;
use crate::api::openapi;

#[derive(Args)]
#[command(after_help = "Example:\n  keystile openapi > openapi.json")]
pub(super) struct Openapi {}

impl Openapi {
    pub(super) fn run(self) -> Result<(), Failure> {
        print(&openapi().to_pretty_json().map_err(io::Error::from)?)
    }
}
