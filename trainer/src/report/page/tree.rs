//! The top of the tree, growing from left to right.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::format::{Palette, count, percent, shortened, threshold};
use crate::{
    report::Report,
    tree::{Leaves, Node, Split, Tree},
};

/// Levels of splits that are drawn.
const LEVELS: usize = 3;

const BOX_WIDTH: f64 = 228.0;
const BOX_HEIGHT: f64 = 82.0;
const COLUMN: f64 = BOX_WIDTH + 42.0;
const ROW: f64 = BOX_HEIGHT + 14.0;
const PADDING: f64 = 4.0;

/// Characters that a box has room for in its heading and below, in a wide font.
const HEADING_CHARS: usize = 24;
const TEXT_CHARS: usize = 28;

/// A node in the drawing.
struct Placed {
    place: usize,
    level: usize,
    /// The box's left upper corner.
    x: f64,
    y: f64,
    /// Its children in the drawing; none where it is cut off.
    children: Option<[usize; 2]>,
    /// The weight of each class in it, the largest first.
    shares: Vec<(u32, f64)>,
    n_leaves: usize,
}

pub(super) fn section(report: &Report<'_>) -> Markup {
    let drawing = Drawing::new(report);
    let cut = drawing
        .boxes
        .iter()
        .any(|node| node.children.is_none() && node.n_leaves > 1);
    html! {
        section {
            h2 { "The tree" }
            p {
                @if cut { "Its first " (LEVELS) " levels of splits. " }
                "A row goes up where the rule holds, down where it does not; the bar shows the classes of the training rows in each box."
            }
            (drawing.legend())
            div class="scroll" { (drawing.svg()) }
        }
    }
}

struct Drawing<'a> {
    report: &'a Report<'a>,
    leaves: Leaves<'a>,
    palette: Palette,
    /// In preorder.
    boxes: Vec<Placed>,
    height: f64,
}

impl<'a> Drawing<'a> {
    fn new(report: &'a Report<'a>) -> Self {
        let mut drawing = Self {
            report,
            leaves: Leaves::of(report.tree),
            palette: Palette::new(&super::data::rows_by_class(report)),
            boxes: Vec::new(),
            height: 0.0,
        };
        let ends = ends(report.tree);
        // A node, its level, and where it is a child: of which box, on which side.
        let mut waiting = vec![(0, 0, None)];
        while let Some((place, level, parent)) = waiting.pop() {
            let Some(node) = report.tree.nodes.get(place) else {
                continue;
            };
            let here = drawing.boxes.len();
            if let Some((parent, side)) = parent {
                drawing.set_child(parent, side, here);
            }
            let end = ends.get(place).copied().unwrap_or(place);
            let below = report.tree.nodes.get(place..end).unwrap_or_default();
            let open = node.split.filter(|_| level < LEVELS);
            drawing.boxes.push(Placed {
                place,
                level,
                x: level as f64 * COLUMN + PADDING,
                y: 0.0,
                children: open.map(|_| [0, 0]),
                shares: shares(below),
                n_leaves: below.iter().filter(|node| node.split.is_none()).count(),
            });
            if let Some(split) = open {
                waiting.push((split.right, level + 1, Some((here, 1))));
                waiting.push((split.left, level + 1, Some((here, 0))));
            }
        }
        drawing.arrange();
        drawing
    }

    fn set_child(&mut self, parent: usize, side: usize, child: usize) {
        let parent = self.boxes.get_mut(parent);
        if let Some(place) = parent
            .and_then(|parent| parent.children.as_mut())
            .and_then(|children| children.get_mut(side))
        {
            *place = child;
        }
    }

    /// Ends are stacked; a parent is in the middle between its children, which come behind it.
    fn arrange(&mut self) {
        let mut y = PADDING;
        for node in &mut self.boxes {
            if node.children.is_none() {
                node.y = y;
                y += ROW;
            }
        }
        self.height = y - ROW + BOX_HEIGHT + PADDING;
        for index in (0..self.boxes.len()).rev() {
            let of = |child: usize| self.boxes.get(child).map_or(0.0, |node| node.y);
            let Some(children) = self.boxes.get(index).and_then(|node| node.children) else {
                continue;
            };
            let middle = children.map(of).iter().sum::<f64>() / 2.0;
            if let Some(node) = self.boxes.get_mut(index) {
                node.y = middle;
            }
        }
    }

    fn legend(&self) -> Markup {
        let (named, has_others) = self.palette.named();
        html! {
            div class="legend" {
                @for class in named {
                    span title=(self.class(class)) {
                        i style=(format!("background:{}", self.palette.colour(class))) {}
                        (shortened(self.class(class), 32))
                    }
                }
                @if has_others { span { i style="background:var(--other)" {} "other classes" } }
            }
        }
    }

    fn svg(&self) -> Markup {
        let levels = self
            .boxes
            .iter()
            .map(|node| node.level)
            .max()
            .unwrap_or_default();
        let width = levels as f64 * COLUMN + BOX_WIDTH + 2.0 * PADDING;
        let view = format!("0 0 {width} {:.0}", self.height);
        html! {
            svg viewBox=(view) width=(width) height=(format!("{:.0}", self.height)) role="img" aria-label="The first levels of the tree" {
                @for node in &self.boxes {
                    @for (side, child) in node.children.iter().flatten().enumerate() {
                        @if let Some(child) = self.boxes.get(*child) { (edge(node, child, side == 0)) }
                    }
                }
                @for node in &self.boxes { (self.node(node)) }
            }
        }
    }

