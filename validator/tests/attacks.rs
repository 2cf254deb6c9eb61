//! The attacks on a reader of key sets, `tests/vectors/sequence/*.json`, which the npm package and the worker run too.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "what goes wrong here fails the test")]

use std::{collections::BTreeSet, fs, path::Path};

use keystile_validator::{
    Expected, Floor, KeySetError, Limits, Policy, RootKeys, UnixTime, UnverifiedKeySet, Validator,
};
use serde_json::{Value, json};

const FORMAT: &str = include_str!("../../docs/format.md");

#[test]
fn every_attack_ends_as_it_says() {
    let mut wrong = Vec::new();
    for (name, row) in rows() {
        let mut reader = Reader::of(&row);
        for (number, step) in row["steps"].as_array().unwrap().iter().enumerate() {
            let outcome = reader.take(step);
            if outcome != step["expect"] {
                wrong.push(format!("{name}, step {number}: {outcome}, not {}", step["expect"]));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The list of attacks is the table in docs/format.md: whoever adds a row there adds its sequence, and the reverse.
#[test]
fn every_attack_of_the_list_has_a_sequence() {
    let listed: BTreeSet<_> = FORMAT
        .lines()
        .filter(|line| line.starts_with("| ") && line.contains(".json`"))
        .flat_map(|line| line.split('`').filter(|part| part.ends_with(".json")))
        .map(str::to_owned)
        .collect();
    let present: BTreeSet<_> = rows().into_iter().map(|(name, _)| name).collect();
    assert!(present.len() > 10);
    assert_eq!(listed, present);
}

/// A reader as a host writes it: what is refused changes nothing.
struct Reader {
    issuer: String,
    policy: Policy,
    roots: Option<RootKeys>,
    floor: Floor,
    validator: Option<Validator>,
}

impl Reader {
    fn of(row: &Value) -> Self {
        let one = |name: &str| Expected::one_of([row["policy"][name].as_str().unwrap()]);
        let policy = Policy::builder().issuer(one("issuer")).audience(one("audience"));
        Self {
            issuer: row["issuer"].as_str().unwrap().to_owned(),
            policy: policy.leeway(row["policy"]["leeway"].as_u64().unwrap()).build().unwrap(),
            roots: None,
            floor: Floor::default(),
            validator: None,
        }
    }

    fn take(&mut self, step: &Value) -> Value {
        let now = UnixTime::from_secs(step["now"].as_u64().unwrap_or_default());
        if step["start"].is_object() {
            self.start(&step["start"])
        } else if let Some(token) = step["token"].as_str() {
            self.judge(token, now)
        } else {
            match self.read(&document(&step["document"]), now) {
                Ok(()) => json!({ "version": self.version() }),
                Err(error) => json!({ "key_set_code": error.code().as_str(), "version": self.version() }),
            }
        }
    }

    fn start(&mut self, start: &Value) -> Value {
        let number = |name: &str| start["floor"][name].as_u64().unwrap_or_default();
        self.floor = Floor::at_version(number("version")).with_generation(number("generation"));
        self.validator = None;
        match RootKeys::from_jwks(start["roots"].to_string().as_bytes()) {
            Ok(roots) => self.roots = Some(roots),
            Err(error) => return json!({ "key_set_code": error.code().as_str() }),
        }
        json!({ "version": null })
    }

    fn read(&mut self, document: &[u8], now: UnixTime) -> Result<(), KeySetError> {
        let roots = self.roots.as_ref().unwrap();
        let key_set = UnverifiedKeySet::parse(document, &Limits::default())?.verify(roots)?.trusted(
            &self.issuer,
            now,
            &self.floor,
        )?;
        self.floor.raise(&key_set);
        match &mut self.validator {
            Some(validator) => validator.replace_key_set(key_set)?,
            None => self.validator = Some(Validator::new(key_set, self.policy.clone())),
        }
        Ok(())
    }

    fn judge(&self, token: &str, now: UnixTime) -> Value {
        let Some(validator) = &self.validator else {
            return json!({ "ok": false, "code": "key_set_unavailable" });
        };
        let error = match validator.validate(token.as_bytes(), now) {
            Ok(_) => return json!({ "ok": true }),
            Err(error) => error,
        };
        let mut refusal = json!({ "ok": false, "code": error.code().as_str() });
        if let Some(claim) = error.claim() {
            refusal["claim"] = claim.into();
        }
        if let Some(reason) = error.reason() {
            refusal["reason"] = reason.as_str().into();
        }
        refusal
    }

    fn version(&self) -> Option<u64> {
        self.validator.as_ref().and_then(|validator| validator.key_set().version())
    }
}

/// A document as text, or as a text and how often it is repeated.
fn document(document: &Value) -> Vec<u8> {
    match document.as_str() {
        Some(text) => text.as_bytes().to_vec(),
        None => document["text"]
            .as_str()
            .unwrap()
            .repeat(document["times"].as_u64().unwrap() as usize)
            .into_bytes(),
    }
}

/// The rows with the names of their files, in order.
fn rows() -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/sequence");
    let mut rows: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| {
            let row: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            (path.file_name().unwrap().display().to_string(), row)
        })
        .filter(|(_, row)| row["steps"].is_array())
        .collect();
    rows.sort_by(|(a, _), (b, _)| a.cmp(b));
    rows
}
