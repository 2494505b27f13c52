//! What trees of a forest learn about a row, and how good a split of it is.
//!
//! The rows of a node are told by a few sums, which are added up over rows and subtracted from those of the parent. A
//! split is as good as the sum of both sides' [`Response::score`]; what that is more than the node's own score is how
//! much the split lowers impurity times weight.

use super::{
    block::Row,
    counts::{CLASSES, Counted, Counts, MOST, Packed},
};

/// Features that are looked at side by side.
pub(super) const LANES: usize = 4;

/// Sums that tell a node: an array if their number is known to the compiler, which keeps them in registers.
pub(super) trait Sums: Clone + Send + Sync + AsRef<[f64]> + AsMut<[f64]> {
    /// `n` zeros.
    fn zeros(n: usize) -> Self;

    #[inline(always)]
    fn clear(&mut self) {
        self.as_mut().fill(0.0);
    }

    #[inline(always)]
    fn add(&mut self, other: &Self) {
        for (sum, other) in self.as_mut().iter_mut().zip(other.as_ref()) {
            *sum += other;
        }
    }

    /// Becomes what `total` is more than `part`.
    #[inline(always)]
    fn set_rest(&mut self, total: &Self, part: &Self) {
        let parts = total.as_ref().iter().zip(part.as_ref());
        for (rest, (total, part)) in self.as_mut().iter_mut().zip(parts) {
            *rest = total - part;
        }
    }
}

impl<const N: usize> Sums for [f64; N] {
    #[inline(always)]
    fn zeros(_: usize) -> Self {
        [0.0; N]
    }
}

impl Sums for Vec<f64> {
    fn zeros(n: usize) -> Self {
        vec![0.0; n]
    }
}

/// What is learnt: classes or numbers.
pub(super) trait Response: Sized + Sync {
    /// One of it.
    type Y: Copy + PartialEq + Send + Sync;
    type Sums: Sums;

    /// Values of an answer.
    fn width(&self) -> usize;

    /// The factors that give each class of these rows, told with how often each is there, the same weight.
    fn balance(&self, rows: impl Iterator<Item = (Self::Y, u32)>) -> impl Fn(Self::Y) -> f32;

    /// The sums of no rows.
    fn zeros(&self) -> Self::Sums;

    /// Adds a row of weight `w`.
    fn add(&self, sums: &mut Self::Sums, y: Self::Y, w: f64);

    /// Whether counts say as much as the sums of these rows.
    fn is_counted(&self, _: &Self::Sums) -> bool {
        false
    }

    /// A row of those that are counted.
    fn counted(&self, _: &Row<Self::Y>) -> Counted {
        unreachable!("no rows are counted")
    }

    /// The sums of rows that are counted.
    fn summed(&self, _: &Counts) -> Self::Sums {
        unreachable!("no rows are counted")
    }

    /// The sums of the rows that go left by each of a few features, those whose value is at most `last`, and their
    /// number.
    fn part(
        &self,
        rows: &[Row<Self::Y>],
        _: &Self::Sums,
        values: &[[f32; LANES]],
        last: &[f32; LANES],
        left: &mut [Self::Sums; LANES],
    ) -> [usize; LANES] {
        part(self, rows, values, last, left)
    }

    /// The weight of the rows.
    fn weight(&self, sums: &Self::Sums) -> f64;

    /// Larger is better; `-inf` if these rows must not be alone.
    fn score(&self, sums: &Self::Sums) -> f64;

    /// The scores of both sides of a split.
    #[inline(always)]
    fn scores(&self, left: &Self::Sums, right: &Self::Sums) -> f64 {
        self.score(left) + self.score(right)
    }

    /// Impurity times weight of rows, told with their weights.
    fn risk(&self, sums: &Self::Sums, rows: impl Iterator<Item = (Self::Y, f64)>) -> f64;

    /// What a leaf answers: class or target, and its value.
    fn answer(&self, sums: &Self::Sums, into: &mut Vec<(u32, f32)>);
}