    fn node(&self, placed: &Placed) -> Markup {
        let Some(node) = self.report.tree.nodes.get(placed.place) else {
            return html! {};
        };
        let (x, y) = (placed.x + 12.0, placed.y);
        let total: f64 = placed.shares.iter().map(|share| share.1).sum();
        let largest = placed.shares.first().copied().unwrap_or_default();
        let rows = format!("{} rows", count(node.n_node_samples));
        let below = match (node.split, placed.children) {
            (Some(_), None) => format!("{rows} · {} leaves on", count(placed.n_leaves)),
            _ => {
                let part = percent(largest.1 / total.max(f64::MIN_POSITIVE));
                let room = TEXT_CHARS.saturating_sub(rows.len() + part.len() + 4);
                let name = shortened(self.class(largest.0 as usize), room.max(4));
                format!("{rows} · {part} {name}")
            }
        };
        html! {
            g {
                title { (self.details(placed, node)) }
                rect.node.leaf[node.split.is_none()] x=(placed.x) y=(y) width=(BOX_WIDTH) height=(BOX_HEIGHT) rx="10" {}
                @match node.split {
                    Some(split) => text class="strong" x=(x) y=(y + 24.0) { (self.rule(split)) },
                    None => text class="strong" x=(x) y=(y + 24.0) {
                        (shortened(self.class(self.leaves.class(placed.place as u32) as usize), HEADING_CHARS))
                    },
                }
                @for (offset, width, class) in segments(&placed.shares, total, BOX_WIDTH - 24.0) {
                    rect x=(format!("{:.2}", x + offset)) y=(y + 35.0) width=(format!("{width:.2}")) height="9" style=(format!("fill:{}", self.palette.colour(class as usize))) {}
                }
                text class="muted" x=(x) y=(y + 66.0) { (below) }
            }
        }
    }

    fn rule(&self, split: Split) -> String {
        let name = self.report.table.columns.name(split.feature);
        let condition = match split.threshold {
            f32::INFINITY => " is there".to_owned(),
            value => format!(" ≤ {}", threshold(value)),
        };
        let room = HEADING_CHARS.saturating_sub(condition.chars().count());
        shortened(&name, room) + &condition
    }

    /// What a box has no room for.
    fn details(&self, placed: &Placed, node: &Node) -> String {
        const CLASSES: usize = 12;
        let total: f64 = placed.shares.iter().map(|share| share.1).sum();
        let mut lines = Vec::new();
        if let Some(split) = node.split {
            let name = self.report.table.columns.name(split.feature);
            let side = if split.missing_go_to_left {
                "up"
            } else {
                "down"
            };
            lines.push(format!(
                "{name} ≤ {} (missing values go {side})",
                split.threshold
            ));
        }
        lines.push(format!(
            "{} rows, impurity {:.4}",
            count(node.n_node_samples),
            node.impurity
        ));
        for (class, weight) in placed.shares.iter().take(CLASSES) {
            lines.push(format!(
                "{}: {}",
                self.class(*class as usize),
                percent(weight / total)
            ));
        }
        if placed.shares.len() > CLASSES {
            lines.push(format!(
                "and {} more classes",
                placed.shares.len() - CLASSES
            ));
        }
        lines.join("\n")
    }

    fn class(&self, class: usize) -> &str {
        self.report
            .class_names
            .get(class)
            .map_or("", String::as_str)
    }
}

/// A curve from a box to one of its children; the first child is where the rule holds.
fn edge(from: &Placed, to: &Placed, holds: bool) -> Markup {
    let (x1, y1) = (from.x + BOX_WIDTH, from.y + BOX_HEIGHT / 2.0);
    let (x2, y2) = (to.x, to.y + BOX_HEIGHT / 2.0);
    let middle = (x1 + x2) / 2.0;
    let label_y = if holds { y2 - 8.0 } else { y2 + 17.0 };
    html! {
        path class="edge" d=(format!("M{x1:.1} {y1:.1}C{middle:.1} {y1:.1} {middle:.1} {y2:.1} {x2:.1} {y2:.1}")) {}
        text class="muted small" x=(x2 - 5.0) y=(label_y) text-anchor="end" { (if holds { "yes" } else { "no" }) }
    }
}

/// For each node the index behind the last one below it.
fn ends(tree: &Tree) -> Vec<usize> {
    let mut ends = vec![tree.nodes.len(); tree.nodes.len()];
    for (place, node) in tree.nodes.iter().enumerate() {
        let Some(split) = node.split else { continue };
        let end = ends.get(place).copied().unwrap_or_default();
        for (child, end) in [(split.left, split.right), (split.right, end)] {
            if let Some(own) = ends.get_mut(child) {
                *own = end;
            }
        }
    }
    ends
}

/// The class weights of a subtree's leaves, summed, the largest first.
fn shares(below: &[Node]) -> Vec<(u32, f64)> {
    let mut sums: BTreeMap<u32, f64> = BTreeMap::new();
    for (class, weight) in below.iter().flat_map(|node| &node.class_weights) {
        *sums.entry(*class).or_default() += weight;
    }
    let mut sums: Vec<(u32, f64)> = sums.into_iter().collect();
    sums.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    sums
}

/// Offset, width and class of the bar's parts, by class so that boxes compare; what is too thin to see
/// is left to the ground.
fn segments(shares: &[(u32, f64)], total: f64, width: f64) -> Vec<(f64, f64, u32)> {
    let mut by_class = shares.to_vec();
    by_class.sort_unstable_by_key(|share| share.0);
    let mut offset = 0.0;
    let mut segments = Vec::new();
    for (class, weight) in by_class {
        let part = weight / total.max(f64::MIN_POSITIVE) * width;
        if part >= 0.2 {
            segments.push((offset, part, class));
        }
        offset += part;
    }
    segments
}
