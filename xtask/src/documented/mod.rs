//! The commands that the pages show, as tests: the blocks of a page run in one shell, from top to bottom, and print what
//! the page says they print.
//!
//! A block of commands is marked `console`. Where its commands begin with `$ `, what follows each is what it prints, with
//! `…` for any text, or any lines where it stands alone; a command that prints `error: …` fails, every other one succeeds.
//! Comments before a block, which readers do not see, say what is not plain:
//!
//! - `<!-- not run: REASON -->`: it cannot run. Tests that show it instead are named between backticks, and must exist.
//! - `<!-- file: NAME -->`: the block, of whatever kind, is a file that the commands read.

mod block;
mod house;
mod script;

pub use block::{Block, Note};

use std::fs;
use std::path::Path;

use anyhow::{Result, bail};

use crate::place::Place;
use crate::progress::say;
use crate::written;
use house::House;
use script::Script;

/// Pages whose commands need a Keystile that runs, with the phone manager behind its edge.
const BESIDE_A_HOUSE: [&str; 2] = ["admin/README.md", "docs/runbook.md"];

/// A page and its blocks.
#[derive(Debug)]
pub struct Page {
    /// From the root of the repository, with `/`.
    pub path: String,
    /// In their order.
    pub blocks: Vec<Block>,
}

/// Every page of the repository, in the order of their names.
pub fn pages(root: &Path) -> Result<Vec<Page>> {
    let pages = written::files(root, &[".md"])?.into_iter();
    Ok(pages.map(|(path, text)| Page { path, blocks: block::all(&text) }).collect())
}

/// Runs the commands of every page. Says how many there were.
pub fn run(place: &Place) -> Result<u64> {
    let mut ran = 0;
    let mut failed = 0;
    for page in pages(place.root())? {
        let script = Script::of(&page);
        if script.commands.is_empty() {
            continue;
        }
        let faults = run_page(place, &page, &script)?;
        say(&format!("{}: {} commands, {} faults", page.path, script.commands.len(), faults.len()));
        faults.iter().for_each(|fault| say(fault));
        ran += u64::try_from(script.commands.len())?;
        failed += faults.len();
    }
    if failed > 0 {
        bail!("{failed} commands do not do what their page says: see above");
    }
    Ok(ran)
}

fn run_page(place: &Place, page: &Page, script: &Script) -> Result<Vec<String>> {
    let folder = place.target().join("documented").join(page.path.replace('/', "-"));
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    if BESIDE_A_HOUSE.contains(&page.path.as_str()) {
        let house = House::start(place, folder)?;
        return script.run(place, house.folder(), &house.environment());
    }
    script.run(place, &folder, &Vec::new())
}
