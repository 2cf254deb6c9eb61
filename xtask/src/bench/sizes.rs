//! What a user of the package downloads, and what jose's user does.

use std::fs;
use std::io::Write;

use anyhow::{Context, Result};
use flate2::Compression;
use flate2::write::GzEncoder;

use super::document::Size;
use crate::place::Place;
use crate::process;

/// What of jose verifies a token by a key, without remote key sets.
const JOSE: &str = "export { importJWK, jwtVerify } from 'jose';";

pub(super) fn all(place: &Place) -> Result<Vec<Size>> {
    let package = place.root().join("validator/npm/dist");
    let file = |name: &str| fs::read(package.join(name)).with_context(|| format!("`{name}` was not built"));
    let ours = "export * from './validator/npm/dist/api.mjs'; export { initSync } from './validator/npm/dist/keystile.js';";
    Ok(vec![
        size("WASM with relaxed SIMD", &file("relaxed/keystile_bg.wasm")?)?,
        size("WASM with SIMD", &file("simd/keystile_bg.wasm")?)?,
        size("its JavaScript, minified", bundled(place, ours)?.as_bytes())?,
        size("jose: importJWK and jwtVerify, minified", bundled(place, JOSE)?.as_bytes())?,
    ])
}

fn bundled(place: &Place, script: &str) -> Result<String> {
    let entry = place.target().join("bench/entry.mjs");
    let script = script.replace("./", &format!("{}/", place.root().display()));
    fs::create_dir_all(place.target().join("bench"))?;
    fs::write(&entry, script)?;
    let mut esbuild = place.command(place.npm_program("esbuild"));
    process::read(esbuild.arg(entry).args(["--bundle", "--minify", "--format=esm", "--log-level=warning"]))
}

fn size(name: &str, content: &[u8]) -> Result<Size> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(content)?;
    let gzip = packed.finish()?.len();
    Ok(Size { name: name.to_owned(), bytes: content.len() as u64, gzip: gzip as u64 })
}
