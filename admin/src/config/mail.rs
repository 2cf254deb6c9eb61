//! How mail goes out.

use super::{Environment, InvalidSetting};
use crate::domain::SecretText;
use crate::settings::MailSettings;

impl Environment {
    pub(super) fn mail(&self) -> Result<Option<MailSettings>, InvalidSetting> {
        let group = ["MAIL__URL", "MAIL__FROM", "MAIL__TO"];
        if group.iter().all(|below| self.text(below).is_none()) {
            return Ok(None);
        }
        let needed = |below: &str| {
            let missing = || InvalidSetting::HalfAMailServer { missing: self.name(below) };
            self.text(below).map(str::to_owned).ok_or_else(missing)
        };
        let [url, from, to] = group.map(needed);
        Ok(Some(MailSettings { url: SecretText::new(url?), from: from?, to: to? }))
    }
}
