//! The power: squarings modulo n, as the [module](super) describes them, and the comparison.

use alloc::{vec, vec::Vec};

use super::super::engine::Power;
use super::super::montgomery::Modulus;
use super::columns::{Columns, Product};
use super::constants::{Constants, Shape, continue_downwards, continued, pad, zeros_before};
use super::digits::reduce;
use super::idle::Idle;
use super::lanes::{Floats, Words};
use super::memory::{Memory, Number, Workspace};
use super::rounding::Rounding;

/// Compares s^65537 mod n, for one n and one frame.
pub(in super::super) struct Power65537<P> {
    product: P,
    rounding: Rounding,
    shape: Shape,
    constants: Constants,
    after_square: Biases,
    after_multiply: Biases,
    expected: Expected,
    /// The memory of the last power, for the next. Powers that overlap have their own.
    idle: Idle<Memory>,
}

impl<P: Product> Power for Power65537<P> {
    fn yields(&self, number: &[u8], tail: &[u8]) -> bool {
        let mut memory = self.idle.take().unwrap_or_else(|| Memory::new(self.shape));
        let is_zero = self.difference_is_zero(&mut memory, number, tail);
        self.idle.put(memory);
        is_zero
    }
}

/// What must be added to columns: the bias of the rounding, less what the columns show where the value is zero.
struct Biases {
    ends: Vec<Words>,
    quotients: Vec<Words>,
    total: Vec<Words>,
}

/// What a power is compared with; the names are those of [`super`].
struct Expected {
    /// -u from the lowest digit on in the first lane, behind zeros for all digits of the tail but one.
    unit: Vec<Floats>,
    /// -u modulo X^h - 1 and X^h + 1, continued downwards.
    wrapped: Vec<Floats>,
    /// Those of the last multiplication, from which u times the frame is taken off.
    biases: Biases,
}

impl<P: Product> Power65537<P> {
    /// Prepares a modulus of 2048, 3072 or 4096 bits, and the frame.
    pub(in super::super) fn new(modulus: &Modulus, frame: &[u8]) -> Self {
        let shape = Shape::new::<P>(modulus);
        let mut power = Self {
            product: P::new(),
            rounding: Rounding::new::<P>(),
            constants: Constants::new(modulus, shape),
            after_square: Biases::none(),
            after_multiply: Biases::none(),
            expected: Expected { unit: Vec::new(), wrapped: Vec::new(), biases: Biases::none() },
            idle: Idle::nothing(),
            shape,
        };
        let (zero, mut space) = (vec![Floats::ZERO; shape.h], Workspace::new(shape));
        power.multiply(&zero, &zero, &mut space);
        power.after_multiply = power.biases(&mut space);
        power.square(&zero, &mut space);
        power.after_square = power.biases(&mut space);
        power.expect(frame, modulus.bits() / 8);
        power
    }

    /// Prepares the comparison.
    fn expect(&mut self, frame: &[u8], length: usize) {
        let Memory { base: mut unit, mut power, mut space, .. } = Memory::holding(&[1], self.shape);
        self.square_sixteen_times(&mut unit, &mut space);
        let followed_by_zeros = [frame, &vec![0; length - frame.len()]].concat();
        let Memory { base: frame, .. } = Memory::holding(&followed_by_zeros, self.shape);
        // u * frame / Y, then * Y^2 / Y.
        self.times(&unit, &frame, &mut space, &mut power);
        let over_y = power.clone();
        self.times(&over_y, &self.constants.unit_squared, &mut space, &mut power);

        let Shape { h, ends, .. } = self.shape;
        let tail = space.tail.len();
        let negative: Vec<_> = unit.iter().map(|pair| Floats::ZERO - *pair).collect();
        let mut row = vec![Floats::ZERO; ends + 2];
        from_both_ends(self.shape, &negative, &mut row);
        self.expected.unit = zeros_before(tail - 1, row[..ends].iter().map(|pair| pair.firsts(Floats::ZERO)));
        wrap(&negative, &mut row);
        self.expected.wrapped = continued(&row[..h]).split_off(h - tail);

        let zero = vec![Floats::ZERO; h];
        self.multiply(&zero, &zero, &mut space);
        self.take_off_tail(&mut space);
        // What stands in the columns is taken off by the biases.
        space.ends.add_number(&power, |[_, low]| [low, 0]);
        space.wrapped.add_number(&power, |[high, low]| [low + high, low - high]);
        self.expected.biases = self.biases(&mut space);
    }

    /// Whether `base`^65537 less the expected is zero modulo n, for `base` < n; `tail` is big-endian also.
    fn difference_is_zero(&self, memory: &mut Memory, base_bytes: &[u8], tail: &[u8]) -> bool {
        memory.read_tail(tail, P::WIDTH);
        memory.read(base_bytes, self.shape);
        let Memory { integers, base, power, space, .. } = memory;
        power.copy_from_slice(base);
        self.square_sixteen_times(power, space);
        self.multiply(power, base, space);
        self.take_off_tail(space);
        self.finish(&self.expected.biases, space, power);
        let lane = |lane: usize| power.iter().map(move |pair| pair.lanes()[lane] as i64);
        integers.clear();
        integers.extend(lane(1).chain(lane(0)));
        reduce(integers, &self.constants.modulus, P::WIDTH);
        integers.iter().all(|digit| *digit == 0)
    }

    /// From a to a^65536 / Y^65535.
    fn square_sixteen_times(&self, power: &mut Number, space: &mut Workspace) {
        for _ in 0..16 {
            self.square(power, space);
            self.reduce(&self.after_square, space, power);
        }
    }

    /// Writes a * b / Y over `result`.
    fn times(&self, a: &Number, b: &Number, space: &mut Workspace, result: &mut Number) {
        self.multiply(a, b, space);
        self.finish(&self.after_multiply, space, result);
    }

    /// As `reduce`, for those who do it once.
    #[inline(never)]
    fn finish(&self, biases: &Biases, space: &mut Workspace, result: &mut Number) {
        self.reduce(biases, space, result);
    }

    /// Takes u times the tail off the T in `ends` and `wrapped`.
    ///
    /// The tail has 257 bits at most, and u no more digits than 2h: their product ends far below the upper end of T.
    #[inline(never)]
    fn take_off_tail(&self, space: &mut Workspace) {
        let Shape { h, ends, .. } = self.shape;
        let Workspace { tail, quotients: from_ends, multiple: wrapped, .. } = space;
        from_ends.rows(&self.product, tail, &self.expected.unit, ends);
        space.ends.add(from_ends, ends);
        wrapped.rows(&self.product, tail, &self.expected.wrapped, h);
        space.wrapped.add(wrapped, h);
        space.wrapped.close(h);
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
    #[inline(never)]
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

    /// For what a square or a product of zeros has left in `ends` and `wrapped`.
    fn biases(&self, space: &mut Workspace) -> Biases {
        let Shape { h, ends, .. } = self.shape;
        space.digits.fill(Floats::ZERO);
        space.operand.fill(Floats::ZERO);
        self.quotients(space);
        self.multiple(space);
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
