//! The weights of a few classes as small whole numbers, which the processor adds up and squares side by side.

/// Up to this many classes are counted.
pub(super) const CLASSES: usize = 8;

/// Rows that weigh more together are not counted: their squares would not fit.
pub(super) const MOST: i16 = i16::MAX;

/// The weight of each class.
pub(super) type Counts = [i16; CLASSES];

/// A class and a weight.
pub(super) type Counted = (u16, i16);

/// A node's rows, some of them on the left of a cut.
#[derive(Clone, Copy)]
pub(super) struct Sides {
    all: Counts,
    /// The weight of all rows, and the sum of the squares of the classes' weights.
    weight: i32,
    squares: i32,
    pub(super) left: Counts,
}

impl Sides {
    /// All rows are on the right.
    pub(super) fn new(rows: &[Counted]) -> Self {
        let mut all = Counts::default();
        for (class, weight) in rows {
            all[usize::from(*class) % CLASSES] += weight;
        }
        Self {
            all,
            weight: all.iter().map(|n| i32::from(*n)).sum(),
            squares: all.iter().map(|n| i32::from(*n) * i32::from(*n)).sum(),
            left: Counts::default(),
        }
    }

    #[inline(always)]
    pub(super) fn add(&mut self, counts: &Counts) {
        for (left, count) in self.left.iter_mut().zip(counts) {
            *left = left.wrapping_add(*count);
        }
    }

    /// The sum of both sides' scores, by Gini's index.
    #[inline(always)]
    pub(super) fn score(&self) -> f64 {
        let weight = products(&self.left, &[1; CLASSES]);
        let squares = products(&self.left, &self.left);
        let products = products(&self.left, &self.all);
        // The squares of what is not on the left.
        let rest = (self.squares - products) - (products - squares);
        let sides = [weight, self.weight - weight, squares, rest].map(f64::from);
        (sides[2] * sides[1] + sides[3] * sides[0]) / (sides[0] * sides[1])
    }
}

/// The sum of the products: of three instructions if the compiler sees what this is.
#[inline(always)]
fn products(a: &Counts, b: &Counts) -> i32 {
    let mut products = [0; CLASSES];
    for (product, (a, b)) in products.iter_mut().zip(a.iter().zip(b)) {
        *product = i32::from(*a) * i32::from(*b);
    }
    products.iter().sum()
}

/// The weights of rows that weigh 1 each, in one number of 64 bits, an equal part of the bits for each class.
#[derive(Clone, Copy, Debug)]
pub(super) struct Packed {
    n_classes: u32,
    bits: u32,
}

impl Packed {
    /// `None` if there are too many classes.
    pub(super) fn new(n_classes: usize) -> Option<Self> {
        (n_classes <= CLASSES).then(|| Self {
            n_classes: n_classes as u32,
            bits: u64::BITS / n_classes as u32,
        })
    }

    /// The most rows of a class.
    #[inline(always)]
    pub(super) fn most(self) -> u64 {
        u64::MAX >> (u64::BITS - self.bits)
    }

    #[inline(always)]
    pub(super) fn one(self, class: u32) -> u64 {
        1 << (class * self.bits)
    }

    /// Adds the number of each class's rows to its weight.
    #[inline(always)]
    pub(super) fn add_to(self, packed: u64, weights: &mut [f64]) {
        for (class, weight) in (0..self.n_classes).zip(weights) {
            *weight += (packed >> (class * self.bits) & self.most()) as i64 as f64;
        }
    }
}
