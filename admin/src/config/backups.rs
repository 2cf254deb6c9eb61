//! When the server makes backups by itself.

use super::{Environment, InvalidSetting};
use crate::backup::age::Recipient;
use crate::settings::BackupSchedule;

const HOUR_SECS: u64 = 3600;
const EVERY_HOURS: u64 = 24;
/// A month of nights.
const KEEP: u64 = 30;

impl Environment {
    pub(super) fn backups(&self) -> Result<Option<BackupSchedule>, InvalidSetting> {
        let missing = |below| InvalidSetting::HalfABackup { missing: self.name(below) };
        let (folder, recipients) = match (self.text("BACKUP__FOLDER"), self.text("BACKUP__RECIPIENTS")) {
            (None, None) => return Ok(None),
            (Some(folder), Some(recipients)) => (folder, recipients),
            (Some(_), None) => return Err(missing("BACKUP__RECIPIENTS")),
            (None, Some(_)) => return Err(missing("BACKUP__FOLDER")),
        };
        let one = |text: &str| {
            let refused = |_| self.not_a_choice("BACKUP__RECIPIENTS", "`age1…`, with commas between", text);
            text.trim().parse::<Recipient>().map_err(refused)
        };
        Ok(Some(BackupSchedule {
            folder: folder.into(),
            recipients: recipients.split(',').map(one).collect::<Result<_, _>>()?,
            every_secs: self.one_or_more("BACKUP__EVERY_HOURS", EVERY_HOURS)?.saturating_mul(HOUR_SECS),
            keep: self.one_or_more("BACKUP__KEEP", KEEP)?.try_into().unwrap_or(usize::MAX),
        }))
    }

    fn one_or_more(&self, below: &str, default: u64) -> Result<u64, InvalidSetting> {
        match self.number(below)?.unwrap_or(default) {
            0 => Err(self.not_a_choice(below, "1 or more", "0")),
            number => Ok(number),
        }
    }
}
