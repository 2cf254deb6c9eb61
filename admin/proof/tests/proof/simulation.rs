//! The simulation in small; `cargo xtask simulate` runs it as large as one likes.

use keystile_proof::simulation::{Figures, Plan, simulate};

#[tokio::test]
async fn rotations_refuse_no_good_token_and_emergencies_end_within_the_bound() {
    let figures = simulate(Plan { rotations: 50, emergencies: 10, seed: 7 }).await.unwrap();
    println!("{:#}", figures.to_json());
    assert!(figures.hold(), "{:?}", figures.refusals);
    assert_eq!((figures.rotations, figures.emergencies), (50, 10));
    assert!(figures.good_tokens > 5_000 && figures.revoked_presented > 5_000, "there was hardly any traffic");
    assert!(figures.seconds_to_last_refusal.iter().all(|secs| (1..=figures.bound_secs + 1).contains(secs)));
}

#[tokio::test]
async fn the_same_seed_gives_the_same_figures() {
    let plan = Plan { rotations: 3, emergencies: 1, seed: 11 };
    let (one, other) = (simulate(plan).await.unwrap(), simulate(plan).await.unwrap());
    assert_eq!(one, other);
    assert_ne!(one, simulate(Plan { seed: 12, ..plan }).await.unwrap());
}

#[test]
fn percentiles_are_values_that_were_measured() {
    let seconds = |values: Vec<u64>| {
        let figures = Figures { seconds_to_last_refusal: values, ..Figures::default() };
        figures.to_json()["seconds_to_last_refusal"].to_string()
    };
    assert_eq!(seconds((1..=100).rev().collect()), r#"{"max":100,"median":50,"p99":99}"#);
    assert_eq!(seconds(vec![7]), r#"{"max":7,"median":7,"p99":7}"#);
    assert_eq!(seconds(Vec::new()), r#"{"max":null,"median":null,"p99":null}"#);
}