/// [`Response::part`] for any weights.
#[inline(always)]
fn part<R: Response>(
    response: &R,
    rows: &[Row<R::Y>],
    values: &[[f32; LANES]],
    last: &[f32; LANES],
    left: &mut [R::Sums; LANES],
) -> [usize; LANES] {
    let mut n_left = [0; LANES];
    left.iter_mut().for_each(Sums::clear);
    for (row, values) in rows.iter().zip(values) {
        for lane in 0..LANES {
            // Without a jump, which would be guessed wrong half of the time.
            let goes_left = values[lane] <= last[lane];
            let weight = if goes_left { row.weight } else { 0.0 };
            response.add(&mut left[lane], row.y, f64::from(weight));
            n_left[lane] += usize::from(goes_left);
        }
    }
    n_left
}

/// Classes; the sums are the weights of each, and zeros.
#[derive(Clone, Copy, Debug)]
pub(super) struct Classes<S> {
    pub(super) n: usize,
    pub(super) entropy: bool,
    /// Whether all weights are whole numbers from 1 up.
    pub(super) whole: bool,
    pub(super) sums: std::marker::PhantomData<fn() -> S>,
}

impl<S: Sums> Response for Classes<S> {
    type Y = u32;
    type Sums = S;

    fn width(&self) -> usize {
        self.n
    }

    fn balance(&self, rows: impl Iterator<Item = (u32, u32)>) -> impl Fn(u32) -> f32 {
        let mut counts = vec![0_u64; self.n];
        for (class, count) in rows {
            counts[class as usize] += u64::from(count);
        }
        let all: u64 = counts.iter().sum();
        let n = self.n as f64;
        move |class| (all as f64 / (n * counts[class as usize] as f64)) as f32
    }

    #[inline(always)]
    fn zeros(&self) -> S {
        S::zeros(self.n)
    }

    #[inline(always)]
    fn add(&self, sums: &mut S, y: u32, w: f64) {
        sums.as_mut()[y as usize] += w;
    }

    fn is_counted(&self, totals: &S) -> bool {
        let is_few = self.n <= CLASSES && self.weight(totals) <= f64::from(MOST);
        self.whole && !self.entropy && is_few
    }

    #[inline(always)]
    fn counted(&self, row: &Row<u32>) -> Counted {
        (row.y as u16, row.weight as i16)
    }

    fn summed(&self, counts: &Counts) -> S {
        let mut sums = self.zeros();
        for (sum, count) in sums.as_mut().iter_mut().zip(counts) {
            *sum = f64::from(*count);
        }
        sums
    }

    #[inline(always)]
    fn part(
        &self,
        rows: &[Row<u32>],
        totals: &S,
        values: &[[f32; LANES]],
        last: &[f32; LANES],
        left: &mut [S; LANES],
    ) -> [usize; LANES] {
        // Whole numbers from 1 up that add up to the number of rows are ones.
        let is_ones = self.whole && self.weight(totals) == rows.len() as f64;
        let Some(packed) = Packed::new(self.n).filter(|_| is_ones) else {
            return part(self, rows, values, last, left);
        };
        left.iter_mut().for_each(Sums::clear);
        let most = packed.most() as usize;
        for (rows, values) in rows.chunks(most).zip(values.chunks(most)) {
            let mut counts = [0; LANES];
            for (row, values) in rows.iter().zip(values) {
                let one = packed.one(row.y);
                for lane in 0..LANES {
                    counts[lane] += if values[lane] <= last[lane] { one } else { 0 };
                }
            }
            for (left, counts) in left.iter_mut().zip(counts) {
                packed.add_to(counts, left.as_mut());
            }
        }
        std::array::from_fn(|lane| self.weight(&left[lane]) as usize)
    }

    #[inline(always)]
    fn weight(&self, sums: &S) -> f64 {
        added(sums.as_ref(), |w| w)
    }

