use std::collections::BTreeSet;

use anyhow::Result;

use super::programs;
use crate::build_parts::{self, Worker};
use crate::place::Place;
use crate::{setup, tools};

/// What a check needs to have been installed or built. In this order: the worker's two builds share a folder, and the
/// deployed one empties it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Need {
    Checkers,
    WasmTarget,
    EdgeTools,
    CargoDeny,
    NpmPackage,
    /// Also what the npm package must get on with.
    Frameworks,
    Worker,
    WorkerWithVectors,
    Programs,
}

/// What the checks before have prepared already.
#[derive(Debug, Default)]
pub(super) struct Prepared(BTreeSet<Need>);

impl Prepared {
    /// Prepares what is still missing.
    pub(super) fn prepare(&mut self, place: &Place, needs: &[Need]) -> Result<()> {
        for need in needs {
            if !self.0.contains(need) {
                need.prepare(place)?;
                self.0.insert(*need);
            }
        }
        Ok(())
    }
}

impl Need {
    fn prepare(self, place: &Place) -> Result<()> {
        match self {
            Self::Checkers => setup::checkers(place),
            Self::WasmTarget => setup::wasm_target(place),
            Self::EdgeTools => setup::edge_tools(place),
            Self::CargoDeny => setup::cargo_tool(place, &tools::cargo_deny()),
            Self::NpmPackage => build_parts::npm(place),
            Self::Frameworks => setup::runtimes(place),
            Self::Worker => build_parts::worker(place, Worker::Deployed),
            Self::WorkerWithVectors => build_parts::worker(place, Worker::WithVectors),
            Self::Programs => programs::build(place),
        }
    }
}
