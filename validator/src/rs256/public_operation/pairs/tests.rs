//! Exactness at the bounds that the comments claim.

use super::columns::{Columns, Product};
use super::constants::{continued, padded, zeros_before};
use super::digits::{balanced, plain, reduce};
use super::fused::Fused;
use super::lanes::{Floats, Words};
use super::rounding::Rounding;
use super::simd::Simd;
use num_bigint::{BigInt, Sign};

/// Digits of magnitude `largest`, with the signs of some rows that add up most or cancel most.
fn extreme_rows(count: usize, largest: i64) -> Vec<Vec<[i64; 2]>> {
    let row = |sign: &dyn Fn(usize) -> bool| -> Vec<[i64; 2]> {
        let digit = |i| if sign(i) { -largest } else { largest };
        (0..count).map(|i| [digit(i), digit(count + 3 * i)]).collect()
    };
    let hash = |i: usize| i.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(20) & 1 == 1;
    let mut rows =
        vec![row(&|_| false), row(&|_| true), row(&|i| i % 2 == 0), row(&|i| i % 4 < 2), row(&hash)];
    // The largest odd digits have errors of rounding where powers of two have none.
    rows.push(rows[4].iter().map(|pair| pair.map(|digit| digit - digit.signum())).collect());
    rows
}

fn floats(row: &[[i64; 2]]) -> Vec<Floats> {
    row.iter().map(|[first, second]| Floats::new(*first as f64, *second as f64)).collect()
}

fn doubled(row: &[Floats]) -> Vec<Floats> {
    row.iter().map(|digit| *digit + *digit).collect()
}

fn integers(words: Words) -> [i64; 2] {
    words.floats().lanes().map(|lane| lane.to_bits() as i64)
}

/// The columns' values, less what the same computation shows for zeros.
fn values<P: Product>(count: usize, compute: impl Fn(&mut Columns, bool)) -> Vec<[i128; 2]> {
    let [columns, zeros] = [false, true].map(|zero| {
        let mut columns = Columns::new(count);
        compute(&mut columns, zero);
        columns
    });
    let value = |k: usize| {
        let (column, zero) = (&columns.0[k + 1], &zeros.0[k + 1]);
        let (low, high) = (integers(column.low - zero.low), integers(column.high - zero.high));
        [0, 1].map(|lane| i128::from(low[lane]) + (i128::from(high[lane]) << P::WIDTH))
    };
    (0..count).map(value).collect()
}

/// Column k of x * y modulo X^h - 1 in the first lane and X^h + 1 in the second.
fn cyclic(x: &[[i64; 2]], y: &[[i64; 2]], k: usize) -> [i128; 2] {
    let h = x.len();
    let term = |i: usize, lane: usize| {
        let sign = if lane == 1 && i > k { -1 } else { 1 };
        sign * i128::from(x[i][lane]) * i128::from(y[(h + k - i) % h][lane])
    };
    [0, 1].map(|lane| (0..h).map(|i| term(i, lane)).sum())
}

fn linear(x: &[[i64; 2]], y: &[[i64; 2]], k: usize) -> [i128; 2] {
    [0, 1].map(|lane| (0..=k).map(|i| i128::from(x[i][lane]) * i128::from(y[k - i][lane])).sum())
}

fn assert_columns(found: &[[i128; 2]], what: &str, expected: impl Fn(usize) -> [i128; 2]) {
    for (k, found) in found.iter().enumerate() {
        assert_eq!(*found, expected(k), "column {k} of {what}");
    }
}

fn columns_are_exact<P: Product>(sizes: &[usize]) {
    let product = P::new();
    let digit = (1_i64 << (P::WIDTH - 1)) + (1 << 10);
    for &h in sizes {
        let zeros = vec![Floats::ZERO; h];
        for x in extreme_rows(h, 2 * digit) {
            for y in extreme_rows(h, digit) {
                let found = values::<P>(h, |columns, zero| {
                    let x = if zero { zeros.clone() } else { floats(&x) };
                    columns.cyclic_product(&product, &x, &continued(&floats(&y)));
                });
                assert_columns(&found, "cyclic product", |k| cyclic(&x, &y, k));
            }
            let found = values::<P>(h, |columns, zero| {
                let x = if zero { zeros.clone() } else { floats(&x) };
                let mut around: Vec<_> = x[h - h / 2..].iter().map(|digit| digit.conjugate()).collect();
                around.extend(&x);
                around.push(x[0].conjugate());
                columns.cyclic_square(&product, &around, &doubled(&around), h);
            });
            assert_columns(&found, "cyclic square", |k| cyclic(&x, &x, k));
        }
        let short = 257_usize.div_ceil(P::WIDTH as usize);
        for x in extreme_rows(short, digit) {
            for y in extreme_rows(h, 2 * digit) {
                let found = values::<P>(h, |columns, zero| {
                    let x = if zero { zeros[..short].to_vec() } else { floats(&x) };
                    let y = zeros_before(short - 1, floats(&y).into_iter());
                    columns.rows(&product, &x, &y, h);
                });
                let padded: Vec<_> = x.iter().copied().chain(vec![[0; 2]; h - short]).collect();
                assert_columns(&found, "short product", |k| linear(&padded, &y, k));
            }
        }
        for x in extreme_rows(h, digit) {
            let found = values::<P>(h, |columns, zero| {
                let x = if zero { zeros.clone() } else { floats(&x) };
                columns.product(&product, &x, &padded(&floats(&extreme_rows(h, digit)[4])));
            });
            let y = &extreme_rows(h, digit)[4];
            assert_columns(&found, "product", |k| linear(&x, y, k));
            let found = values::<P>(h, |columns, zero| {
                let mut x = if zero { zeros.clone() } else { floats(&x) };
                x.extend([Floats::ZERO; 2]);
                columns.square(&product, &x, &doubled(&x), h);
            });
            assert_columns(&found, "square", |k| linear(&x, &x, k));
        }
    }
}

