//! The text of the drawing's boxes.

use algorithm::report::format::{count, percent, shortened};

use super::{super::Report, layout::Drawn};
use crate::Split;

/// Characters of a wide font that a box has room for in its heading.
pub(super) const HEADING_CHARS: usize = 24;

/// Characters of a wide font that a box has room for below its bar.
const CAPTION_CHARS: usize = 28;

/// Classes that a box's tooltip lists.
const CLASSES: usize = 12;

impl Report<'_> {
    /// A branch's rule, shortened to fit into its heading.
    pub(super) fn rule(&self, split: Split) -> String {
        let name = self.features.name(split.feature);
        let condition = match split.threshold {
            f32::INFINITY => " is there".to_owned(),
            value => format!(" ≤ {}", number(value)),
        };
        let room = HEADING_CHARS.saturating_sub(condition.chars().count());
        shortened(&name, room) + &condition
    }

    /// What a box says below its bar.
    pub(super) fn caption(&self, drawn: &Drawn) -> String {
        let node = &self.tree.nodes[drawn.node];
        let rows = format!("{} rows", count(node.n_node_samples as u64));
        if node.split.is_some() && drawn.children.is_none() {
            return format!("{rows} · {} leaves on", count(drawn.n_leaves as u64));
        }
        if let Some(mean) = node.mean() {
            return format!("{rows} · mean {}", number(mean as f32));
        }
        let (class, weight) = drawn.shares[0];
        let part = percent(weight / drawn.weight());
        let room = CAPTION_CHARS.saturating_sub(rows.len() + part.len() + 4);
        let name = shortened(&self.label(class as usize), room.max(4));
        format!("{rows} · {part} {name}")
    }

    /// A box's tooltip: what the box has no room for.
    pub(super) fn details(&self, drawn: &Drawn) -> String {
        let node = &self.tree.nodes[drawn.node];
        let mut lines = Vec::new();
        if let Some(split) = node.split {
            let name = self.features.name(split.feature);
            let side = if split.missing_go_to_left {
                "up"
            } else {
                "down"
            };
            let threshold = split.threshold;
            lines.push(format!("{name} ≤ {threshold} (missing values go {side})"));
        }
        let rows = count(node.n_node_samples as u64);
        lines.push(format!("{rows} rows, impurity {:.4}", node.impurity));
        lines.extend(node.mean().map(|mean| format!("mean {mean}")));
        for (class, weight) in drawn.shares.iter().take(CLASSES) {
            let label = self.label(*class as usize);
            lines.push(format!("{label}: {}", percent(weight / drawn.weight())));
        }
        if drawn.shares.len() > CLASSES {
            let more = drawn.shares.len() - CLASSES;
            lines.push(format!("and {more} more classes"));
        }
        lines.join("\n")
    }
}

/// A threshold or mean with the digits that a reader needs.
pub(in crate::report) fn number(value: f32) -> String {
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

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_read_well() {
        assert_eq!(
            [0.0, -0.0, 2.45, 0.00001, 1234.5, -3.0, 1e30].map(number),
            ["0", "0", "2.45", "1.000e-5", "1234.5", "-3", "1.000e30"]
        );
    }
}
