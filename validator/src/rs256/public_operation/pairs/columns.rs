//! Sums of digit products, column by column.
//!
//! Column k of x * y is the sum of all x_i * y_j with i + j = k. Here is only the order in which products are
//! taken; how they are added up exactly is the business of a [`Product`]. Neighbouring columns are summed
//! together, in registers from beginning to end: a sum that went through memory would wait for it at every step.

use alloc::{vec, vec::Vec};

use super::lanes::{Floats, Words};

/// Exact sums of products of digits, which are whole numbers held as `f64`.
pub(in super::super) trait Product {
    /// Digits are of radix 2^WIDTH, about half of them negative.
    const WIDTH: u32;

    /// Digits of the upper end of a product to compute beyond those of the quotient.
    const SPARE: usize;

    /// Whether loops take three columns by three digits at a time, and not two by two. What they hold must stay in
    /// registers, which the more complex products fill sooner.
    const WIDE: bool;

    /// The running sum of one column.
    type Sum: Copy + Default;

    fn new() -> Self;

    /// Adds x * y.
    fn add(&self, sum: &mut Self::Sum, x: Floats, y: Floats);

    /// Adds `x[0] * y[N - 1]`, `x[1] * y[N - 2]` and so on, which can cost less than one after the other.
    #[inline(always)]
    fn add_all<const N: usize>(&self, sum: &mut Self::Sum, x: &[Floats; N], y: &[Floats; N]) {
        for (x, y) in x.iter().zip(y.iter().rev()) {
            self.add(sum, *x, *y);
        }
    }

    /// The finished column. It may be off, modulo 2^64, by an amount that depends on the number of products
    /// alone.
    fn column(&self, sum: Self::Sum) -> Column;
}

/// The value low + high * 2^WIDTH, in each lane.
#[derive(Clone, Copy)]
pub(in super::super) struct Column {
    pub(super) low: Words,
    pub(super) high: Words,
}

impl Column {
    pub(super) const ZERO: Self = Self { low: Words::ZERO, high: Words::ZERO };

    /// The column's own weight with what the column `below` hands on.
    #[inline(always)]
    pub(super) fn with(&self, below: &Self) -> Words {
        self.low + below.high
    }
}

/// Columns between zeros: column k stands at k + 1.
pub(super) struct Columns(pub(super) Vec<Column>);

/// The most columns that are summed at a time.
const MAX_COLUMNS: usize = 3;

/// The zeros that must stand before and behind the digits of y in [`Columns::product`].
pub(super) const PADDING: usize = MAX_COLUMNS - 1;

impl Columns {
    /// Room for `columns` columns, and one more for squares, which come in twos.
    pub(super) fn new(columns: usize) -> Self {
        Self(vec![Column::ZERO; columns + 2])
    }

    /// The first `columns` columns of x * y, each with that many digits; y is padded.
    pub(super) fn product<P: Product>(&mut self, product: &P, x: &[Floats], y: &[Floats]) {
        let columns = x.len();
        let y_of = |k: usize, last: usize| &y[PADDING + k + 1 - last..];
        let mut k = 0;
        while k < columns {
            let last = columns.min(k + most_columns::<P>());
            self.block(product, &x[..last], y_of(k, last), k, last - k);
            k = last;
        }
    }

    /// x * y modulo X^h - 1 in the first lane and X^h + 1 in the second, for h digits of x; y is continued
    /// downwards to index 1 - h.
    pub(super) fn cyclic_product<P: Product>(&mut self, product: &P, x: &[Floats], y: &[Floats]) {
        let h = x.len();
        self.rows(product, x, y, h);
        self.close(h);
    }

    /// The first `columns` columns of x * y, where every digit of x meets one of y: digit 0 of y stands as far behind the
    /// beginning as x is long, less one.
    #[inline(never)]
    pub(super) fn rows<P: Product>(&mut self, product: &P, x: &[Floats], y: &[Floats], columns: usize) {
        let mut k = 0;
        while k < columns {
            let last = columns.min(k + most_columns::<P>());
            self.block(product, x, &y[k..], k, last - k);
            k = last;
        }
    }

    /// Adds `columns` columns of others.
    pub(super) fn add(&mut self, others: &Self, columns: usize) {
        for (sum, other) in self.0[1..=columns].iter_mut().zip(&others.0[1..]) {
            *sum = Column { low: sum.low + other.low, high: sum.high + other.high };
        }
    }

    /// The first `columns` columns of x^2, and one more if their number is odd, given also 2x; at least one zero
    /// stands behind the digits of x.
    pub(super) fn square<P: Product>(
        &mut self,
        product: &P,
        x: &[Floats],
        doubled: &[Floats],
        columns: usize,
    ) {
        for middle in 0..columns.div_ceil(2) {
            let mut sums = two_sums(product, &doubled[..middle], &x[middle + 1..2 * middle + 2]);
            product.add(&mut sums[0], x[middle], x[middle]);
            product.add(&mut sums[1], doubled[middle], x[middle + 1]);
            self.0[2 * middle + 1..][..2].copy_from_slice(&sums.map(|sum| product.column(sum)));
        }
    }

