//! The power: squarings modulo n, as the [module](super) describes them.

use super::super::engine::Power;
use super::super::montgomery::Modulus;
use super::columns::{Columns, Product};
use super::constants::{Constants, Shape, continue_downwards, pad};
use super::digits::{read_balanced, to_big_endian};
use super::lanes::{Floats, Words};
use super::rounding::Rounding;
use std::sync::{Mutex, PoisonError};

/// Computes s^65537 mod n for one n.
pub(in super::super) struct Power65537<P> {
    product: P,
    rounding: Rounding,
    shape: Shape,
    constants: Constants,
    after_square: Biases,
    after_multiply: Biases,
    /// The memory of the last power, for the next. Powers that overlap have their own.
    idle: Mutex<Option<Memory>>,
}

impl<P: Product> Power for Power65537<P> {
    fn power(&self, base: &[u8], result: &mut [u8]) {
        // A panic elsewhere could not leave memory here that is half written: it is put back whole or not at all.
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = idle().take();
        let mut memory = taken.unwrap_or_else(|| Memory::new(self.shape));
        self.apply_in(&mut memory, base, result);
        *idle() = Some(memory);
    }
}

/// A number's pairs: (digit i + h, digit i).
type Number = Vec<Floats>;

/// What must be added to columns: the bias of the rounding, less what the columns show where the value is zero.
struct Biases {
    ends: Vec<Words>,
    quotients: Vec<Words>,
    total: Vec<Words>,
}

/// Memory for one power.
struct Memory {
    little_endian: Vec<u8>,
    integers: Vec<i64>,
    base: Number,
    power: Number,
    space: Workspace,
}

/// Memory for one multiplication.
struct Workspace {
    /// T from both ends.
    ends: Columns,
    /// T modulo X^h - 1 and X^h + 1.
    wrapped: Columns,
    /// The quotients from both ends.
    quotients: Columns,
    /// The quotients times n / 2, modulo X^h - 1 and X^h + 1.
    multiple: Columns,
    digits: Vec<Floats>,
    operand: Vec<Floats>,
    doubled: Vec<Floats>,
    /// The second factor, padded or continued.
    factor: Vec<Floats>,
}

impl<P: Product> Power65537<P> {
    /// Prepares a modulus of 2048, 3072 or 4096 bits.
    pub(in super::super) fn new(modulus: &Modulus) -> Self {
        let shape = Shape::new::<P>(modulus);
        let mut power = Self {
            product: P::new(),
            rounding: Rounding::new::<P>(),
            constants: Constants::new(modulus, shape),
            after_square: Biases::none(),
            after_multiply: Biases::none(),
            idle: Mutex::new(None),
            shape,
        };
        let zero = vec![Floats::ZERO; shape.h];
        power.after_square = power.biases(|space| power.square(&zero, space));
        power.after_multiply = power.biases(|space| power.multiply(&zero, &zero, space));
        power
    }

    /// Writes `base`^65537 mod n over `result`, for `base` < n; both big-endian.
    fn apply_in(&self, memory: &mut Memory, base_bytes: &[u8], result: &mut [u8]) {
        memory.read(base_bytes, self.shape);
        let Memory { integers, base, power, space, .. } = memory;
        // Every multiplication divides by X^h / 2: so numbers are kept multiplied by it, except the last factor.
        for step in 0..18 {
            match step {
                0 => self.multiply(base, &self.constants.unit_squared, space),
                17 => self.multiply(power, base, space),
                _ => self.square(power, space),
            }
            let biases = if matches!(step, 0 | 17) { &self.after_multiply } else { &self.after_square };
            self.reduce(biases, space, power);
        }
        let lane = |lane: usize| power.iter().map(move |pair| pair.lanes()[lane] as i64);
        integers.clear();
        integers.extend(lane(1).chain(lane(0)));
        to_big_endian(integers, &self.constants.modulus, P::WIDTH, result);
    }

