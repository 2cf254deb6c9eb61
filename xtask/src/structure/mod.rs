//! `cargo xtask structure`: the boundaries between the rooms, as a program, so that no reviewer has to remember them.
//!
//! The rooms and what each may name are described in `ARCHITECTURE.md`; each law here says its reason in one line.

mod codes;
mod console;
mod crates;
mod documented;
mod evidence;
mod length;
mod locks;
mod names;
mod source;
mod texts;

use std::fmt;

use anyhow::Result;

use crate::place::Place;
use crate::process::read;
use crate::progress::say;

/// A line that crosses a boundary.
#[derive(Debug)]
pub struct Crossing {
    path: String,
    line: usize,
    what: String,
    why: String,
}

impl fmt::Display for Crossing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, line, what, why } = self;
        write!(f, "{path}:{line}: {what}\n    because {why}")
    }
}

/// Checks every law and prints what crosses a boundary. Says whether nothing does.
pub fn report(place: &Place) -> Result<bool> {
    let crossings = crossings(place)?;
    crossings.iter().for_each(|crossing| say(&crossing.to_string()));
    match crossings.len() {
        0 => say("every room keeps to its boundaries"),
        one_or_more => say(&format!("{one_or_more} boundary crossings")),
    }
    Ok(crossings.is_empty())
}

fn crossings(place: &Place) -> Result<Vec<Crossing>> {
    let sources = source::all(place.root())?;
    let metadata = read(place.cargo().args(["metadata", "--no-deps", "--format-version", "1", "--offline"]))?;
    let laws = [
        names::crossings(&sources),
        codes::crossings(&sources),
        console::crossings(&sources),
        texts::crossings(&sources),
        length::crossings(&sources),
        locks::crossings(place.root())?,
        crates::crossings(&metadata)?,
        evidence::crossings(place.root(), &sources)?,
        documented::crossings(place.root(), &sources)?,
    ];
    Ok(laws.into_iter().flatten().collect())
}
