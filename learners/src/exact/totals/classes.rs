//! The weight of a node's rows by class, and the impurity that follows from it.

use linfa_trees::SplitQuality;

use super::{Class, Measure, Totals};
use crate::{
    Targets,
    impurity::{entropy, gini},
};

/// Weights by class, in units. The time of every operation depends on the classes that are present, not on
/// the number of all classes.
pub(crate) struct ClassTotals {
    by_class: Vec<u64>,
    present: Vec<u32>,
    weight: u64,
    rows: usize,
}

impl ClassTotals {
    fn clear(&mut self) {
        for class in self.present.drain(..) {
            self.by_class[class as usize] = 0;
        }
        (self.weight, self.rows) = (0, 0);
    }

    /// Classes that are present and their weights, by ascending class.
    #[inline]
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, u64)> + '_ {
        self.present
            .iter()
            .map(|&class| (class, self.by_class[class as usize]))
    }

    #[inline]
    pub(crate) fn of(&self, class: usize) -> u64 {
        self.by_class[class]
    }
}

impl Totals<Class> for ClassTotals {
    fn new(n_classes: usize) -> Self {
        Self {
            by_class: vec![0; n_classes],
            present: Vec::new(),
            weight: 0,
            rows: 0,
        }
    }

    fn count(&mut self, rows: impl Iterator<Item = (Class, u64)>, _: Measure) {
        self.clear();
        for (Class(class), weight) in rows {
            let of_class = &mut self.by_class[class];
            if *of_class == 0 {
                self.present.push(class as u32);
            }
            *of_class += weight;
            self.weight += weight;
            self.rows += 1;
        }
        self.present.sort_unstable();
    }

    fn subtract(&mut self, all: &Self, part: &Self) {
        self.clear();
        for (class, weight) in all.iter() {
            let rest = weight - part.of(class as usize);
            if rest > 0 {
                self.by_class[class as usize] = rest;
                self.present.push(class);
            }
        }
        self.weight = all.weight - part.weight;
        self.rows = all.rows - part.rows;
    }

    fn weight(&self) -> u64 {
        self.weight
    }

    fn rows(&self) -> usize {
        self.rows
    }

    fn impurity(&self, measure: Measure) -> f64 {
        if self.present.len() <= 1 {
            return 0.0;
        }
        let all = self.weight as f64;
        match measure {
            Measure::Classes(SplitQuality::Gini) => {
                let squares: u128 = self
                    .iter()
                    .map(|(_, w)| u128::from(w) * u128::from(w))
                    .sum();
                gini(squares as f64, all)
            }
            Measure::Classes(SplitQuality::Entropy) => {
                entropy(self.iter().map(|(_, weight)| weight as f64), all)
            }
            Measure::Numbers { .. } => unreachable!("classes are measured as classes"),
        }
    }

    fn targets(&self, _: Measure, unit: f64) -> Targets {
        Targets::Classes(
            self.iter()
                .map(|(class, units)| (class, units as f64 * unit))
                .collect(),
        )
    }
}
