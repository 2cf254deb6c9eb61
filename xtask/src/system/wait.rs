use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::process::glance;
use crate::progress::Stopwatch;

const PATIENCE: Duration = Duration::from_secs(90);

/// Asks again and again until the answer is yes. An error of the question is an answer that ends the wait.
pub fn wait_until(what: &str, mut question: impl FnMut() -> Result<bool>) -> Result<()> {
    let since = Stopwatch::start();
    while !question().with_context(|| format!("waiting for {what}"))? {
        if since.elapsed() > PATIENCE {
            bail!("waited {} s for {what}, in vain", PATIENCE.as_secs());
        }
        glance()?;
    }
    Ok(())
}
