//! How long a verdict holds.

use crate::{
    claims::Claims,
    policy::Policy,
    time::{NumericDate, UnixTime},
};

/// The seconds in which a token that is believed stays believed, by the same key set and policy.
///
/// Whoever keeps a verdict may repeat it within them, and must ask again outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime {
    from: UnixTime,
    until: UnixTime,
}

impl Lifetime {
    /// The first second.
    pub fn from(self) -> UnixTime {
        self.from
    }

    /// The first second after the last one; the largest number there is if nothing ends it.
    pub fn until(self) -> UnixTime {
        self.until
    }

    /// Whether the verdict holds at `now`.
    pub fn contains(self, now: UnixTime) -> bool {
        (self.from..self.until).contains(&now)
    }

    /// Where every rule about time in [`Claims::judge`] holds, and the key set has not expired.
    pub(crate) fn new(claims: &Claims, policy: &Policy, key_set_expires: Option<NumericDate>) -> Self {
        let leeway = policy.leeway;
        let issued = policy.max_token_age.and(claims.issued_at);
        let starts = [claims.not_before, issued].into_iter().flatten().map(|at| at.minus(leeway).ceil());
        // `exp` and the set's expiry are the first instants that are too late; the greatest age is the last in time.
        let expires = claims.expires_at.map(|exp| exp.plus(leeway).ceil());
        let too_old = issued.zip(policy.max_token_age).map(|(iat, age)| iat.plus(age).plus(leeway).after());
        let ends = [expires, too_old, key_set_expires.map(NumericDate::ceil)].into_iter().flatten();
        Self {
            from: starts.max().unwrap_or(UnixTime::from_secs(0)),
            until: ends.min().unwrap_or(UnixTime::from_secs(u64::MAX)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Expected, json::Document};

    const DATES: [Option<&str>; 5] = [None, Some("-3"), Some("10"), Some("10.5"), Some("17")];

    /// Every mix of dates, policies and times: the lifetime says what judging at that time would have said.
    #[test]
    fn a_verdict_lasts_exactly_as_long_as_it_would_be_given_again() {
        let mut believed = 0;
        for (exp, nbf, iat) in mixes() {
            let dates = [("exp", exp), ("nbf", nbf), ("iat", iat)];
            let claims: Vec<_> =
                dates.iter().filter_map(|(name, date)| Some(format!("\"{name}\":{}", (*date)?))).collect();
            let json = format!("{{{}}}", claims.join(","));
            let document = Document::parse(&json, 2).unwrap();
            let claims = Claims::read(document.members()).unwrap();
            for (leeway, max_age) in [(0, None), (2, None), (0, Some(0)), (3, Some(4))] {
                if max_age.is_some() && iat.is_none() {
                    continue;
                }
                let policy = policy(leeway, max_age);
                let lifetime = Lifetime::new(&claims, &policy, None);
                for now in (0..40).map(UnixTime::from_secs) {
                    let judged = claims.judge(&policy, None, now).is_ok();
                    assert_eq!(lifetime.contains(now), judged, "{json} at {now:?} by {policy:?}");
                    believed += u32::from(judged);
                }
            }
        }
        assert!(believed > 1000, "only {believed} were believed");
    }

    #[test]
    fn a_verdict_ends_with_the_key_set() {
        let document = Document::parse(r#"{"exp":100}"#, 2).unwrap();
        let claims = Claims::read(document.members()).unwrap();
        let ends = NumericDate::from(UnixTime::from_secs(50));
        let lifetime = Lifetime::new(&claims, &policy(30, None), Some(ends));
        assert_eq!(lifetime.until(), UnixTime::from_secs(50));
    }

    fn mixes() -> impl Iterator<Item = (Option<&'static str>, Option<&'static str>, Option<&'static str>)> {
        let pairs = DATES.into_iter().flat_map(|exp| DATES.into_iter().map(move |nbf| (exp, nbf)));
        pairs.flat_map(|(exp, nbf)| DATES.into_iter().map(move |iat| (exp, nbf, iat)))
    }

    fn policy(leeway: u64, max_age: Option<u64>) -> Policy {
        let open =
            Policy::builder().issuer(Expected::NotChecked).audience(Expected::NotChecked).leeway(leeway);
        max_age.into_iter().fold(open, |policy, age| policy.max_token_age(age)).build().unwrap()
    }
}
