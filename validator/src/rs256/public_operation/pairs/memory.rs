//! The memory of a power, which the next one takes over.

use alloc::{vec, vec::Vec};

use super::super::PublicOperation;
use super::columns::Columns;
use super::constants::Shape;
use super::digits::read_balanced;
use super::lanes::Floats;

/// A number's pairs: (digit i + h, digit i).
pub(super) type Number = Vec<Floats>;

/// Memory for one power.
pub(super) struct Memory {
    little_endian: Vec<u8>,
    pub(super) integers: Vec<i64>,
    pub(super) base: Number,
    pub(super) power: Number,
    pub(super) space: Workspace,
}

/// Memory for one multiplication.
pub(super) struct Workspace {
    /// T from both ends.
    pub(super) ends: Columns,
    /// T modulo X^h - 1 and X^h + 1.
    pub(super) wrapped: Columns,
    /// The quotients from both ends.
    pub(super) quotients: Columns,
    /// The quotients times n / 2, modulo X^h - 1 and X^h + 1.
    pub(super) multiple: Columns,
    pub(super) digits: Vec<Floats>,
    pub(super) operand: Vec<Floats>,
    pub(super) doubled: Vec<Floats>,
    /// The second factor, padded or continued.
    pub(super) factor: Vec<Floats>,
    /// The digits of the tail, in both lanes.
    pub(super) tail: Vec<Floats>,
}

/// The bits of the longest tail, and one for the sign of the last digit.
const TAIL_BITS: usize = 8 * PublicOperation::MAX_TAIL + 1;

impl Memory {
    pub(super) fn new(shape: Shape) -> Self {
        let number = vec![Floats::ZERO; shape.h];
        Self {
            little_endian: Vec::new(),
            integers: Vec::new(),
            base: number.clone(),
            power: number,
            space: Workspace::new(shape),
        }
    }

    /// The same with a base.
    pub(super) fn holding(bytes: &[u8], shape: Shape) -> Self {
        let mut memory = Self::new(shape);
        memory.read(bytes, shape);
        memory
    }

    /// Reads the base, big-endian.
    pub(super) fn read(&mut self, bytes: &[u8], Shape { width, h, .. }: Shape) {
        self.read_digits(bytes, width, 2 * h);
        let (low, high) = self.integers.split_at(h);
        for ((pair, low), high) in self.base.iter_mut().zip(low).zip(high) {
            *pair = Floats::new(*high as f64, *low as f64);
        }
    }

    pub(super) fn read_tail(&mut self, bytes: &[u8], width: u32) {
        self.read_digits(bytes, width, self.space.tail.len());
        for (pair, digit) in self.space.tail.iter_mut().zip(&self.integers) {
            *pair = Floats::both(*digit as f64);
        }
    }

    fn read_digits(&mut self, bytes: &[u8], width: u32, count: usize) {
        self.little_endian.clear();
        self.little_endian.extend(bytes.iter().rev());
        self.integers.resize(count, 0);
        read_balanced(&self.little_endian, width, &mut self.integers);
    }
}

impl Workspace {
    pub(super) fn new(Shape { width, h, ends, .. }: Shape) -> Self {
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
            tail: vec![Floats::ZERO; TAIL_BITS.div_ceil(width as usize)],
        }
    }
}
