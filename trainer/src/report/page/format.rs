//! Numbers and names as the page shows them.

/// Colours of the palette.
const COLOURS: usize = 8;

/// A count with separators: `1,234,567`.
pub(super) fn count(n: usize) -> String {
    let digits = n.to_string();
    let mut grouped = String::with_capacity(digits.len() * 4 / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A count of things: `1 row`, `2,000 rows`, `3 classes`.
pub(super) fn counted(n: usize, thing: &str) -> String {
    let plural = match (n, thing.ends_with('s')) {
        (1, _) => "",
        (_, true) => "es",
        (_, false) => "s",
    };
    format!("{} {thing}{plural}", count(n))
}

/// A part of a whole: `95.3%`; only the whole is 100%.
pub(super) fn percent(part: f64) -> String {
    let tenths = (part * 1000.0).round();
    if tenths >= 1000.0 && part < 1.0 {
        return ">99.9%".to_owned();
    }
    if tenths == 0.0 && part > 0.0 {
        return "<0.1%".to_owned();
    }
    format!("{:.1}%", tenths / 10.0)
}

/// A duration.
pub(super) fn seconds(seconds: f64) -> String {
    match seconds {
        ..0.001 => "<1 ms".to_owned(),
        ..1.0 => format!("{:.0} ms", seconds * 1000.0),
        ..100.0 => format!("{seconds:.1} s"),
        _ => format!("{:.0} min", seconds / 60.0),
    }
}

/// A threshold with the digits that a reader needs.
pub(super) fn threshold(value: f32) -> String {
    let size = value.abs();
    if size != 0.0 && !(1e-4..1e6).contains(&size) {
        return format!("{value:.3e}");
    }
    let decimals = match size {
        ..1.0 => 4,
        ..100.0 => 3,
        ..10_000.0 => 2,
        _ => 1,
    };
    let text = format!("{value:.decimals$}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" {
        "0".to_owned()
    } else {
        text.to_owned()
    }
}

/// A name in at most `most` characters: its middle is left out, for names of columns and classes often
/// differ at their ends.
pub(super) fn shortened(name: &str, most: usize) -> String {
    let length = name.chars().count();
    if length <= most {
        return name.to_owned();
    }
    let kept = most.saturating_sub(1);
    let tail = kept / 2;
    let head: String = name.chars().take(kept - tail).collect();
    let tail: String = name.chars().skip(length - tail).collect();
    format!("{head}…{tail}")
}

/// Which colour of the palette each class has: the most frequent ones one each, the others share one.
#[derive(Debug)]
pub(super) struct Palette {
    rank: Vec<usize>,
}

impl Palette {
    /// From the rows of each class.
    pub(super) fn new(rows: &[u64]) -> Self {
        let mut order: Vec<usize> = (0..rows.len()).collect();
        if rows.len() > COLOURS {
            order.sort_by_key(|class| std::cmp::Reverse(rows.get(*class).copied()));
        }
        let mut rank = vec![usize::MAX; rows.len()];
        for (place, class) in order.into_iter().enumerate() {
            if let Some(rank) = rank.get_mut(class) {
                *rank = place;
            }
        }
        Self { rank }
    }

    /// The colour of a class, as CSS.
    pub(super) fn colour(&self, class: usize) -> String {
        match self.rank.get(class) {
            Some(rank @ ..COLOURS) => format!("var(--c{rank})"),
            _ => "var(--other)".to_owned(),
        }
    }

    /// The classes with a colour of their own, and whether there are others.
    pub(super) fn named(&self) -> (Vec<usize>, bool) {
        let mut named: Vec<(usize, usize)> = self
            .rank
            .iter()
            .enumerate()
            .filter(|(_, rank)| **rank < COLOURS)
            .map(|(class, rank)| (*rank, class))
            .collect();
        named.sort_unstable();
        let has_others = self.rank.len() > named.len();
        (
            named.into_iter().map(|(_, class)| class).collect(),
            has_others,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(
            [0, 999, 1000, 1_234_567].map(count),
            ["0", "999", "1,000", "1,234,567"]
        );
        assert_eq!(
            [0.0, 0.0001, 0.5, 0.9534, 0.9999, 1.0].map(percent),
            ["0.0%", "<0.1%", "50.0%", "95.3%", ">99.9%", "100.0%"]
        );
        assert_eq!(
            [0.0, -0.0, 2.45, 0.00001, 1234.5, -3.0, 1e30].map(threshold),
            ["0", "0", "2.45", "1.000e-5", "1234.5", "-3", "1.000e30"]
        );
        assert_eq!(shortened("abcdef", 4), "ab…f");
        assert_eq!(shortened("abcdef", 0), "…");
        assert_eq!(shortened("äöü", 3), "äöü");
    }

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