    /// Leaves a^2 in `ends` and `wrapped`.
    #[inline(always)]
    fn square(&self, a: &Number, space: &mut Workspace) {
        let Shape { h, ends, .. } = self.shape;
        let Workspace { operand, doubled, .. } = space;
        from_both_ends(self.shape, a, operand);
        double(&operand[..ends.div_ceil(2)], doubled);
        space.ends.square(&self.product, operand, doubled, ends);
        let half = h / 2;
        wrap(a, &mut operand[half..]);
        for i in 0..half {
            operand[i] = operand[h + i].conjugate();
        }
        operand[half + h] = operand[half].conjugate();
        double(&operand[..h], doubled);
        space.wrapped.cyclic_square(&self.product, operand, doubled, h);
    }

    /// Leaves a * b in `ends` and `wrapped`.
    fn multiply(&self, a: &Number, b: &Number, space: &mut Workspace) {
        let Shape { h, ends, .. } = self.shape;
        let Workspace { operand, doubled, factor, .. } = space;
        from_both_ends(self.shape, a, operand);
        from_both_ends(self.shape, b, doubled);
        pad(&doubled[..ends], factor);
        space.ends.product(&self.product, &operand[..ends], factor);
        wrap(a, operand);
        wrap(b, doubled);
        continue_downwards(&doubled[..h], factor);
        space.wrapped.cyclic_product(&self.product, &operand[..h], factor);
    }

    /// Writes 2 T / X^h modulo n over `result`, for the T in `ends` and `wrapped`.
    #[inline(always)]
    fn reduce(&self, biases: &Biases, space: &mut Workspace, result: &mut Number) {
        let Shape { digits, h, ends, .. } = self.shape;
        let sums = biased(end_sums(&space.ends, ends), &biases.ends);
        self.rounding.both_ends::<P>(sums, &mut space.digits[..ends]);
        self.quotients(space);
        let sums = biased(quotient_sums(&space.quotients, ends), &biases.quotients);
        self.rounding.both_ends::<P>(sums, &mut space.digits[..ends]);
        combine(&space.digits[..h], &space.digits[..digits - h], &mut space.operand[..h]);
        self.multiple(space);
        let sums = biased(total_sums(&space.wrapped, &space.multiple, h), &biases.total);
        self.rounding.around::<P>(sums, result);
    }

    #[inline(always)]
    fn quotients(&self, space: &mut Workspace) {
        let ends = self.shape.ends;
        space.quotients.product(&self.product, &space.digits[..ends], &self.constants.reciprocals);
    }

    #[inline(always)]
    fn multiple(&self, space: &mut Workspace) {
        let operand = &space.operand[..self.shape.h];
        space.multiple.cyclic_product(&self.product, operand, &self.constants.half_modulus);
    }

    /// `square_or_multiply` is to be called with zeros.
    fn biases(&self, square_or_multiply: impl Fn(&mut Workspace)) -> Biases {
        let Shape { h, ends, .. } = self.shape;
        let mut space = Workspace::new(self.shape);
        square_or_multiply(&mut space);
        space.operand.fill(Floats::ZERO);
        self.quotients(&mut space);
        self.multiple(&mut space);
        let bias = |sum| self.rounding.bias - sum;
        Biases {
            ends: end_sums(&space.ends, ends).map(bias).collect(),
            quotients: quotient_sums(&space.quotients, ends).map(bias).collect(),
            total: total_sums(&space.wrapped, &space.multiple, h).map(bias).collect(),
        }
    }
}

impl Biases {
    fn none() -> Self {
        Self { ends: Vec::new(), quotients: Vec::new(), total: Vec::new() }
    }
}

impl Memory {
    fn new(shape: Shape) -> Self {
        let number = vec![Floats::ZERO; shape.h];
        Self {
            little_endian: Vec::new(),
            integers: Vec::new(),
            base: number.clone(),
            power: number,
            space: Workspace::new(shape),
        }
    }

    /// Reads the base, big-endian.
    fn read(&mut self, bytes: &[u8], Shape { width, h, .. }: Shape) {
        self.little_endian.clear();
        self.little_endian.extend(bytes.iter().rev());
        self.integers.resize(2 * h, 0);
        read_balanced(&self.little_endian, width, &mut self.integers);
        let (low, high) = self.integers.split_at(h);
        for ((pair, low), high) in self.base.iter_mut().zip(low).zip(high) {
            *pair = Floats::new(*high as f64, *low as f64);
        }
    }
}

