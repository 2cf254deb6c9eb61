//! The gateway as a program of its own: before an origin, and behind other proxies.

#![expect(clippy::indexing_slicing, reason = "a JSON value answers `null` for an absent member")]
#![expect(clippy::print_stdout, reason = "the counts are what the reader of a test run wants to see")]

mod operation;
mod other_proxies;
mod refusals;
mod reverse_proxy;
mod scene;
mod signed_policy;

use anyhow::{Context, Result};
use keystile_tests::Proxy;
use xtask::proxies::{self, Found};
use xtask::system::wait_until;

use operation::{
    a_rotation_waits_for_the_gate_and_refuses_nobody, the_gate_says_how_it_is_doing_and_no_token,
    without_its_server_the_gate_goes_on_with_what_it_kept,
};
use other_proxies::{
    traefik_is_answered_in_its_convention, what_nginx_and_envoy_say_of_paths_is_what_is_judged,
};
use refusals::{TakenOut, believed_tokens_pass, what_is_not_believed_is_refused};
use reverse_proxy::{
    a_websocket_is_let_through, bodies_are_streamed_and_bounded,
    requests_that_two_readers_might_read_differently_reach_the_origin_in_one_reading,
};
use scene::Scene;
use signed_policy::a_signed_policy_is_followed_and_nothing_else;

#[test]
fn a_gate_of_its_own_lets_through_what_is_believed_and_nothing_else() -> Result<()> {
    let mut scene = Scene::set()?;
    let keep = scene.house.folder().data().join("kept");
    let keep = keep.to_str().context("a path that is not UTF-8")?.to_owned();
    let origin = scene.origin().to_owned();
    let mut gate =
        scene.gate("frankfurt", &["--origin", &origin, "--keep", &keep, "--max-body", "100000"])?;
    wait_until("the gate to be ready", || Ok(gate.get(&scene.client, "/readyz")?.0 == 200))?;

    believed_tokens_pass(&mut scene, &gate.url(), TakenOut::ByPrefix)?;
    what_is_not_believed_is_refused(&mut scene, &gate.url())?;
    requests_that_two_readers_might_read_differently_reach_the_origin_in_one_reading(
        &mut scene,
        &gate.url(),
    )?;
    bodies_are_streamed_and_bounded(&mut scene, &gate.url())?;
    a_websocket_is_let_through(&mut scene, &gate.url())?;
    a_rotation_waits_for_the_gate_and_refuses_nobody(&mut scene, &[&gate.url()])?;
    traefik_is_answered_in_its_convention(&mut scene)?;
    a_signed_policy_is_followed_and_nothing_else(&mut scene)?;
    the_gate_says_how_it_is_doing_and_no_token(&mut scene, &gate)?;
    without_its_server_the_gate_goes_on_with_what_it_kept(&mut scene, &mut gate)
}

#[test]
fn behind_nginx_and_envoy_the_gate_decides_and_they_carry_out() -> Result<()> {
    let mut scene = Scene::set()?;
    let Found::Here(programs) = proxies::find(&scene.house.place)? else {
        anyhow::bail!("nginx and Envoy are not here; `cargo xtask test gate` installs them");
    };
    let (place, folder) = (scene.house.place.clone(), scene.house.folder().data().to_owned());
    let mut for_nginx = scene.gate("nginx", &["--behind", "nginx"])?;
    let mut for_envoy = scene.gate("envoy", &["--behind", "envoy"])?;
    let nginx = Proxy::nginx(&place, &programs, &folder, for_nginx.port(), scene.origin())?;
    let envoy = Proxy::envoy(&place, &programs, &folder, for_envoy.port(), scene.origin())?;
    for (proxy, how) in [(&nginx, TakenOut::ByName), (&envoy, TakenOut::ByPrefix)] {
        believed_tokens_pass(&mut scene, proxy.url(), how)?;
        what_is_not_believed_is_refused(&mut scene, proxy.url())?;
    }
    what_nginx_and_envoy_say_of_paths_is_what_is_judged(&mut scene, &nginx, &envoy)?;
    a_rotation_waits_for_the_gate_and_refuses_nobody(&mut scene, &[nginx.url(), envoy.url()])?;
    for_nginx.stop();
    for_envoy.stop();
    let good = scene.good()?;
    for proxy in [&nginx, &envoy] {
        let answer = scene.client.get(&format!("{}/orders", proxy.url()), Some(&good))?;
        assert_eq!(answer.status, 503, "a proxy whose gate is gone: {}", answer.body);
        assert!(!answer.body.contains("x-keystile"), "{}", answer.body);
    }
    for_nginx.start_again()?;
    for_envoy.start_again()?;
    let good = scene.house.system.admin.sample_token("ada")?;
    for proxy in [&nginx, &envoy] {
        wait_until("the proxy to find its gate again", || {
            Ok(scene.client.get(&format!("{}/orders", proxy.url()), Some(&good))?.status == 200)
        })?;
    }
    Ok(())
}
