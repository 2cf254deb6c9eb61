use std::fmt;
use std::str::FromStr;

use aws_lc_rs::digest::{Context, SHA256};

use super::{Hash, NotAHash};

/// The root of a Merkle tree, as RFC 6962 section 2.1 computes it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Root(pub [u8; 32]);

impl fmt::Display for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Root {
    type Err = NotAHash;

    fn from_str(text: &str) -> Result<Self, NotAHash> {
        let hash: Hash = text.parse()?;
        // In capitals, it is not what was written.
        if hash.to_string() == text { Ok(Self(hash.to_bytes())) } else { Err(NotAHash) }
    }
}

/// A Merkle tree over the texts of the entries, growing at its end. What is kept of it are the roots of its whole
/// subtrees, one for each bit of its size, so that it goes on from a checkpoint without the entries before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    size: u64,
    peaks: Vec<Root>,
}

/// The stored peaks are not those of a tree of that size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a tree has one peak of 32 bytes for each bit of its size")]
pub struct NotPeaks;

impl Tree {
    /// A tree without a leaf.
    pub const fn new() -> Self {
        Self { size: 0, peaks: Vec::new() }
    }

    /// The tree that [`peaks`](Self::peaks) were taken of.
    pub fn from_peaks(size: u64, bytes: &[u8]) -> Result<Self, NotPeaks> {
        let (whole, rest) = bytes.as_chunks::<32>();
        if !rest.is_empty() || whole.len() as u64 != u64::from(size.count_ones()) {
            return Err(NotPeaks);
        }
        Ok(Self { size, peaks: whole.iter().copied().map(Root).collect() })
    }

    /// How many leaves there are.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The roots of the whole subtrees, largest first.
    pub fn peaks(&self) -> Vec<u8> {
        self.peaks.iter().flat_map(|peak| peak.0).collect()
    }

    /// Appends a leaf.
    pub fn append(&mut self, text: &str) {
        self.append_subtree(hash(&[&[0], text.as_bytes()]), 0);
    }

    /// Appends all leaves up to `size`, of which only the roots of [`Subtrees`](super::Subtrees) are left.
    pub fn append_subtrees(&mut self, size: u64, subtrees: &[Root]) -> Result<(), NotPeaks> {
        let mut given = subtrees.iter();
        while let Some(height) = next_height(self.size, size) {
            self.append_subtree(*given.next().ok_or(NotPeaks)?, height);
        }
        if self.size == size && given.next().is_none() { Ok(()) } else { Err(NotPeaks) }
    }

    /// Appends a whole subtree of 2^`height` leaves, of which there is a whole number before it.
    fn append_subtree(&mut self, mut root: Root, height: u32) {
        // Each one at the end of the size's bits is a whole subtree as large as the one that is carried.
        let mut carry = self.size >> height;
        while carry & 1 == 1 {
            let Some(left) = self.peaks.pop() else { break };
            root = node(left, root);
            carry >>= 1;
        }
        self.peaks.push(root);
        self.size += 1 << height;
    }

    /// The root over all leaves.
    pub fn root(&self) -> Root {
        let mut peaks = self.peaks.iter().rev().copied();
        let smallest = peaks.next().unwrap_or_else(|| hash(&[]));
        peaks.fold(smallest, |right, left| node(left, right))
    }
}

impl Default for Tree {
    fn default() -> Self {
        Self::new()
    }
}

/// The height of the largest whole subtree that begins after `from` leaves and ends at `to` or before.
pub(super) fn next_height(from: u64, to: u64) -> Option<u32> {
    let left = to.checked_sub(from)?.checked_ilog2()?;
    Some(left.min(from.trailing_zeros()))
}

fn node(left: Root, right: Root) -> Root {
    hash(&[&[1], &left.0, &right.0])
}

fn hash(parts: &[&[u8]]) -> Root {
    let mut context = Context::new(&SHA256);
    parts.iter().for_each(|part| context.update(part));
    let mut root = [0; 32];
    for (to, from) in root.iter_mut().zip(context.finish().as_ref()) {
        *to = *from;
    }
    Root(root)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The roots over the first 0 to 7 of these leaves, as the reference implementation of RFC 6962 tests itself.
    const LEAVES: [&str; 7] = ["", "\0", "\u{10}", " !", "01", "@ABC", "PQRSTUVW"];
    const ROOTS: [&str; 8] = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    ];

    #[test]
    fn the_roots_are_those_of_rfc_6962() {
        let mut tree = Tree::new();
        assert_eq!(format!("{:?}", tree.root()), ROOTS[0]);
        for (leaf, root) in LEAVES.iter().zip(&ROOTS[1..]) {
            tree.append(leaf);
            assert_eq!(format!("{:?}", tree.root()), *root, "{} leaves", tree.size());
        }
    }

    #[test]
    fn a_tree_goes_on_from_its_peaks_and_from_no_others() {
        let mut tree = Tree::new();
        for leaf in 0..21 {
            let kept = Tree::from_peaks(tree.size(), &tree.peaks());
            assert_eq!(kept.as_ref(), Ok(&tree));
            assert_eq!(Tree::from_peaks(tree.size() + 1, &[0; 31]), Err(NotPeaks));
            tree.append(&leaf.to_string());
        }
        assert_eq!(Tree::from_peaks(20, &tree.peaks()), Err(NotPeaks));
    }
}
