//! What the gate says about requests that it refuses. Never a token, a cookie, a query or a claim.

use std::sync::{Mutex, PoisonError};

use keystile_gateway::{Moment, Refusal};

use crate::head::Head;

/// So many refusals are logged in a second. Whoever floods a gate shall not fill the disk behind it; every refusal is
/// in the counters.
const A_SECOND: u32 = 50;

/// The second of the last line, and how many it has had.
#[derive(Debug, Default)]
pub(crate) struct RefusalLog(Mutex<(u64, u32)>);

impl RefusalLog {
    /// A request that the policy refuses, or would if its route enforced anything.
    pub(crate) fn refused(
        &self,
        refusal: &Refusal,
        (route, is_shadow): (Option<&str>, bool),
        head: &Head<'_>,
        request_id: &str,
        now: Moment,
    ) {
        if self.has_room(now) {
            tracing::info!(
                code = refusal.code(),
                status = refusal.status(),
                route,
                shadow = is_shadow,
                method = head.method,
                host = head.host,
                path = head.path,
                request_id,
                "refused"
            );
        }
    }

    /// A request that was refused before the policy was asked, or failed after it had passed.
    pub(crate) fn failed(&self, refusal: &Refusal, request_id: &str, now: Moment) {
        if self.has_room(now) {
            tracing::warn!(
                code = refusal.code(),
                status = refusal.status(),
                request_id,
                "refused: {refusal}"
            );
        }
    }

    fn has_room(&self, now: Moment) -> bool {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let second = now.unix_time().as_secs();
        if said.0 != second {
            *said = (second, 0);
        }
        said.1 += 1;
        if said.1 == A_SECOND + 1 {
            tracing::info!("more refusals in this second are in the counters only");
        }
        said.1 <= A_SECOND
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_refusals_is_no_flood_of_lines() {
        let log = RefusalLog::default();
        let at = Moment::from_millis;
        let lines = (0..1000).filter(|_| log.has_room(at(5_000))).count();
        assert_eq!(lines, A_SECOND as usize);
        assert!(log.has_room(at(6_000)));
    }
}
