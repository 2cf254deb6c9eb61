//! What holds for every input whatsoever.
//!
//! Not a part of the crate: it is compiled for the fuzz targets, which look for an input that breaks it, and for the
//! tests, which replay the corpus (`validator/fuzz/corpus`) and try texts made at random.

mod base64url;
mod claims;
mod header;
mod json;
mod keys;
mod signed;
mod token;

pub use self::{
    base64url::base64url,
    claims::claims,
    header::header,
    json::json,
    keys::{jwk, key_set, pem},
    signed::{delegation, document, publication},
    token::token,
};

#[cfg(test)]
#[path = "../../fuzz/replay/mod.rs"]
mod replay;
