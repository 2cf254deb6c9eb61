//! Where the master key comes from.

use super::{Environment, InvalidSetting};
use crate::seal::{InvalidOrigin, MasterKeyOrigin, MasterKeyOrigins};

/// It stands in every request to a keeper, and in its logs.
const LONGEST_CONTEXT: usize = 64;

impl Environment {
    pub(super) fn master_key_from(&self) -> Result<MasterKeyOrigins, InvalidSetting> {
        let default = MasterKeyOrigins::default();
        let words = |list: &str| {
            let words = list.split(|c: char| c == ',' || c.is_whitespace()).filter(|word| !word.is_empty());
            words.map(str::parse).collect::<Result<Vec<MasterKeyOrigin>, InvalidOrigin>>()
        };
        let list = self.text("MASTER_KEY_FROM").map(words).transpose()?;
        let context = self.text("MASTER_KEY_CONTEXT").unwrap_or(&default.context);
        if context.len() > LONGEST_CONTEXT || !context.bytes().all(|byte| byte.is_ascii_graphic()) {
            let choices = "a name of 64 characters at most, without white space";
            return Err(self.not_a_choice("MASTER_KEY_CONTEXT", choices, context));
        }
        Ok(MasterKeyOrigins {
            list: list.filter(|list| !list.is_empty()).unwrap_or(default.list),
            context: context.to_owned(),
            kms_endpoint: self.url("KMS__ENDPOINT")?,
        })
    }
}