impl Workspace {
    fn new(Shape { h, ends, .. }: Shape) -> Self {
        let room = vec![Floats::ZERO; ends.max(h + h / 2) + 2];
        Self {
            ends: Columns::new(ends),
            wrapped: Columns::new(h),
            quotients: Columns::new(ends),
            multiple: Columns::new(h),
            digits: room.clone(),
            operand: room.clone(),
            doubled: room,
            factor: Vec::new(),
        }
    }
}

/// (digit i from below, digit i from above), then zeros.
#[inline(always)]
fn from_both_ends(Shape { digits, h, ends, .. }: Shape, a: &[Floats], operand: &mut [Floats]) {
    let upper = digits - h;
    let (upwards, downwards) = (&a[..h], &a[..upper]);
    for ((operand, low), high) in operand.iter_mut().zip(upwards).zip(downwards.iter().rev()) {
        *operand = low.second_first(*high);
    }
    // The second lane goes on downwards in the lower half; what stands in the first beyond h is not read.
    for i in upper..ends {
        operand[i] = a[i.min(h - 1)].seconds(a[digits - 1 - i]);
    }
    operand[ends..ends + 2].fill(Floats::ZERO);
}

/// The number modulo X^h - 1 and X^h + 1.
#[inline(always)]
fn wrap(a: &[Floats], operand: &mut [Floats]) {
    for (operand, pair) in operand.iter_mut().zip(a) {
        *operand = pair.seconds(*pair) + pair.firsts(*pair).conjugate();
    }
}

/// q_m - q_b X^h modulo X^h - 1 and X^h + 1, from q_m upwards in the first lane of `low`, and q_b downwards in the
/// second of `high`.
#[inline(always)]
fn combine(low: &[Floats], high: &[Floats], operand: &mut [Floats]) {
    if let (Some(last), Some(low)) = (operand.last_mut(), low.last()) {
        *last = low.firsts(*low);
    }
    for ((operand, low), high) in operand.iter_mut().zip(low).zip(high.iter().rev()) {
        *operand = low.firsts(*low) - high.seconds(*high).conjugate();
    }
}

#[inline(always)]
fn double(digits: &[Floats], doubled: &mut [Floats]) {
    for (doubled, digit) in doubled.iter_mut().zip(digits) {
        *doubled = *digit + *digit;
    }
}

#[inline(always)]
fn biased<'a>(
    sums: impl DoubleEndedIterator<Item = Words> + ExactSizeIterator + Clone + 'a,
    biases: &'a [Words],
) -> impl DoubleEndedIterator<Item = Words> + Clone + 'a {
    sums.zip(biases).map(|(sum, bias)| sum + *bias)
}

/// T's digits from both ends: at k, those of weights k and 2D - 1 - k. The column at k of the second lane weighs
/// 2D - 2 - k.
#[inline(always)]
fn end_sums(
    ends: &Columns,
    count: usize,
) -> impl DoubleEndedIterator<Item = Words> + ExactSizeIterator + Clone {
    ends.0[..count + 1].windows(2).map(|columns| {
        let (before, this) = (&columns[0], &columns[1]);
        this.low.first_second(before.low) + before.high.first_second(this.high)
    })
}

/// The quotients' digits from both ends: at k, those of weights k and D - h - 1 - k, as their columns.
#[inline(always)]
fn quotient_sums(
    quotients: &Columns,
    count: usize,
) -> impl DoubleEndedIterator<Item = Words> + ExactSizeIterator + Clone {
    quotients.0[..count + 2].windows(3).map(|columns| {
        let (before, this, after) = (&columns[0], &columns[1], &columns[2]);
        this.low + before.high.first_second(after.high)
    })
}

/// The sum of step 3: from half of it modulo X^h - 1 and X^h + 1 to its two halves. Inverted bits stand for a minus;
/// that is off by one, always.
#[inline(always)]
fn total_sums<'a>(
    wrapped: &'a Columns,
    multiple: &'a Columns,
    h: usize,
) -> impl DoubleEndedIterator<Item = Words> + ExactSizeIterator + Clone + 'a {
    wrapped.0[..h + 1].windows(2).zip(multiple.0[..h + 1].windows(2)).map(|(wrapped, multiple)| {
        let sum = wrapped[1].with(&wrapped[0]) + multiple[1].with(&multiple[0]);
        sum.firsts(sum) + (sum.seconds(sum) ^ Words::new(0, u64::MAX))
    })
}