    #[inline(always)]
    fn score(&self, sums: &S) -> f64 {
        let weight = self.weight(sums);
        let sums = sums.as_ref();
        if self.entropy {
            return added(sums, w_log_w) - w_log_w(weight);
        }
        added(sums, |w| w * w) / weight
    }

    #[inline(always)]
    fn scores(&self, left: &S, right: &S) -> f64 {
        if self.entropy {
            return self.score(left) + self.score(right);
        }
        let squares = |sums: &S| added(sums.as_ref(), |w| w * w);
        over(
            squares(left),
            self.weight(left),
            squares(right),
            self.weight(right),
        )
    }

    fn risk(&self, sums: &S, _: impl Iterator<Item = (u32, f64)>) -> f64 {
        let pure = if self.entropy { 0.0 } else { self.weight(sums) };
        pure - self.score(sums)
    }

    fn answer(&self, sums: &S, into: &mut Vec<(u32, f32)>) {
        let weight = self.weight(sums);
        let classes = (0..).zip(sums.as_ref()).filter(|(_, w)| **w > 0.0);
        into.extend(classes.map(|(class, w)| (class, (w / weight) as f32)));
    }
}

/// `a / b + c / d`, with one division.
#[inline(always)]
fn over(a: f64, b: f64, c: f64, d: f64) -> f64 {
    (a * d + c * b) / (b * d)
}

/// The sum of a function of the numbers, four of them side by side.
#[inline(always)]
fn added(numbers: &[f64], of: impl Fn(f64) -> f64) -> f64 {
    let (fours, rest) = numbers.as_chunks::<4>();
    let mut sums = [0.0; 4];
    for four in fours {
        for (sum, number) in sums.iter_mut().zip(four) {
            *sum += of(*number);
        }
    }
    let rest: f64 = rest.iter().map(|number| of(*number)).sum();
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + rest
}

fn w_log_w(w: f64) -> f64 {
    if w > 0.0 { w * w.log2() } else { 0.0 }
}

/// Numbers; the sums are of `w` and `w y`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Numbers {
    pub(super) poisson: bool,
}

impl Response for Numbers {
    type Y = f32;
    type Sums = [f64; 2];

    fn width(&self) -> usize {
        1
    }

    fn balance(&self, _: impl Iterator<Item = (f32, u32)>) -> impl Fn(f32) -> f32 {
        |_| 1.0
    }

    #[inline(always)]
    fn zeros(&self) -> [f64; 2] {
        [0.0; 2]
    }

    #[inline(always)]
    fn add(&self, sums: &mut [f64; 2], y: f32, w: f64) {
        sums[0] += w;
        sums[1] += w * f64::from(y);
    }

    #[inline(always)]
    fn weight(&self, sums: &[f64; 2]) -> f64 {
        sums[0]
    }

    #[inline(always)]
    fn score(&self, sums: &[f64; 2]) -> f64 {
        let [weight, sum] = *sums;
        if !self.poisson {
            return sum * sum / weight;
        }
        if sum > 0.0 {
            sum * (sum / weight).ln()
        } else {
            f64::NEG_INFINITY
        }
    }

    #[inline(always)]
    fn scores(&self, left: &[f64; 2], right: &[f64; 2]) -> f64 {
        if self.poisson {
            return self.score(left) + self.score(right);
        }
        over(left[1] * left[1], left[0], right[1] * right[1], right[0])
    }

    fn risk(&self, sums: &[f64; 2], rows: impl Iterator<Item = (f32, f64)>) -> f64 {
        let mean = sums[1] / sums[0];
        let of_row = |(y, w): (f32, f64)| match (f64::from(y), self.poisson) {
            (y, false) => w * (y - mean) * (y - mean),
            (y, true) if y > 0.0 => w * y * (y / mean).ln(),
            (_, true) => 0.0,
        };
        rows.map(of_row).sum()
    }

    fn answer(&self, sums: &[f64; 2], into: &mut Vec<(u32, f32)>) {
        into.push((0, (sums[1] / sums[0]) as f32));
    }
}
