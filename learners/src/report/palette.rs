//! The colours of classes.

use std::cmp::Reverse;

/// Number of colours, which the page's style sheet calls `--c0` to `--c7`.
const COLOURS: usize = 8;

/// Which colour each class has: the most frequent classes have one each, the others share one.
#[derive(Debug)]
pub(super) struct Palette {
    /// By class: its place in the order of colours.
    rank: Vec<usize>,
}

impl Palette {
    /// From the number of rows of each class.
    pub(super) fn new(rows: &[u64]) -> Self {
        let mut order: Vec<usize> = (0..rows.len()).collect();
        if rows.len() > COLOURS {
            order.sort_by_key(|class| Reverse(rows[*class]));
        }
        let mut rank = vec![0; rows.len()];
        for (colour, class) in order.into_iter().enumerate() {
            rank[class] = colour;
        }
        Self { rank }
    }

    /// The colour of a class, as CSS.
    pub(super) fn colour(&self, class: usize) -> String {
        match self.rank[class] {
            rank @ ..COLOURS => format!("var(--c{rank})"),
            _ => "var(--other)".to_owned(),
        }
    }

    /// The classes with a colour of their own, in the order of the colours, and whether there are others.
    pub(super) fn named(&self) -> (Vec<usize>, bool) {
        let mut named: Vec<usize> = (0..self.rank.len())
            .filter(|class| self.rank[*class] < COLOURS)
            .collect();
        named.sort_unstable_by_key(|class| self.rank[*class]);
        let has_others = self.rank.len() > named.len();
        (named, has_others)
    }
}

#[cfg(test)]
mod tests {
    use super::Palette;

    #[test]
    fn with_many_classes_the_frequent_ones_have_colours() {
        let rows: Vec<u64> = (0..20).collect();
        let palette = Palette::new(&rows);
        assert_eq!(palette.colour(19), "var(--c0)");
        assert_eq!(palette.colour(3), "var(--other)");
        assert_eq!(palette.named(), ((12..20).rev().collect(), true));
        assert_eq!(Palette::new(&[1, 9]).named(), (vec![0, 1], false));
    }
}