#[test]
fn fused_columns_are_exact_for_the_largest_digits() {
    columns_are_exact::<Fused>(&[21, 22, 32, 42, 43]);
}

#[test]
fn simd_columns_are_exact_for_the_largest_digits() {
    columns_are_exact::<Simd>(&[45, 47, 67, 69, 90]);
}

/// The value of columns or digits: first lane below, second above.
fn value(rows: &[[i64; 2]], width: u32) -> BigInt {
    let digits = rows.iter().map(|pair| pair[0]).chain(rows.iter().map(|pair| pair[1]));
    digits.rev().fold(BigInt::ZERO, |value, digit| (value << width) + digit)
}

fn rounding_keeps_the_value<P: Product>(h: usize) {
    let rounding = Rounding::new::<P>();
    let modulus = (BigInt::from(1) << (2 * h * P::WIDTH as usize)) - 1;
    for largest in [1 << 58, (1 << 58) - 12345, 1 << (P::WIDTH - 1), 3] {
        for columns in extreme_rows(h, largest) {
            let biased =
                columns.iter().map(|pair| Words::new(pair[0] as u64, pair[1] as u64) + rounding.bias);
            let biased: Vec<_> = biased.collect();
            let mut digits = vec![Floats::ZERO; h];
            rounding.around::<P>(biased.into_iter(), &mut digits);
            let digits: Vec<_> = digits.iter().map(|pair| pair.lanes().map(|digit| digit as i64)).collect();
            let bound = (1 << (P::WIDTH - 1)) + (largest >> P::WIDTH) + 1;
            assert!(digits.iter().flatten().all(|digit| digit.abs() <= bound));
            let difference: BigInt = value(&columns, P::WIDTH) - value(&digits, P::WIDTH);
            assert_eq!(BigInt::sign(&(difference % &modulus)), Sign::NoSign);
        }
    }
}

#[test]
fn rounding_keeps_the_value_of_the_largest_columns() {
    rounding_keeps_the_value::<Fused>(21);
    rounding_keeps_the_value::<Fused>(32);
    rounding_keeps_the_value::<Simd>(90);
}

#[test]
fn a_result_some_moduli_off_is_brought_into_range() {
    let almost: BigInt = (BigInt::from(1) << 2048) - 12345;
    some_moduli_off(&almost, &[BigInt::ZERO, BigInt::from(1), &almost / 2, &almost - 1]);
}

/// The floats that count the moduli are rounded, up for some moduli and down for others, which matters beside a multiple.
#[test]
fn a_result_beside_a_multiple_of_any_modulus_is_brought_into_range() {
    let mut modulus: BigInt = BigInt::from(0xb504_f333_u64) << 2016 | BigInt::from(1);
    for _ in 0..60 {
        // As good as drawn: every other bit depends on all the lower ones.
        modulus = (&modulus * &modulus + (&modulus >> 1024) + 1) % (BigInt::from(1) << 2047) * 2 + 1;
        modulus |= BigInt::from(1) << 2047;
        some_moduli_off(&modulus, &[BigInt::ZERO, BigInt::from(1), &modulus - 1]);
    }
}

fn some_moduli_off(modulus: &BigInt, offsets: &[BigInt]) {
    let digits = |number: &BigInt, width| {
        let digits = balanced(&number.to_bytes_le().1, width, 2058 / width as usize + 1);
        let sign = if number.sign() == Sign::Minus { -1 } else { 1 };
        digits.into_iter().map(|digit| sign * digit).collect::<Vec<_>>()
    };
    let plain_digits =
        |number: &BigInt, width| plain(&number.to_bytes_le().1, width, 2058 / width as usize + 1);
    for width in [23, 49] {
        let plain = plain_digits(modulus, width);
        for offset in offsets {
            for count in -13..13 {
                let mut found = digits(&(offset + modulus * count), width);
                reduce(&mut found, &plain, width);
                let expected = plain_digits(offset, width);
                assert_eq!(found, expected, "{count} moduli off, width {width}");
            }
        }
    }
}

/// Every number of two bytes, at widths so small that every digit and every carry between digits comes by.
#[test]
fn digits_keep_the_value_and_their_bounds_for_every_number_at_small_widths() {
    for width in 2..=8 {
        let count = 16 / width as usize + 2;
        for number in (0..=u16::MAX).step_by(if cfg!(miri) { 997 } else { 1 }) {
            let value = |digits: &[i64]| digits.iter().rev().fold(0, |value, digit| (value << width) + digit);
            let plain = plain(&number.to_le_bytes(), width, count);
            assert!(plain.iter().all(|digit| (0..1 << width).contains(digit)));
            let balanced = balanced(&number.to_le_bytes(), width, count);
            assert!(balanced.iter().all(|digit| (-(1 << (width - 1))..1 << (width - 1)).contains(digit)));
            assert_eq!((value(&plain), value(&balanced)), (i64::from(number), i64::from(number)), "{width}");
        }
    }
}
