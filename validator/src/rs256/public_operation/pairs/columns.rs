//! Sums of digit products, column by column.
//!
//! Column k of x * y is the sum of all x_i * y_j with i + j = k. Here is only the order in which products are
//! taken; how they are added up exactly is the business of a [`Product`]. Neighbouring columns are summed
//! together, in registers from beginning to end: a sum that went through memory would wait for it at every step.

use super::lanes::{Floats, Words};

/// Exact sums of products of digits, which are whole numbers held as `f64`.
pub(in super::super) trait Product {
    /// Digits are of radix 2^WIDTH, about half of them negative.
    const WIDTH: u32;

    /// Digits of the upper end of a product to compute beyond those of the quotient.
    const SPARE: usize;

    /// Whether the loops over products take two digits at a time. That halves what the loops themselves cost, as long
    /// as all of it stays in registers.
    const TWO_AT_A_TIME: bool;

    /// The running sum of one column.
    type Sum: Copy + Default;

    fn new() -> Self;

    /// Adds x * y.
    fn add(&self, sum: &mut Self::Sum, x: Floats, y: Floats);

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

/// Columns summed at a time: their sums, the constants and the digits just fit 16 registers.
const BLOCK: usize = 3;

/// The zeros that must stand before and behind the digits of y in [`Columns::product`].
pub(super) const PADDING: usize = BLOCK - 1;

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
        while k + BLOCK <= columns {
            let last = k + BLOCK;
            self.block::<P, BLOCK>(product, &x[..last], y_of(k, last), k);
            k = last;
        }
        match columns - k {
            2 => self.block::<P, 2>(product, x, y_of(k, columns), k),
            1 => self.block::<P, 1>(product, x, y_of(k, columns), k),
            _ => (),
        }
    }

    /// x * y modulo X^h - 1 in the first lane and X^h + 1 in the second, for h digits of x; y is continued
    /// downwards to index 1 - h.
    pub(super) fn cyclic_product<P: Product>(&mut self, product: &P, x: &[Floats], y: &[Floats]) {
        let h = x.len();
        let mut k = 0;
        while k + BLOCK <= h {
            self.block::<P, BLOCK>(product, x, &y[k..], k);
            k += BLOCK;
        }
        match h - k {
            2 => self.block::<P, 2>(product, x, &y[k..], k),
            1 => self.block::<P, 1>(product, x, &y[k..], k),
            _ => (),
        }
        self.close(h);
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
            let mut sums = sums::<P, 2>(product, &doubled[..middle], &x[middle + 1..2 * middle + 2]);
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
            let mut sums = sums::<P, 2>(product, &doubled[m + 1..middle], &x[middle + 1..middle + half + 1]);
            product.add(&mut sums[0], x[middle], x[middle]);
            product.add(&mut sums[1], doubled[middle], x[middle + 1]);
            product.add(&mut sums[0], x[m] * factors[0], x[middle + half]);
            product.add(&mut sums[1], x[m] * factors[1], x[middle + half + 1]);
            self.0[2 * m + 1..][..2].copy_from_slice(&sums.map(|sum| product.column(sum)));
        }
        self.close(h);
    }

    /// Hands what column h - 1 hands on to column 0: as it is in the first lane, and with its bits inverted in the
    /// second, for minus. That is off by one, always.
    #[inline(always)]
    fn close(&mut self, h: usize) {
        self.0[0].high = self.0[h].high ^ Words::new(0, u64::MAX);
    }

    #[inline(always)]
    fn block<P: Product, const COLUMNS: usize>(&mut self, product: &P, x: &[Floats], y: &[Floats], k: usize) {
        let sums = sums::<P, COLUMNS>(product, x, &y[..x.len() + COLUMNS - 1]);
        self.0[k + 1..][..COLUMNS].copy_from_slice(&sums.map(|sum| product.column(sum)));
    }
}

/// Neighbouring columns: the first digit of x meets the last `COLUMNS` digits of y, each further one those one
/// step lower.
#[inline(always)]
fn sums<P: Product, const COLUMNS: usize>(product: &P, x: &[Floats], y: &[Floats]) -> [P::Sum; COLUMNS] {
    let mut sums = [P::Sum::default(); COLUMNS];
    let mut y = &y[..x.len() + COLUMNS - 1];
    let (pairs, last) = if P::TWO_AT_A_TIME { x.as_chunks::<2>() } else { (&[][..], x) };
    for pair in pairs {
        add_steps(product, &mut sums, pair, &y[y.len() - COLUMNS - 1..]);
        y = &y[..y.len() - 2];
    }
    add_steps(product, &mut sums, last, y);
    sums
}

#[inline(always)]
fn add_steps<P: Product, const COLUMNS: usize>(
    product: &P,
    sums: &mut [P::Sum; COLUMNS],
    x: &[Floats],
    y: &[Floats],
) {
    for (x, y) in x.iter().zip(y.windows(COLUMNS).rev()) {
        for (sum, y) in sums.iter_mut().zip(y) {
            product.add(sum, *x, *y);
        }
    }
}
