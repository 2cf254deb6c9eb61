use super::tree::{Root, Tree, next_height};

/// What is kept of leaves that are deleted: the roots of the largest whole subtrees over them, in their order. With them a
/// tree grows over what is gone, so that its later roots are still those over everything.
#[derive(Debug)]
pub struct Subtrees {
    from: u64,
    to: u64,
    growing: Tree,
    roots: Vec<Root>,
}

impl Subtrees {
    /// Over the leaves after the first `from`, up to `to`.
    pub const fn new(from: u64, to: u64) -> Self {
        Self { from, to, growing: Tree::new(), roots: Vec::new() }
    }

    /// Takes the next of these leaves.
    pub fn append(&mut self, text: &str) {
        self.growing.append(text);
        let size = self.growing.size();
        if next_height(self.from, self.to).is_some_and(|height| size == 1 << height) {
            self.roots.push(std::mem::take(&mut self.growing).root());
            self.from += size;
        }
    }

    /// The roots, once every leaf was taken.
    pub fn finish(self) -> Option<Vec<Root>> {
        (self.from == self.to).then_some(self.roots)
    }
}

#[cfg(test)]
mod tests {
    use super::super::NotPeaks;
    use super::*;

    fn tree(size: u64) -> Tree {
        let mut tree = Tree::new();
        (0..size).for_each(|leaf| tree.append(&leaf.to_string()));
        tree
    }

    fn subtrees(from: u64, to: u64) -> Vec<Root> {
        let mut kept = Subtrees::new(from, to);
        (from..to).for_each(|leaf| kept.append(&leaf.to_string()));
        kept.finish().unwrap()
    }

    #[test]
    fn a_tree_grows_over_deleted_leaves_as_over_the_leaves_themselves() {
        for (from, to) in (0..40).flat_map(|from| (from..40).map(move |to| (from, to))) {
            let mut grown = tree(from);
            let kept = subtrees(from, to);
            assert!(kept.len() <= 12, "two for each bit of the size at most");
            assert_eq!(grown.append_subtrees(to, &kept), Ok(()));
            assert_eq!(grown, tree(to), "{from} to {to}");
        }
    }

    #[test]
    fn one_root_more_or_less_or_another_size_fits_nothing() {
        let kept = subtrees(5, 21);
        let [short, long] = [&kept[1..], &[kept.as_slice(), &kept[..1]].concat()];
        for (size, roots) in [(21, short), (21, long), (23, kept.as_slice()), (4, kept.as_slice())] {
            assert_eq!(tree(5).append_subtrees(size, roots), Err(NotPeaks));
        }
        assert!(Subtrees::new(5, 21).finish().is_none());
    }
}
