use anyhow::{Context, Result};
use serde_json::Value;

use super::Crossing;

/// Which crates of ours each crate may depend on: dependencies point one way.
const DIRECTION: [(&str, &[&str]); 11] = [
    ("phone-manager", &[]),
    ("keystile-validator", &[]),
    ("keystile-differential", &["keystile-validator"]),
    ("keystile-validator-npm", &["keystile-validator"]),
    ("keystile-gateway", &["keystile-validator"]),
    ("keystile-worker", &["keystile-validator", "keystile-gateway"]),
    ("keystile-gate", &["keystile-validator", "keystile-gateway"]),
    ("keystile-admin", &["keystile-validator", "keystile-gateway", "keystile-gate"]),
    ("keystile-proof", &["keystile-admin", "keystile-validator", "keystile-gateway", "xtask"]),
    ("keystile-tests", &["xtask"]),
    ("xtask", &[]),
];

/// Reads what `cargo metadata --no-deps` says.
pub(super) fn crossings(metadata: &str) -> Result<Vec<Crossing>> {
    let metadata: Value = serde_json::from_str(metadata)?;
    let packages =
        metadata.get("packages").and_then(Value::as_array).context("cargo described no packages")?;
    let mut found = Vec::new();
    for package in packages {
        let name = text(package, "name");
        let allowed =
            DIRECTION.iter().find(|(of, _)| *of == name).map_or(&[] as &[&str], |(_, allowed)| allowed);
        let dependencies = package.get("dependencies").and_then(Value::as_array).into_iter().flatten();
        let ours = dependencies.filter(|it| it.get("path").is_some()).map(|it| text(it, "name"));
        found.extend(ours.filter(|it| !allowed.contains(it)).map(|dependency| Crossing {
            path: text(package, "manifest_path").to_owned(),
            line: 1,
            what: format!("`{name}` depends on `{dependency}`"),
            why: "dependencies between the rooms point one way".to_owned(),
        }));
    }
    Ok(found)
}

fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value.get(member).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_validator_depends_on_no_room_and_the_server_on_the_validator_alone() {
        let metadata = r#"{"packages": [
            {"name": "keystile-validator", "manifest_path": "v", "dependencies": [{"name": "keystile-admin", "path": "/a"}]},
            {"name": "keystile-admin", "manifest_path": "a", "dependencies":
                [{"name": "keystile-validator", "path": "/v"}, {"name": "axum"}]}
        ]}"#;
        let found: Vec<_> = crossings(metadata).unwrap().into_iter().map(|it| it.what).collect();
        assert_eq!(found, ["`keystile-validator` depends on `keystile-admin`"]);
    }
}
