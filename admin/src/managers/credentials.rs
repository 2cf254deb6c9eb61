use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use super::ManagerError;
use crate::domain::SecretText;

/// What the names of credentials stand for: a variable of the environment, or a file of one folder. Files are read anew each
/// time, so that whoever renews a token need not tell the server.
#[derive(Clone, Default)]
pub struct Credentials {
    /// By name, in small letters and with hyphens.
    given: Arc<BTreeMap<String, SecretText>>,
    folder: Option<PathBuf>,
}

impl Credentials {
    /// Begins the name of the variable that holds a credential: `KEYSTILE_CREDENTIAL__BAO` for `bao`.
    pub const PREFIX: &str = "KEYSTILE_CREDENTIAL__";

    /// Begins the name of a credential that opens the master key. What else may be named, over the API or by whoever writes to the
    /// database, gets none of them out.
    pub const OF_MASTER_KEY: &str = "master-key-";

    /// Those of `variables`, and those of the folder.
    pub fn new(variables: impl IntoIterator<Item = (String, String)>, folder: Option<PathBuf>) -> Self {
        let given = variables.into_iter().filter_map(|(name, value)| {
            let name = name.strip_prefix(Self::PREFIX)?.to_ascii_lowercase().replace('_', "-");
            Some((name, SecretText::new(value.trim().to_owned())))
        });
        Self { given: Arc::new(given.collect()), folder }
    }

    /// The secret that this name stands for now. `name` has no slash and no dot.
    pub fn find(&self, name: &str) -> Result<SecretText, ManagerError> {
        if name.starts_with(Self::OF_MASTER_KEY) {
            let cause = "it opens the master key, and nothing else".to_owned();
            return Err(ManagerError::CredentialMissing { name: name.to_owned(), cause });
        }
        self.look_up(name)
    }

    /// The secret that opens the master key at whoever is called so.
    pub fn of_master_key(&self, name: &str) -> Result<SecretText, ManagerError> {
        self.look_up(&format!("{}{name}", Self::OF_MASTER_KEY))
    }

    fn look_up(&self, name: &str) -> Result<SecretText, ManagerError> {
        if let Some(given) = self.given.get(name) {
            return Ok(SecretText::new(given.reveal().to_owned()));
        }
        let missing = |cause: String| ManagerError::CredentialMissing { name: name.to_owned(), cause };
        let folder =
            self.folder.as_ref().ok_or_else(|| missing("no folder of credentials is set".to_owned()))?;
        let path = folder.join(name);
        let text = fs::read_to_string(&path)
            .map(SecretText::new)
            .map_err(|error| missing(format!("`{}`: {error}", path.display())))?;
        let trimmed = text.reveal().trim();
        if trimmed.is_empty() {
            return Err(missing(format!("`{}` is empty", path.display())));
        }
        Ok(SecretText::new(trimmed.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_comes_from_the_environment_or_from_a_file_that_is_read_each_time() {
        let folder = tempfile::tempdir().unwrap();
        let variables = [("KEYSTILE_CREDENTIAL__BAO_ONE".to_owned(), "s.1\n".to_owned())];
        let credentials = Credentials::new(variables, Some(folder.path().to_owned()));
        let find = |name: &str| credentials.find(name).map(|secret| secret.reveal().to_owned());
        assert_eq!(find("bao-one").as_deref(), Ok("s.1"));
        assert!(matches!(find("two"), Err(ManagerError::CredentialMissing { .. })));
        fs::write(folder.path().join("two"), "s.2\n").unwrap();
        assert_eq!(find("two").as_deref(), Ok("s.2"));
    }

    #[test]
    fn what_opens_the_master_key_is_found_for_nothing_else() {
        let variables = [("KEYSTILE_CREDENTIAL__MASTER_KEY_AWS".to_owned(), "s.1".to_owned())];
        let credentials = Credentials::new(variables, None);
        assert_eq!(credentials.of_master_key("aws").map(|it| it.reveal().to_owned()).as_deref(), Ok("s.1"));
        assert!(credentials.find("master-key-aws").is_err());
    }
}
