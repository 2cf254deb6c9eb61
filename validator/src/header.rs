//! The JOSE header (RFC 7515 section 4): RS256, and nothing that would change what the signature means.

use crate::{
    error::{Code, Reason, ValidationError},
    json::{Document, Members, Value},
    policy::MediaType,
};

/// The header parameters that are acted on.
///
/// `jwk`, `jku`, `x5u`, `x5c` and every name that is not known are not even looked at (RFC 7515 section 4): a key is
/// believed because it is in the key set, never because a token brings it along.
#[derive(Debug)]
pub(crate) struct Header<'d> {
    typ: Option<&'d str>,
    kid: Option<&'d str>,
}

/// The JSON of a header.
pub(crate) fn parse(json: &str, max_depth: usize) -> Result<Document<'_>, ValidationError> {
    Document::parse(json, max_depth)
        .map_err(|error| error.code(Code::HeaderMalformed, Code::DuplicateMember).into())
}

impl<'d> Header<'d> {
    /// Reads a header. Refuses every algorithm but RS256 and every critical extension.
    pub(crate) fn read(parameters: Members<'d>) -> Result<Self, ValidationError> {
        check_alg(parameters)?;
        check_extensions(parameters)?;
        Ok(Self {
            typ: string(parameters, "typ", Code::HeaderMalformed)?,
            kid: string(parameters, "kid", Code::KidMalformed)?,
        })
    }

    /// The name of the key, a hint and no more.
    pub(crate) fn kid(&self) -> Option<&'d str> {
        self.kid
    }

    /// Returns `Ok` only if `typ` is one of `expected`.
    pub(crate) fn check_typ(&self, expected: &[MediaType]) -> Result<(), ValidationError> {
        let refused = |reason| Err(ValidationError::header_parameter(Code::TypMismatch, reason));
        match self.typ {
            None => refused(Reason::Missing),
            Some(typ) if expected.iter().any(|expected| expected.is_named(typ)) => Ok(()),
            Some(_) => refused(Reason::Mismatch),
        }
    }
}

/// The comparison is exact: names of algorithms have a case (RFC 7515 section 4.1.1).
fn check_alg(parameters: Members) -> Result<(), ValidationError> {
    let reason = match parameters.get("alg") {
        Some(Value::String("RS256")) => return Ok(()),
        Some(Value::String(_)) => Reason::Mismatch,
        Some(_) => Reason::Malformed,
        None => Reason::Missing,
    };
    Err(ValidationError::header_parameter(Code::AlgNotAllowed, reason))
}

/// No extension is implemented, so whatever `crit` lists is not understood (RFC 7515 section 4.1.11), and a list that
/// is empty or no list is not allowed there either. `b64` must not be false in a JWT, listed or not (RFC 7797 section
/// 7); true is what it is without being said.
fn check_extensions(parameters: Members) -> Result<(), ValidationError> {
    match (parameters.get("crit"), parameters.get("b64")) {
        (None, None | Some(Value::Bool(true))) => Ok(()),
        _ => Err(Code::CritNotSupported.into()),
    }
}

fn string<'d>(parameters: Members<'d>, name: &str, code: Code) -> Result<Option<&'d str>, ValidationError> {
    match parameters.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(ValidationError::header_parameter(code, Reason::Malformed)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(json: &str) -> Option<Code> {
        parse(json, 128)
            .and_then(|json| Header::read(json.members()).map(drop))
            .err()
            .map(|error| error.code())
    }

    #[test]
    fn rs256_is_the_only_algorithm() {
        assert_eq!(refusal(r#"{"alg":"RS256"}"#), None);
        for alg in
            ["none", "nOnE", "", "rs256", "RS256 ", "RS384", "RS512", "PS256", "HS256", "ES256", "RSA-OAEP"]
        {
            assert_eq!(refusal(&format!(r#"{{"alg":"{alg}"}}"#)), Some(Code::AlgNotAllowed), "{alg}");
        }
        for header in ["{}", r#"{"alg":null}"#, r#"{"alg":["RS256"]}"#, r#"{"Alg":"RS256"}"#] {
            assert_eq!(refusal(header), Some(Code::AlgNotAllowed), "{header}");
        }
    }

    #[test]
    fn an_algorithm_spelled_with_escapes_is_the_same_algorithm() {
        assert_eq!(refusal(r#"{"\u0061lg":"\u0052S256"}"#), None);
    }

    #[test]
    fn every_crit_is_refused() {
        for crit in [r#"["exp"]"#, "[]", "null", "{}", r#""b64""#, r#"["b64"]"#, "[1]"] {
            let header = format!(r#"{{"alg":"RS256","b64":true,"exp":1,"crit":{crit}}}"#);
            assert_eq!(refusal(&header), Some(Code::CritNotSupported), "{crit}");
        }
    }

    #[test]
    fn an_unencoded_payload_is_refused_even_where_it_is_not_critical() {
        for b64 in ["false", "null", "0", r#""true""#] {
            assert_eq!(
                refusal(&format!(r#"{{"alg":"RS256","b64":{b64}}}"#)),
                Some(Code::CritNotSupported),
                "{b64}"
            );
        }
        assert_eq!(refusal(r#"{"alg":"RS256","b64":true}"#), None);
    }

    #[test]
    fn the_algorithm_is_judged_before_extensions_and_names() {
        assert_eq!(refusal(r#"{"alg":"none","crit":["x"],"kid":1,"typ":1}"#), Some(Code::AlgNotAllowed));
        assert_eq!(refusal(r#"{"alg":"RS256","crit":["x"],"kid":1,"typ":1}"#), Some(Code::CritNotSupported));
    }

    #[test]
    fn a_kid_and_a_typ_are_strings() {
        for value in ["1", "null", "[]", r#"{"kid":"a"}"#, "true"] {
            assert_eq!(refusal(&format!(r#"{{"alg":"RS256","kid":{value}}}"#)), Some(Code::KidMalformed));
            assert_eq!(refusal(&format!(r#"{{"alg":"RS256","typ":{value}}}"#)), Some(Code::HeaderMalformed));
        }
    }

    #[test]
    fn parameters_that_are_not_known_are_ignored() {
        let header =
            r#"{"alg":"RS256","jku":1,"jwk":{"kty":"oct"},"x5c":null,"zip":"DEF","cty":"JWT","enc":7}"#;
        assert_eq!(refusal(header), None);
    }
}
