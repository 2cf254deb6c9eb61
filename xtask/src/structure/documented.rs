//! Every command that a page shows is run, or says why it is not and which test stands in for it.

use std::path::Path;

use anyhow::Result;

use super::Crossing;
use super::evidence::Proofs;
use super::source::Source;
use crate::documented::{self, Block};

pub(super) fn crossings(root: &Path, sources: &[Source]) -> Result<Vec<Crossing>> {
    let proofs = Proofs::read(root, sources)?;
    let mut found = Vec::new();
    for page in documented::pages(root)? {
        for block in &page.blocks {
            found.extend(faults(block, &proofs).map(|what| Crossing {
                path: page.path.clone(),
                line: block.line,
                what,
                why: "what pages tell people to type is typed by the test command".to_owned(),
            }));
        }
    }
    Ok(found)
}

fn faults(block: &Block, proofs: &Proofs) -> impl Iterator<Item = String> {
    let absent = block.cited().filter(|test| !proofs.has_test(test));
    let absent: Vec<_> = absent.map(|test| format!("no test is named `{test}`")).collect();
    block.fault().into_iter().chain(absent)
}
