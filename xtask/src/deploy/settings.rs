//! What a deployment is told, in a file of lines such as `ISSUER=https://issuer.example`, and what it lacks.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// What is set as a secret, and shown by its name alone.
const SECRETS: [&str; 2] = ["EDGE_TOKEN", "ASSERTION_KEY"];

/// What is for the deployment itself, and no variable of the worker.
const OF_DEPLOYMENT: [&str; 2] = ["KEYSETS_ID", "ROUTES"];

/// Everything that the file says, by name. A value that begins with `@` names a file with the value.
#[derive(Debug, Default)]
pub(super) struct Settings(BTreeMap<String, String>);

impl Settings {
    pub(super) fn read(file: &Path) -> Result<Self> {
        let text = fs::read_to_string(file).with_context(|| {
            format!("cannot read `{}`; write the settings there as docs/deploy.md shows", file.display())
        })?;
        let folder = file.parent().unwrap_or(Path::new("."));
        let mut settings = BTreeMap::new();
        for (number, line) in text.lines().enumerate().map(|(index, line)| (index + 1, line.trim())) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (name, value) = line
                .split_once('=')
                .with_context(|| format!("{}:{number}: write `NAME=value`", file.display()))?;
            let value = match value.trim().strip_prefix('@') {
                Some(path) => fs::read_to_string(folder.join(path))
                    .with_context(|| format!("{}:{number}: cannot read `{path}`", file.display()))?,
                None => value.to_owned(),
            };
            if settings.insert(name.trim().to_owned(), value.trim().to_owned()).is_some() {
                bail!("{}:{number}: `{}` is there twice", file.display(), name.trim());
            }
        }
        settings.retain(|_, value| !value.is_empty());
        Ok(Self(settings))
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The routes that lead to the worker.
    pub(super) fn routes(&self) -> impl Iterator<Item = &str> {
        self.get("ROUTES").unwrap_or_default().split_whitespace()
    }

    /// What is set as variables, in the open.
    pub(super) fn variables(&self) -> impl Iterator<Item = (&str, &str)> {
        let is_variable = |name: &str| !SECRETS.contains(&name) && !OF_DEPLOYMENT.contains(&name);
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .filter(move |(name, _)| is_variable(name))
    }

    /// What is set as secrets.
    pub(super) fn secrets(&self) -> impl Iterator<Item = (&str, &str)> {
        SECRETS.iter().filter_map(|name| Some((*name, self.get(name)?)))
    }

    /// The configuration with these settings in the places that it leaves to be set: routes and namespace of what is
    /// deployed, and its variables, which stand last.
    pub(super) fn filled_in(&self, configuration: &str) -> Result<String> {
        let (rest, _) = configuration
            .split_once("[env.production.vars]\n")
            .context("`wrangler.toml` has no section `[env.production.vars]`, which stands last in it")?;
        // A string of JSON is one of TOML too.
        let quoted = |text: &str| Value::from(text).to_string();
        let routes: Vec<_> = self.routes().map(quoted).collect();
        let line = |line: &str| match line {
            _ if line.starts_with("routes = ") => format!("routes = [{}]\n", routes.join(", ")),
            _ if line.starts_with("id = \"SET-ME") => {
                format!("id = {}\n", quoted(self.get("KEYSETS_ID").unwrap_or_default()))
            }
            other => format!("{other}\n"),
        };
        let rest: String = rest.lines().map(line).collect();
        let variables: String =
            self.variables().map(|(name, value)| format!("{name} = {}\n", quoted(value))).collect();
        Ok(format!("{rest}[env.production.vars]\n{variables}"))
    }

    /// What is missing or cannot be meant, each with its remedy. `described` are the variables that the worker has.
    pub(super) fn problems(&self, described: &[&str]) -> Vec<String> {
        let mut problems = Vec::new();
        let mut must = |holds: bool, problem: &str| {
            if !holds {
                problems.push(problem.to_owned());
            }
        };
        let has = |name: &str| self.get(name).is_some();
        let is_https = |name: &str| self.get(name).is_none_or(|url| url.starts_with("https://"));
        must(
            self.get("KEYSETS_ID").is_some_and(is_namespace_id),
            "KEYSETS_ID is missing or no id of 32 hexadecimal digits: `wrangler kv namespace create KEYSETS` prints it",
        );
        must(
            self.routes().next().is_some(),
            "ROUTES is missing: no request would reach the worker; give such as `api.example.com/*`",
        );
        must(has("ORIGIN"), "ORIGIN is missing: the URL that accepted requests go to");
        must(is_https("ORIGIN") && is_https("ADMIN_URL"), "ORIGIN and ADMIN_URL must begin with https://");
        let is_simple = ["ISSUER", "AUDIENCE", "ROOT_KEYS"].into_iter().all(has);
        must(
            has("POLICY") || is_simple,
            "there is neither POLICY nor all of ISSUER, AUDIENCE and ROOT_KEYS: nothing says who may pass",
        );
        must(
            self.get("ROOT_KEYS").is_none_or(are_public_keys),
            "ROOT_KEYS is no JWK Set of public keys: give what `keystile roots --json` prints",
        );
        must(
            has("ADMIN_URL") == has("EDGE_TOKEN"),
            "ADMIN_URL and EDGE_TOKEN belong together: without reports no rotation is confirmed",
        );
        for (name, _) in self.variables().filter(|(name, _)| !described.contains(name)) {
            problems.push(format!("{name} is no variable that `wrangler.toml` describes; correct its name"));
        }
        problems
    }
}

