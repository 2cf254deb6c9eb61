//! What can be said in a policy, and what cannot.

use super::{GatewayPolicy, PolicyFault};

const GOOD: &str = r#"{
  "format": 1,
  "providers": {
    "main": {
      "issuer": "https://issuer.example",
      "audience": "api",
      "keys": { "jwks": { "at": "https://issuer.example/jwks.json" } }
    }
  },
  "routes": [
    { "id": "all", "path": "/v1/**", "require": { "provider": "main" } }
  ]
}"#;

/// The fault of the good policy with one text in the place of another.
fn fault(instead_of: &str, text: &str) -> PolicyFault {
    assert!(GOOD.contains(instead_of), "{instead_of}");
    let json = GOOD.replace(instead_of, text);
    GatewayPolicy::from_json(&json).err().unwrap_or_else(|| panic!("{text} is taken"))
}

#[test]
fn a_good_policy_is_read() {
    let policy = GatewayPolicy::from_json(GOOD).unwrap();
    assert_eq!((policy.providers().len(), policy.profiles().len(), policy.routes().len()), (1, 1, 1));
    assert_eq!(policy.realm(), "https://issuer.example");
    assert_eq!(policy.warnings(), [""; 0]);
}

#[test]
fn a_fault_is_shown_where_it_stands() {
    let expected = [
        ("\"format\": 1", "\"format\": 2", 2, 13, "format 1"),
        ("\"routes\"", "\"rules\"", 10, 9, "unknown field `rules`"),
        ("/v1/**", "/v1//**", 11, 36, "empty segment"),
        ("\"provider\": \"main\"", "\"provider\": \"other\"", 11, 63, "no provider `other`"),
        ("\"require\": {", "\"require\": { \"any\": [],", 11, 49, "exactly one of"),
        ("{ \"provider\": \"main\" }", "\"nobody\"", 11, 56, "`\"none\"`, or an object"),
        ("\"audience\": \"api\",", "", 11, 49, "`audience`"),
        ("\"audience\": \"api\"", "\"audience\": []", 6, 20, "empty list"),
        ("\"id\": \"all\"", "\"id\": \"a b\"", 11, 13, "id"),
        ("https://issuer.example/jwks.json", "http://issuer.example/jwks.json", 7, 33, "https"),
        ("\"main\": {", "\"main\": {\"issuer\":\"x\",", 5, 14, "duplicate field `issuer`"),
    ];
    let found = expected.map(|(instead_of, text, _, _, problem)| {
        let fault = fault(instead_of, text);
        assert!(fault.problem().contains(problem), "{text}: {fault}");
        (instead_of, text, fault.line(), fault.column(), problem)
    });
    assert_eq!(found, expected);
}

#[test]
fn what_cannot_be_meant_is_refused() {
    for (instead_of, text) in [
        ("{ \"provider\": \"main\" }", "{}"),
        ("{ \"provider\": \"main\" }", "{ \"any\": [] }"),
        ("{ \"provider\": \"main\" }", "{ \"scopes\": [\"a\"], \"any\": [{ \"provider\": \"main\" }] }"),
        ("{ \"provider\": \"main\" }", "{ \"any\": [{ \"optional\": { \"provider\": \"main\" } }] }"),
        ("{ \"provider\": \"main\" }", "{ \"provider\": \"main\", \"scopes\": [\"a b\"] }"),
        ("{ \"provider\": \"main\" }", "{ \"provider\": \"main\", \"claims\": [{ \"claim\": \"a\" }] }"),
        ("{ \"provider\": \"main\" }", "{ \"provider\": \"main\", \"typ\": [] }"),
        ("\"path\": \"/v1/**\"", "\"methods\": []"),
        ("\"path\": \"/v1/**\"", "\"methods\": [\"get\"]"),
        ("\"path\": \"/v1/**\"", "\"hosts\": []"),
        ("\"audience\": \"api\"", "\"audience\": \"api\", \"from\": []"),
        ("\"audience\": \"api\"", "\"audience\": \"api\", \"from\": [\"query\"]"),
        ("\"audience\": \"api\"", "\"audience\": \"api\", \"headers\": { \"host\": \"sub\" }"),
        (
            "\"audience\": \"api\"",
            "\"audience\": \"api\", \"headers\": { \"x-a\": \"sub\", \"X-A\": \"iss\" }",
        ),
        ("https://issuer.example\",", "a\\\"b\","),
        ("{ \"jwks\": { \"at\": \"https://issuer.example/jwks.json\" } }", "{}"),
        (
            "{ \"jwks\": { \"at\": \"https://issuer.example/jwks.json\" } }",
            "{ \"signed\": { \"at\": \"kv:a\", \"roots\": {} } }",
        ),
        ("\"main\": {", "\"main\": {\"a\":1},\"main\": {"),
    ] {
        let _ = fault(instead_of, text);
    }
    for json in ["", "[]", "{}", "null", "{\"format\":1}", "\u{feff}{}"] {
        assert!(GatewayPolicy::from_json(json).is_err(), "{json}");
    }
}

#[test]
fn a_requirement_nests_only_so_deep() {
    let mut rule = "{ \"provider\": \"main\" }".to_owned();
    for _ in 0..8 {
        rule = format!("{{ \"all\": [{rule}] }}");
    }
    assert!(fault("{ \"provider\": \"main\" }", &rule).problem().contains("levels deep"));
}

#[test]
fn what_is_seldom_meant_is_warned_of() {
    let json = GOOD.replace("\"require\"", "\"action\": \"shadow\", \"require\"").replace(
        "\n  ]",
        ",\n    { \"id\": \"rest\", \"require\": \"none\" }, { \"id\": \"late\", \"require\": \"none\" }\n  ]",
    );
    let warnings = GatewayPolicy::from_json(&json).unwrap().warnings();
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert!(warnings.iter().any(|it| it.contains("`late` is never reached")));
}
