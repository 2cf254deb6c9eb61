//! Things that are found by their names, in few steps whatever the names are.

use alloc::{string::String, vec::Vec};

use crate::order;

/// Values by their names; of two of one name, the later.
///
/// In WebAssembly a hash map has no chance to draw its seed from, so that whoever writes the names could have them collide,
/// and it is 10 KB.
#[derive(Clone, Debug)]
pub(crate) struct ByName<T> {
    entries: Vec<(String, T)>,
    index: Index,
}

impl<T> ByName<T> {
    pub(crate) fn get(&self, name: &str) -> Option<&T> {
        let at = self.index.find(name, &|at| self.name(at))?;
        self.entries.get(at).map(|(_, value)| value)
    }

    pub(crate) fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// The values with their names, in the order of these.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &(String, T)> {
        self.index.0.iter().filter_map(|at| self.entries.get(*at))
    }

    fn name(&self, at: usize) -> &str {
        self.entries.get(at).map(|(name, _)| name.as_str()).unwrap_or_default()
    }
}

// Not derived, which would demand the same of the values.
impl<T> Default for ByName<T> {
    fn default() -> Self {
        Self { entries: Vec::new(), index: Index(Vec::new()) }
    }
}

impl<T> FromIterator<(String, T)> for ByName<T> {
    fn from_iter<I: IntoIterator<Item = (String, T)>>(entries: I) -> Self {
        let mut by_name = Self { entries: entries.into_iter().collect(), ..Self::default() };
        by_name.index = Index::new(by_name.entries.len(), &|at| by_name.name(at));
        by_name
    }
}

/// The positions of named things in the order of their names, each name once.
#[derive(Clone, Debug)]
pub(crate) struct Index(Vec<usize>);

impl Index {
    /// Of `count` things, given the name of each. Of several with one name, the last.
    pub(crate) fn new<'n>(count: usize, name: &dyn Fn(usize) -> &'n str) -> Self {
        let mut positions: Vec<_> = (0..count).collect();
        order::sort(&mut positions, &|a, b| (name(a), a) < (name(b), b));
        let mut index: Vec<usize> = Vec::with_capacity(count);
        for at in positions {
            match index.last_mut() {
                Some(before) if name(*before) == name(at) => *before = at,
                _ => index.push(at),
            }
        }
        Self(index)
    }

    /// How many names there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The position of the thing that is called `wanted`.
    pub(crate) fn find<'n>(&self, wanted: &str, name: &dyn Fn(usize) -> &'n str) -> Option<usize> {
        let found = self.0.binary_search_by(|at| name(*at).cmp(wanted)).ok()?;
        self.0.get(found).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_among_any_number_and_another_is_not() {
        for count in [0, 1, 2, 3, 100, 1000_usize] {
            let name = |i: usize| (i * 7919 % 10007).to_string();
            let by_name: ByName<usize> = (0..count).map(|i| (name(i), i)).collect();
            assert!((0..count).all(|i| by_name.get(&name(i)) == Some(&i)), "{count}");
            for absent in ["", "x", &name(count)] {
                assert!(!by_name.contains(absent), "{count}: {absent}");
            }
        }
    }

    #[test]
    fn of_two_things_of_one_name_the_later_counts_and_the_other_is_gone() {
        let names = ["b", "a", "b", "c", "a", "b"];
        let by_name: ByName<_> = names.iter().map(ToString::to_string).zip(0..).collect();
        let all: Vec<_> = by_name.iter().map(|(name, at)| (name.as_str(), *at)).collect();
        assert_eq!(all, [("a", 4), ("b", 5), ("c", 3)]);
        assert_eq!(by_name.get("b"), Some(&5));
        assert_eq!(Index::new(names.len(), &|at| names[at]).len(), 3);
    }
}
