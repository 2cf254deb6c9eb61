//! The root goes offline: real server, real worker, and the commands that an operator types, in their order.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use keystile_tests::{House, KeyPair, Signer};
use tempfile::TempDir;
use xtask::system::wait_until;

#[test]
fn the_root_goes_offline_and_the_edge_believes_what_it_delegates() -> Result<()> {
    let pair = KeyPair::of_bits(2048)?;
    let mut house = House::adopting(&pair)?;
    let token = Signer::start(&house.place)?.good_token(&pair.private_pem)?;
    let offline = OfflineMachine::new()?;

    // 1 and 2: the new root is made, and announced.
    let [pem, jwks, request, delegation] = offline.files();
    let old_root = house.system.admin.roots()?["keys"][0]["kid"].as_str().context("no root")?.to_owned();
    let made = house.keystile(&["root", "create", "--out", text(&pem)?])?;
    ensure!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    fs::write(&jwks, &made.stdout)?;
    let again = house.keystile(&["root", "create", "--out", text(&pem)?])?;
    ensure!(!again.status.success(), "the only copy of a root was overwritten");
    house.system.admin.ask(["root", "announce", text(&jwks)?])?;

    // 4 and 5: it signs what the server asks for.
    fs::write(&request, house.system.admin.ask(["root", "request"])?.to_string())?;
    let sign = ["root", "sign", text(&request)?, "--root", text(&pem)?, "--out", text(&delegation)?];
    house.system.admin.ask(sign)?;

    // 6 comes too early, since 3 was left out: the edge would not believe a set under the new root.
    let refused = house.keystile(&["root", "install", text(&delegation)?])?;
    let said = String::from_utf8_lossy(&refused.stderr);
    ensure!(!refused.status.success() && said.contains("`local`"), "installed too early: {said}");
    let roots = house.system.admin.roots()?;
    ensure!(roots["keys"].as_array().is_some_and(|keys| keys.len() == 2), "both are to be pinned: {roots}");
    house.system.edge.pin(&house.place, roots)?;
    wait_until("the edge to say what it has pinned", || {
        house.visit(&token)?;
        let listed = house.system.admin.ask(["root", "list"])?;
        Ok(listed["roots"]
            .as_array()
            .is_some_and(|roots| roots.iter().all(|root| root["pinned_everywhere"] == true)))
    })?;
    let signer = house.system.admin.ask(["root", "install", text(&delegation)?])?;
    ensure!(signer["kind"] == "delegation" && signer["generation"] == 1, "{signer}");

    // 7 and 8: the old root is nowhere any more.
    house.system.wait_until_confirmed()?;
    house.system.admin.ask(["root", "withdraw", &old_root, "--reason", "the root is offline now"])?;
    let roots = house.system.admin.roots()?;
    ensure!(!roots.to_string().contains(&old_root), "the old root is still to be pinned");
    house.system.edge.pin(&house.place, roots)?;
    house.system.admin.ask(["rotate", "--reason", "quarterly"])?;
    house.system.wait_until_confirmed()?;
    ensure!(house.visit(&token)?.status == 200, "a good token was refused");
    Ok(())
}

/// A folder that stands for a machine without a network.
struct OfflineMachine(TempDir);

impl OfflineMachine {
    fn new() -> Result<Self> {
        Ok(Self(TempDir::new()?))
    }

    fn files(&self) -> [PathBuf; 4] {
        ["root.pem", "root.jwks", "request.json", "delegation.jwt"].map(|name| self.0.path().join(name))
    }
}

fn text(path: &Path) -> Result<&str> {
    path.to_str().context("not UTF-8")
}
