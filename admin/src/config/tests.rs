//! Each rule of the environment.

use super::*;

fn read(variables: &[(&str, &str)]) -> Result<Config, InvalidSetting> {
    read_with_prefix(variables, None)
}

fn read_with_prefix(variables: &[(&str, &str)], prefix: Option<&str>) -> Result<Config, InvalidSetting> {
    let owned = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Config::read(owned, prefix)
}

fn refusal(variables: &[(&str, &str)]) -> String {
    read(variables).err().unwrap().to_string()
}

#[test]
fn an_empty_environment_gives_the_documented_defaults() {
    let mut config = read(&[]).unwrap();
    let first = config.first_issuer();
    assert_eq!(config.listen.to_string(), "127.0.0.1:8420");
    assert_eq!(first.iss, "http://127.0.0.1:8420");
    assert_eq!(first.policy, Policy::default());
    assert_eq!(config.issuer, IssuerChange::default());
    assert!(config.settings.kv.is_none() && first.adopt.is_none());
}

#[test]
fn a_misspelt_name_is_refused_and_a_stranger_is_left_alone() {
    assert!(refusal(&[("KEYSTILE__LISTN", "127.0.0.1:1")]).contains("`KEYSTILE__LISTN`"));
    assert!(read(&[("PATH", "/bin"), ("PM__JWT__ISSUER", "x"), ("KEYSTILE_HOME", "x")]).is_ok());
}

#[test]
fn the_jwt_group_is_read_below_another_prefix() {
    let variables = [("PM__JWT__ACCESS_TOKEN_EXPIRY_SECS", "60"), ("KEYSTILE__JWT__LEEWAY_SECS", "7")];
    let issuer = read_with_prefix(&variables, Some("PM")).unwrap().issuer;
    assert_eq!((issuer.access_token_expiry_secs, issuer.leeway_secs), (Some(60), None));
}

#[test]
fn a_pem_on_one_line_is_unfolded() {
    let config = read(&[("KEYSTILE__JWT__PRIVATE_KEY", "-----BEGIN X-----\\nAA\\n")]).unwrap();
    assert_eq!(config.adopt.unwrap().private_key.reveal(), "-----BEGIN X-----\nAA\n");
}

#[test]
fn a_refusal_names_the_variable_and_the_remedy() {
    assert!(refusal(&[("KEYSTILE__EDGE__REFRESH_SECS", "5s")]).contains("`KEYSTILE__EDGE__REFRESH_SECS`"));
    assert!(refusal(&[("KEYSTILE__JWT__PUBLIC_KEY", "x")]).contains("without its private key"));
    assert!(refusal(&[("KEYSTILE__PUBLIC_URL", "example.com")]).contains("`KEYSTILE__PUBLIC_URL`"));
}

#[test]
fn half_an_edge_store_is_refused_and_a_base_url_replaces_the_account() {
    let namespace = ("KEYSTILE__KV__NAMESPACE_ID", "n");
    assert!(refusal(&[namespace]).contains("`KEYSTILE__KV__ACCOUNT_ID`"));
    let base = ("KEYSTILE__KV__BASE_URL", "http://127.0.0.1:1/api/");
    assert!(refusal(&[namespace, base]).contains("`KEYSTILE__KV__API_TOKEN`"));
    let kv = read(&[namespace, base, ("KEYSTILE__KV__API_TOKEN", "t")]).unwrap().settings.kv.unwrap();
    assert_eq!(kv.base_url, "http://127.0.0.1:1/api");
}

#[test]
fn several_audiences_are_a_json_list() {
    let config = read(&[("KEYSTILE__ISSUER__AUDIENCE", r#"["a","b"]"#)]).unwrap();
    assert_eq!(config.issuer.audience.flatten(), Some(Audience::Many(vec!["a".into(), "b".into()])));
    assert!(refusal(&[("KEYSTILE__ISSUER__AUDIENCE", "[a]")]).contains("JSON list"));
}

#[test]
fn the_master_key_comes_from_where_the_list_says_the_newest_first() {
    let from = |list: &str| {
        let read = read(&[("KEYSTILE__MASTER_KEY_FROM", list)]).unwrap().settings.master_key_from;
        read.list.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(from(""), ["local"]);
    let key = "https://bao.example/v1/transit/keys/k";
    assert_eq!(from(&format!("{key}, local")), [key, "local"]);
    assert_eq!(from(&format!("local {key}#old")), ["local", key]);
    assert!(refusal(&[("KEYSTILE__MASTER_KEY_FROM", "vault")]).contains("`KEYSTILE__MASTER_KEY_FROM`"));
    assert!(refusal(&[("KEYSTILE__MASTER_KEY_CONTEXT", "a b")]).contains("`KEYSTILE__MASTER_KEY_CONTEXT`"));
}
