//! The order of things: whether names are all different, and sorting, in bounded time.

/// So few are compared each with each, which costs less than to order them.
const FEW: usize = 12;

/// Whether no two of the things at `positions`, which are put in another order, have the same name.
///
/// Ordering them finds a name that is there twice in n log n steps, where comparing each with each would hand an attacker
/// the square, and hashing a hash to collide.
pub(crate) fn are_distinct<'n>(positions: &mut [usize], name: impl Fn(usize) -> &'n str) -> bool {
    if positions.len() <= FEW {
        let mut rest = &*positions;
        while let [first, others @ ..] = rest {
            if others.iter().any(|other| name(*other) == name(*first)) {
                return false;
            }
            rest = others;
        }
        return true;
    }
    sort(positions, &|a, b| name(a) < name(b));
    !positions.windows(2).any(|pair| matches!(pair, [a, b] if name(*a) == name(*b)))
}

/// Sorts in place, in n log n steps for every input. The sorts of the standard library are faster, and 30 KB of WASM.
pub(crate) fn sort(positions: &mut [usize], less: &dyn Fn(usize, usize) -> bool) {
    for root in (0..positions.len() / 2).rev() {
        sift_down(positions, root, less);
    }
    for end in (1..positions.len()).rev() {
        positions.swap(0, end);
        sift_down(positions.get_mut(..end).unwrap_or_default(), 0, less);
    }
}

/// Moves what is at `root` below that which is not less than it.
fn sift_down(heap: &mut [usize], mut root: usize, less: &dyn Fn(usize, usize) -> bool) {
    while let Some(&left) = heap.get(2 * root + 1) {
        let (greatest, child) = match heap.get(2 * root + 2) {
            Some(&right) if less(left, right) => (right, 2 * root + 2),
            _ => (left, 2 * root + 1),
        };
        if !heap.get(root).is_some_and(|&item| less(item, greatest)) {
            return;
        }
        heap.swap(root, child);
        root = child;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names of one letter and more, in an order without order.
    fn names(count: usize) -> Vec<String> {
        (0..count).map(|i| format!("{}", i * 7919 % 10007)).collect()
    }

    #[test]
    fn a_name_that_is_there_twice_is_found_wherever_it_stands() {
        for count in [1, 2, 3, 11, 12, 13, 14, 100, 1000] {
            let names = names(count);
            let mut positions: Vec<usize> = (0..count).collect();
            assert!(are_distinct(&mut positions, |at| &names[at]), "{count}");
            for (first, second) in [(0, count), (count / 2, count), (count / 3, count / 2), (count, 0)] {
                let mut items: Vec<&str> = names.iter().map(String::as_str).collect();
                items.insert(second, names.get(first).unwrap_or(&names[0]));
                let mut positions: Vec<usize> = (0..items.len()).collect();
                assert!(!are_distinct(&mut positions, |at| items[at]), "{count}: {first} and {second}");
            }
        }
    }

    #[test]
    fn heaps_of_every_small_size_are_sorted() {
        for count in 0..200 {
            let mut items: Vec<_> = (0..count).map(|i| i * 31 % 17).collect();
            let mut expected = items.clone();
            expected.sort_unstable();
            sort(&mut items, &|a, b| a < b);
            assert_eq!(items, expected);
        }
    }
}
