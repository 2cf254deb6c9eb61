//! What `examples/deploy` starts, this program understands.

use clap::Parser;

use super::Arguments;
use crate::config::{Config, ConfigFile};

const UNIT: &str = include_str!("../../../examples/deploy/keystile.service");
const IMAGE: &str = include_str!("../../../examples/deploy/Dockerfile");
const SETTINGS: &str = include_str!("../../../examples/deploy/keystile.toml");

fn understood(line: &str) -> bool {
    Arguments::try_parse_from(line.split_whitespace()).is_ok()
}

#[test]
fn the_unit_runs_commands_that_exist() {
    let commands: Vec<_> = UNIT
        .lines()
        .filter_map(|line| line.strip_prefix("ExecStartPre=").or(line.strip_prefix("ExecStart=")))
        .collect();
    assert_eq!(commands.len(), 2);
    assert!(commands.iter().all(|command| understood(command)), "{commands:?}");
    assert!(!understood("/usr/local/bin/keystile serve --no-such-option"));
}

#[test]
fn the_image_runs_a_command_that_exists_with_settings_that_do() {
    let list = |name: &str| -> Vec<String> {
        let line = IMAGE.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        serde_json::from_str(line.trim()).unwrap()
    };
    assert!(understood(&[list("ENTRYPOINT"), list("CMD")].concat().join(" ")));
    let variables = IMAGE.lines().filter_map(|line| line.strip_prefix("ENV ")?.split_once('='));
    let variables: Vec<_> = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    assert_eq!(variables.len(), 2);
    assert!(Config::read(variables, None).is_ok());
}

#[test]
fn the_example_of_a_configuration_is_one() {
    let token = [("KEYSTILE__KV__API_TOKEN".to_owned(), "t".to_owned())];
    let config = Config::read_with(ConfigFile::parse(SETTINGS).unwrap(), token, None).unwrap();
    assert!(config.is_https() && config.log_json && config.settings.kv.is_some());
}
