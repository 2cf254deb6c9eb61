//! Filters of revoked tokens on their way to the signed key set that names them.

use alloc::{borrow::ToOwned, string::String, vec::Vec};

use keystile_validator::{Filter, FilterReference, KeySetError};

#[derive(Debug, Default)]
pub(crate) struct Filters {
    /// As they came, by name.
    values: Vec<(String, Vec<u8>)>,
    opened: Vec<Filter>,
    missing: Vec<FilterReference>,
}

impl Filters {
    pub(crate) fn give(&mut self, name: &str, value: Vec<u8>) {
        self.values.push((name.to_owned(), value));
    }

    /// Those that were opened before need neither be fetched nor copied again.
    pub(crate) fn take_over(&mut self, filters: &[Filter]) {
        self.opened.extend_from_slice(filters);
    }

    /// Opens what was given of those that are named, and notes what was not.
    pub(crate) fn open(&mut self, named: &[FilterReference]) -> Result<&[Filter], KeySetError> {
        for reference in named {
            if self.opened.iter().any(|filter| filter.reference() == reference) {
                continue;
            }
            match self.values.iter().position(|(name, _)| name == reference.name()) {
                Some(at) => self.opened.push(reference.open(self.values.swap_remove(at).1)?),
                None => self.missing.push(reference.clone()),
            }
        }
        Ok(&self.opened)
    }

    pub(crate) fn missing(&self, index: usize) -> Option<&FilterReference> {
        self.missing.get(index)
    }
}