    /// x^2 modulo X^h - 1 in the first lane and X^h + 1 in the second, given also 2x; `x[j + h / 2]` is digit j, and
    /// x is continued from -h / 2 to h.
    ///
    /// Digits i and j of columns 2m and 2m + 1 lie around m: i = m - d and j = m + d, or m + d + 1. All pairs come by
    /// once while d < h / 2; at d = h / 2 one of the columns meets a digit's own continuation, which is its square,
    /// and the other is at its last pair or past it.
    pub(super) fn cyclic_square<P: Product>(
        &mut self,
        product: &P,
        x: &[Floats],
        doubled: &[Floats],
        h: usize,
    ) {
        let half = h / 2;
        let odd = (h % 2) as f64;
        let factors = [Floats::both(1.0 + odd), Floats::both(odd)];
        for m in 0..h.div_ceil(2) {
            let middle = m + half;
            let mut sums = two_sums(product, &doubled[m + 1..middle], &x[middle + 1..middle + half + 1]);
            product.add(&mut sums[0], x[middle], x[middle]);
            product.add(&mut sums[1], doubled[middle], x[middle + 1]);
            product.add(&mut sums[0], x[m] * factors[0], x[middle + half]);
            product.add(&mut sums[1], x[m] * factors[1], x[middle + half + 1]);
            self.0[2 * m + 1..][..2].copy_from_slice(&sums.map(|sum| product.column(sum)));
        }
        self.close(h);
    }

    /// Adds what `digits` makes of the pairs of a number to the lower halves of the columns.
    pub(super) fn add_number(&mut self, number: &[Floats], digits: impl Fn([i64; 2]) -> [i64; 2]) {
        for (column, pair) in self.0[1..].iter_mut().zip(number) {
            let [first, second] = digits(pair.lanes().map(|digit| digit as i64));
            column.low = column.low + Words::new(first as u64, second as u64);
        }
    }

    /// Hands what column h - 1 hands on to column 0: as it is in the first lane, and with its bits inverted in the
    /// second, for minus. That is off by one, always.
    #[inline(always)]
    pub(super) fn close(&mut self, h: usize) {
        self.0[0].high = self.0[h].high ^ Words::new(0, u64::MAX);
    }

    /// The columns from k on, of which there are `count`.
    #[inline(always)]
    fn block<P: Product>(&mut self, product: &P, x: &[Floats], y: &[Floats], k: usize, count: usize) {
        match (P::WIDE, count) {
            (true, 3) => self.keep(product, k, sums::<P, 3, 3, 5>(product, x, y)),
            (_, 2) => self.keep(product, k, two_sums(product, x, y)),
            _ => self.keep(product, k, sums::<P, 1, 1, 1>(product, x, y)),
        }
    }

    #[inline(always)]
    fn keep<P: Product, const COLUMNS: usize>(&mut self, product: &P, k: usize, sums: [P::Sum; COLUMNS]) {
        self.0[k + 1..][..COLUMNS].copy_from_slice(&sums.map(|sum| product.column(sum)));
    }
}

const fn most_columns<P: Product>() -> usize {
    if P::WIDE { MAX_COLUMNS } else { 2 }
}

#[inline(always)]
fn two_sums<P: Product>(product: &P, x: &[Floats], y: &[Floats]) -> [P::Sum; 2] {
    if P::WIDE { sums::<P, 2, 3, 4>(product, x, y) } else { sums::<P, 2, 2, 3>(product, x, y) }
}

/// Neighbouring columns: the first digit of x meets the last `COLUMNS` digits of y, each further one those one
/// step lower. `WINDOW` digits of y meet `STEPS` digits of x at a time: a window of a known length is read at fixed
/// distances from one address, and what the loop itself costs is shared by all its products.
#[inline(always)]
fn sums<P: Product, const COLUMNS: usize, const STEPS: usize, const WINDOW: usize>(
    product: &P,
    x: &[Floats],
    y: &[Floats],
) -> [P::Sum; COLUMNS] {
    const { assert!(WINDOW == COLUMNS + STEPS - 1) };
    let mut sums = [P::Sum::default(); COLUMNS];
    let mut y = &y[..x.len() + COLUMNS - 1];
    let (chunks, last) = x.as_chunks::<STEPS>();
    for chunk in chunks {
        let Some(window) = y.last_chunk::<WINDOW>() else { break };
        for (sum, y) in sums.iter_mut().zip(window.array_windows::<STEPS>()) {
            product.add_all(sum, chunk, y);
        }
        y = &y[..y.len() - STEPS];
    }
    for (x, y) in last.iter().zip(y.windows(COLUMNS).rev()) {
        for (sum, y) in sums.iter_mut().zip(y) {
            product.add(sum, *x, *y);
        }
    }
    sums
}
