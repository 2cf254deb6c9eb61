//! Options from JavaScript, read strictly: an option that is misspelled or of the wrong type is a `TypeError`, because
//! one that is silently ignored is a check that silently does not happen.

use js_sys::{Array, Object, TypeError};
use keystile_validator::{Expected, Exponents, Limits, Policy};
use wasm_bindgen::{JsCast, JsValue};

/// The policy that the options of `new Validator(keySet, options)` describe.
pub(crate) fn policy(options: &JsValue) -> Result<Policy, JsValue> {
    let options = entries("options", options)?;
    let mut builder =
        Policy::builder().issuer(expected("issuer", &options)?).audience(expected("audience", &options)?);
    for (name, value) in &options {
        builder = match name.as_str() {
            "issuer" | "audience" => builder,
            "leeway" => builder.leeway(whole_number(name, value)?),
            "requiredClaims" => builder.required_claims(strings(name, value)?),
            "typ" => builder.typ(one_or_many(name, value)?),
            "maxTokenAge" => builder.max_token_age(whole_number(name, value)?),
            "allowMissingKid" => builder.allow_missing_kid(boolean(name, value)?),
            "limits" => builder.limits(limits(value)?),
            _ => return Err(unknown(name)),
        };
    }
    builder.build().map_err(|error| type_error(&error.to_string()))
}

/// The limits that the option `limits` describes; the defaults where it was left out.
pub(crate) fn limits(limits: &JsValue) -> Result<Limits, JsValue> {
    let mut read = Limits::default();
    if limits.is_undefined() {
        return Ok(read);
    }
    for (name, value) in entries("limits", limits)? {
        let count = || whole_number(&name, &value).map(|count| usize::try_from(count).unwrap_or(usize::MAX));
        let changed = match name.as_str() {
            "tokenBytes" => read.with_token_bytes(count()?),
            "headerBytes" => read.with_header_bytes(count()?),
            "jsonDepth" => read.with_json_depth(count()?),
            "keySetBytes" => read.with_key_set_bytes(count()?),
            "keys" => read.with_keys(count()?),
            "exponents" => Ok(read.with_exponents(exponents(&value)?)),
            _ => return Err(unknown(&["limits.", &name].concat())),
        };
        read = changed.map_err(|error| wrong(&["limits.", &name].concat(), &error.to_string()))?;
    }
    Ok(read)
}

/// The members of an object. One that is `undefined` counts as left out, as JavaScript has it for parameters.
fn entries(name: &str, object: &JsValue) -> Result<Vec<(String, JsValue)>, JsValue> {
    let object = object.dyn_ref::<Object>().ok_or_else(|| wrong(name, "must be an object"))?;
    let entry = |entry: JsValue| {
        let entry: Array = entry.unchecked_into();
        (entry.get(0).as_string().unwrap_or_default(), entry.get(1))
    };
    Ok(Object::entries(object).iter().map(entry).filter(|(_, value)| !value.is_undefined()).collect())
}

/// Whose tokens are taken, and for whom, is a decision that no default can make.
fn expected(name: &str, options: &[(String, JsValue)]) -> Result<Expected, JsValue> {
    let Some((_, value)) = options.iter().find(|(option, _)| option == name) else {
        return Err(wrong(name, "is missing; give what is expected, or `null` if it is not to be checked"));
    };
    if value.is_null() {
        return Ok(Expected::NotChecked);
    }
    one_or_many(name, value).map(Expected::one_of)
}

fn one_or_many(name: &str, value: &JsValue) -> Result<Vec<String>, JsValue> {
    match value.as_string() {
        Some(one) => Ok(vec![one]),
        None => strings(name, value),
    }
}

fn strings(name: &str, value: &JsValue) -> Result<Vec<String>, JsValue> {
    let list =
        value.dyn_ref::<Array>().ok_or_else(|| wrong(name, "must be a string or a list of strings"))?;
    list.iter().map(|item| item.as_string().ok_or_else(|| wrong(name, "must contain strings only"))).collect()
}

fn whole_number(name: &str, value: &JsValue) -> Result<u64, JsValue> {
    value
        .as_f64()
        .filter(|number| *number >= 0.0 && number.fract() == 0.0)
        .map(|number| number as u64)
        .ok_or_else(|| wrong(name, "must be a whole number"))
}

fn boolean(name: &str, value: &JsValue) -> Result<bool, JsValue> {
    value.as_bool().ok_or_else(|| wrong(name, "must be `true` or `false`"))
}

fn exponents(value: &JsValue) -> Result<Exponents, JsValue> {
    match value.as_string().as_deref() {
        Some("f4") => Ok(Exponents::F4),
        Some("odd-up-to-33-bits") => Ok(Exponents::OddUpTo33Bits),
        _ => Err(wrong("limits.exponents", "must be `f4` or `odd-up-to-33-bits`")),
    }
}

fn unknown(name: &str) -> JsValue {
    type_error(&["unknown option `", name, "`; remove it, or correct its name"].concat())
}

fn wrong(name: &str, what: &str) -> JsValue {
    type_error(&["option `", name, "` ", what].concat())
}

fn type_error(message: &str) -> JsValue {
    TypeError::new(message).into()
}
