//! By histograms: the sums of each bin, then the best place between two of them.

use super::{Best, Looked, Search, worst};
use crate::forest::{
    Draws,
    block::{Columns, Cut, MISSING, Value},
    response::{Response, Sums},
};

const BINS: usize = 256;

/// The histogram of a node and feature; empty between two searches.
pub(in crate::forest) struct Histogram<'a, S> {
    /// For each feature the largest number of each bin but the last.
    cuts: &'a [Vec<f32>],
    bins: Box<[Bin<S>]>,
    left: S,
    right: S,
    /// The bins that have rows, ascending.
    filled: Vec<u8>,
}

#[derive(Clone)]
struct Bin<S> {
    sums: S,
    n_rows: u32,
}

impl<'a, S: Sums> Histogram<'a, S> {
    pub(in crate::forest) fn new(cuts: &'a [Vec<f32>], zeros: &S) -> Self {
        let bin = Bin {
            sums: zeros.clone(),
            n_rows: 0,
        };
        Self {
            cuts,
            bins: vec![bin; BINS].into(),
            left: zeros.clone(),
            right: zeros.clone(),
            filled: Vec::with_capacity(BINS),
        }
    }

    /// Counts the node's rows.
    #[inline(always)]
    fn fill<R: Response<Sums = S>>(&mut self, at: &Looked<'_, R>, columns: &Columns<u8>) {
        let column = columns.column(at.feature);
        let Ok(bins) = <&mut [Bin<S>; BINS]>::try_from(&mut *self.bins) else {
            unreachable!("there are {BINS} bins");
        };
        let mut seen = [0_u64; BINS / 64];
        for row in at.rows {
            let bin = column[row.at as usize];
            seen[usize::from(bin / 64)] |= 1 << (bin % 64);
            let bin = &mut bins[usize::from(bin)];
            bin.n_rows += 1;
            at.response.add(&mut bin.sums, row.y, f64::from(row.weight));
        }
        self.filled.clear();
        for (first, mut word) in (0..=u8::MAX).step_by(64).zip(seen) {
            while word != 0 {
                self.filled.push(first + word.trailing_zeros() as u8);
                word &= word - 1;
            }
        }
    }

    /// The best place to part the bins, with missing values on one side: its score, the last bin on the left and the
    /// next one.
    #[inline(always)]
    fn scan<R: Response<Sums = S>>(
        &mut self,
        at: &Looked<'_, R>,
        missing: Missing,
        mut worst: f64,
    ) -> Option<(f64, u8, u8)> {
        let present = match missing {
            Missing::None => &self.filled[..],
            Missing::Left | Missing::Right => &self.filled[..self.filled.len() - 1],
        };
        self.left.clear();
        let mut n_left = 0;
        if missing == Missing::Left {
            let missing = &self.bins[usize::from(MISSING)];
            self.left.add(&missing.sums);
            n_left = missing.n_rows as usize;
        }
        let mut found = None;
        for (place, bin) in present.iter().enumerate() {
            let next = match present.get(place + 1) {
                Some(next) => *next,
                // All that are not missing go left.
                None if missing == Missing::Right => MISSING,
                None => break,
            };
            let of_bin = &self.bins[usize::from(*bin)];
            self.left.add(&of_bin.sums);
            n_left += of_bin.n_rows as usize;
            self.right.set_rest(at.totals, &self.left);
            if let Some(score) = at.score(&self.left, &self.right, n_left)
                && score > worst
            {
                worst = score;
                found = Some((score, *bin, next));
            }
        }
        found
    }
}

/// The side of missing values.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Missing {
    None,
    Left,
    Right,
}

impl<R: Response> Search<R> for Histogram<'_, R::Sums> {
    type Value = u8;

    fn search(
        &mut self,
        at: &Looked<'_, R>,
        columns: &Columns<u8>,
        _: &mut Draws,
        best: &mut Option<Best<u8, R::Sums>>,
    ) -> bool {
        self.fill(at, columns);
        let varies = self.filled.len() > 1;
        let has_missing = self.filled.last() == Some(&MISSING);
        let sides: &[Missing] = match (varies, has_missing) {
            (false, _) => &[],
            (true, false) => &[Missing::None],
            (true, true) => &[Missing::Right, Missing::Left],
        };
        for missing in sides {
            let Some((score, last, next)) = self.scan(at, *missing, worst(best)) else {
                continue;
            };
            let (last, threshold) = if next == MISSING {
                (MISSING - 1, f32::INFINITY)
            } else {
                // Between bins that no row of the node has, in the middle.
                let middle = last + (next - last - 1) / 2;
                (middle, self.cuts[at.feature as usize][usize::from(middle)])
            };
            let cut = Cut {
                last,
                missing_goes_left: *missing == Missing::Left,
                threshold,
            };
            let mut left = at.response.zeros();
            for bin in self.filled.iter().filter(|bin| bin.goes_left(&cut)) {
                left.add(&self.bins[usize::from(*bin)].sums);
            }
            *best = Some(Best {
                score,
                feature: at.feature,
                cut,
                has_missing,
                left,
            });
        }
        for bin in &self.filled {
            let bin = &mut self.bins[usize::from(*bin)];
            bin.n_rows = 0;
            bin.sums.clear();
        }
        varies
    }
}