/// The variables that `wrangler.toml` describes: `#   NAME   what it is`.
pub(super) fn described(configuration: &str) -> Vec<&str> {
    let name = |line: &'_ str| {
        line.strip_prefix("#   ").and_then(|rest| rest.split_whitespace().next().map(str::len)).unwrap_or(0)
    };
    let is_name =
        |word: &&str| !word.is_empty() && word.bytes().all(|it| it.is_ascii_uppercase() || it == b'_');
    let words = configuration.lines().filter_map(|line| line.get(4..4 + name(line)));
    words.filter(is_name).chain(["POLICY"]).collect()
}

fn is_namespace_id(id: &str) -> bool {
    id.len() == 32 && id.bytes().all(|it| it.is_ascii_hexdigit())
}

fn are_public_keys(jwks: &str) -> bool {
    let document: Value = serde_json::from_str(jwks).unwrap_or_default();
    let keys = document.get("keys").and_then(Value::as_array);
    keys.is_some_and(|keys| {
        !keys.is_empty() && keys.iter().all(|key| key.get("n").is_some() && key.get("d").is_none())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DESCRIBED: [&str; 6] = ["ISSUER", "AUDIENCE", "ROOT_KEYS", "ORIGIN", "ADMIN_URL", "POLICY"];

    /// Settings that lack nothing, with `changes`. An empty value takes one away.
    fn settings(changes: &[(&str, &str)]) -> Settings {
        let whole = [
            ("KEYSETS_ID", "0123456789abcdef0123456789abcdef"),
            ("ROUTES", "api.example.com/*"),
            ("ISSUER", "https://issuer.example"),
            ("AUDIENCE", "api"),
            ("ROOT_KEYS", r#"{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]}"#),
            ("ORIGIN", "https://origin.example"),
        ];
        let all = whole.iter().chain(changes).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let mut all: BTreeMap<_, _> = all.collect();
        all.retain(|_, value| !value.is_empty());
        Settings(all)
    }

    #[test]
    fn a_whole_configuration_has_no_problem() {
        assert_eq!(settings(&[]).problems(&DESCRIBED), Vec::<String>::new());
        let reporting = [("ADMIN_URL", "https://keys.example"), ("EDGE_TOKEN", "kst_secret")];
        assert_eq!(settings(&reporting).problems(&DESCRIBED), Vec::<String>::new());
    }

    #[test]
    fn whatever_is_half_is_named() {
        for (changes, word) in [
            ([("KEYSETS_ID", "keystile-keysets-local")], "KEYSETS_ID"),
            ([("ROUTES", "")], "ROUTES"),
            ([("ORIGIN", "")], "ORIGIN"),
            ([("ORIGIN", "http://origin.example")], "https://"),
            ([("ISSUER", "")], "ISSUER"),
            ([("ROOT_KEYS", r#"{"keys":[]}"#)], "ROOT_KEYS"),
            ([("ROOT_KEYS", r#"{"keys":[{"n":"AQAB","d":"secret"}]}"#)], "ROOT_KEYS"),
            ([("ADMIN_URL", "https://keys.example")], "EDGE_TOKEN"),
            ([("EDGE_TOKEN", "kst_secret")], "ADMIN_URL"),
            ([("AUDIENSE", "api")], "AUDIENSE"),
        ] {
            let problems = settings(&changes).problems(&DESCRIBED).join("\n");
            assert!(problems.contains(word) && !problems.contains("secret"), "{changes:?}: {problems}");
        }
    }

    #[test]
    fn everything_that_was_left_to_be_set_is_set() {
        let text = "routes = [{ pattern = \"SET-ME\" }]\nid = \"SET-ME create\"\nid = \"local\"\n[env.production.vars]\nPOLICY = \"SET-ME\"\n";
        let filled = settings(&[("EDGE_TOKEN", "kst_secret")]).filled_in(text).unwrap();
        assert!(filled.contains(
            "routes = [\"api.example.com/*\"]\nid = \"0123456789abcdef0123456789abcdef\"\nid = \"local\"\n"
        ));
        assert!(filled.contains(r#"ROOT_KEYS = "{\"keys\":[{\"kty\""#), "{filled}");
        assert!(
            !filled.contains("SET-ME") && !filled.contains("secret") && !filled.contains("KEYSETS_ID"),
            "{filled}"
        );
    }

    #[test]
    fn the_variables_are_those_that_the_configuration_describes() {
        let text = "# The others:\n#\n#   ISSUER     the `iss`\n#   LEEWAY  30 seconds\n#       set, but not\nname = \"x\"\n";
        assert_eq!(described(text), ["ISSUER", "LEEWAY", "POLICY"]);
    }
}
