//! What JavaScript gives to make a key set or a validator of.
//!
//! It comes piece by piece, because texts and numbers cross the boundary as they are, and every other kind of value takes
//! machinery that a page would have to download. Their types are what `options.mjs` has seen to.

use alloc::{
    borrow::ToOwned,
    string::{String, ToString},
    vec::Vec,
};

use keystile_validator::{
    Expected, Exponents, Floor, KeySet, KeySetError, LimitError, Limits, Policy, RootKeys, UnixTime,
    UnverifiedKeySet,
};

use crate::filters::Filters;

#[derive(Debug, Default)]
pub(crate) struct Input {
    numbers: Vec<(String, f64)>,
    lists: Vec<(String, Vec<String>)>,
}

/// What cannot be made, as the text that is thrown: JSON of a refused key set, or the message of a mistake.
pub(crate) type Refusal = String;

impl Input {
    pub(crate) fn give_number(&mut self, name: &str, number: f64) {
        self.numbers.push((name.to_owned(), number));
    }

    /// Begins a list, which may stay empty.
    pub(crate) fn begin_list(&mut self, name: &str) {
        self.lists.push((name.to_owned(), Vec::new()));
    }

    /// Adds to the list that was begun last.
    pub(crate) fn give_text(&mut self, text: &str) {
        if let Some((_, list)) = self.lists.last_mut() {
            list.push(text.to_owned());
        }
    }

    pub(crate) fn key_set_from_jwks(&self, jwks: &str) -> Result<KeySet, Refusal> {
        KeySet::from_jwks(jwks.as_bytes(), &self.limits()?).map_err(refused)
    }

    pub(crate) fn key_set_from_pem(&self) -> Result<KeySet, Refusal> {
        KeySet::from_pem(self.list("pem").unwrap_or_default(), &self.limits()?).map_err(refused)
    }

    pub(crate) fn key_set_from_signed(
        &self,
        filters: &mut Filters,
        jws: &str,
        roots: &str,
        now: UnixTime,
    ) -> Result<KeySet, Refusal> {
        let limits = self.limits()?;
        let floor = Floor::at_version(self.count("floor")).with_generation(self.count("generationFloor"));
        let mut read = || {
            let roots = RootKeys::from_jwks(roots.as_bytes())?;
            let set = UnverifiedKeySet::parse(jws.as_bytes(), &limits)?.verify(&roots)?;
            // The filters of a set that may not follow are not worth opening, nor fetching.
            set.check(self.text("issuer"), now, &floor)?;
            let filters = filters.open(set.filters())?;
            set.with_filters(filters).trusted(self.text("issuer"), now, &floor)
        };
        read().map_err(refused)
    }

    /// The first text of a list.
    fn text(&self, name: &str) -> &str {
        self.list(name).and_then(<[_]>::first).map(String::as_str).unwrap_or_default()
    }

    /// A number, and 0 for one that was not given.
    fn count(&self, name: &str) -> u64 {
        self.number(name).unwrap_or_default()
    }

    pub(crate) fn policy(&self) -> Result<Policy, Refusal> {
        let mut builder = Policy::builder()
            .issuer(self.expected("issuer"))
            .audience(self.expected("audience"))
            .allow_missing_kid(self.number("allowMissingKid") == Some(1))
            .limits(self.limits()?);
        if let Some(leeway) = self.number("leeway") {
            builder = builder.leeway(leeway);
        }
        if let Some(claims) = self.list("requiredClaims") {
            builder = builder.required_claims(claims);
        }
        if let Some(types) = self.list("typ") {
            builder = builder.typ(types);
        }
        if let Some(age) = self.number("maxTokenAge") {
            builder = builder.max_token_age(age);
        }
        builder.build().map_err(|error| error.to_string())
    }

    pub(crate) fn limits(&self) -> Result<Limits, Refusal> {
        type Change = fn(Limits, usize) -> Result<Limits, LimitError>;
        const LIMITS: [(&str, Change); 5] = [
            ("limits.tokenBytes", Limits::with_token_bytes),
            ("limits.headerBytes", Limits::with_header_bytes),
            ("limits.jsonDepth", Limits::with_json_depth),
            ("limits.keySetBytes", Limits::with_key_set_bytes),
            ("limits.keys", Limits::with_keys),
        ];
        let mut limits = Limits::default();
        for (name, change) in LIMITS {
            if let Some(number) = self.number(name) {
                let number = usize::try_from(number).unwrap_or(usize::MAX);
                let wrong = |error: LimitError| ["option `", name, "`: ", &error.to_string()].concat();
                limits = change(limits, number).map_err(wrong)?;
            }
        }
        let is_odd = self.number("limits.exponents") == Some(1);
        Ok(if is_odd { limits.with_exponents(Exponents::OddUpTo33Bits) } else { limits })
    }

    fn expected(&self, name: &str) -> Expected {
        self.list(name).map_or(Expected::NotChecked, Expected::one_of)
    }

    fn number(&self, name: &str) -> Option<u64> {
        self.numbers.iter().find(|(given, _)| given == name).map(|(_, number)| *number as u64)
    }

    fn list(&self, name: &str) -> Option<&[String]> {
        self.lists.iter().find(|(given, _)| given == name).map(|(_, list)| list.as_slice())
    }
}

/// By value, to be passed to `map_err`.
pub(crate) fn refused(error: KeySetError) -> Refusal {
    error.to_json()
}
