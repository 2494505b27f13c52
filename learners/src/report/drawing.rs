//! The top of the tree, growing from left to right.

mod layout;
mod text;

use algorithm::{
    Labels, Table,
    report::{Body, Section, format::shortened},
};
use maud::{Markup, html};

pub(super) use self::text::number;
use self::{
    layout::{BOX_HEIGHT, BOX_WIDTH, Drawn, Layout},
    text::HEADING_CHARS,
};
use super::{Report, palette::Palette};
use crate::{Tree, targets::classes};

/// Levels of splits that are drawn.
const LEVELS: usize = 3;

/// Characters of a class in the legend.
const LEGEND_CHARS: usize = 32;

impl Report<'_> {
    /// The section that draws the tree; `table` is what it was grown from.
    pub(crate) fn drawing(&self, table: &Table) -> Section {
        let mut rows = vec![0; self.labels.map_or(0, Labels::len)];
        if self.labels.is_some() {
            for class in classes(table).1 {
                rows[*class] += 1;
            }
        }
        let drawing = Drawing {
            report: *self,
            palette: Palette::new(&rows),
            layout: Layout::new(self.tree, LEVELS),
            means: means(self.tree),
        };
        let bar = match self.labels {
            Some(_) => "the bar shows the classes of the training rows in each box.",
            None => {
                "the bar shows the mean of the training rows in each box, from the lowest leaf's to the highest's."
            }
        };
        let cut = if drawing.layout.is_cut() {
            format!("Its first {LEVELS} levels of splits. ")
        } else {
            String::new()
        };
        let markup = html! {
            (drawing.legend())
            div class="scroll" { (drawing.svg()) }
        };
        Section {
            title: "The tree",
            text: format!("{cut}A row goes up if it meets the rule, else down; {bar}"),
            body: Body::Html(markup.into_string()),
        }
    }
}

struct Drawing<'a> {
    report: Report<'a>,
    palette: Palette,
    layout: Layout,
    /// The lowest and the highest mean of a leaf, in a tree of numbers.
    means: Option<(f64, f64)>,
}

impl Drawing<'_> {
    fn legend(&self) -> Markup {
        let (named, has_others) = self.palette.named();
        html! {
            div class="legend" {
                @for class in named {
                    @let label = self.report.label(class);
                    span title=(label) {
                        i style=(format!("background:{}", self.palette.colour(class))) {}
                        (shortened(&label, LEGEND_CHARS))
                    }
                }
                @if has_others { span { i style="background:var(--other)" {} "other classes" } }
            }
        }
    }

    fn svg(&self) -> Markup {
        let (width, height) = (self.layout.width, format!("{:.0}", self.layout.height));
        let view = format!("0 0 {width} {height}");
        html! {
            svg viewBox=(view) width=(width) height=(height) role="img" aria-label="The first levels of the tree" {
                @for from in &self.layout.boxes {
                    @for (side, to) in from.children.iter().flatten().enumerate() {
                        (edge(from, &self.layout.boxes[*to], side == 0))
                    }
                }
                @for drawn in &self.layout.boxes { (self.node(drawn)) }
            }
        }
    }

    fn node(&self, drawn: &Drawn) -> Markup {
        let node = &self.report.tree.nodes[drawn.node];
        let (x, y) = (drawn.x + 12.0, drawn.y);
        let heading = match node.split {
            Some(split) => self.report.rule(split),
            None => match node.mean() {
                Some(mean) => number(mean as f32),
                None => {
                    let class = node.class(self.report.tree.n_classes) as usize;
                    shortened(&self.report.label(class), HEADING_CHARS)
                }
            },
        };
        let bar_width = BOX_WIDTH - 24.0;
        html! {
            g {
                title { (self.report.details(drawn)) }
                rect.box.last[node.split.is_none()] x=(drawn.x) y=(y) width=(BOX_WIDTH) height=(BOX_HEIGHT) rx="10" {}
                text class="strong" x=(x) y=(y + 24.0) { (heading) }
                @for (offset, width, class) in drawn.segments(bar_width) {
                    rect x=(format!("{:.2}", x + offset)) y=(y + 35.0) width=(format!("{width:.2}")) height="9" style=(format!("fill:{}", self.palette.colour(class as usize))) {}
                }
                @if let (Some(mean), Some((low, high))) = (node.mean(), self.means) {
                    @let part = if high > low { (mean - low) / (high - low) } else { 1.0 };
                    rect class="ground" x=(x) y=(y + 35.0) width=(bar_width) height="9" {}
                    rect class="right" x=(x) y=(y + 35.0) width=(format!("{:.2}", part * bar_width)) height="9" {}
                }
                text class="muted" x=(x) y=(y + 66.0) { (self.report.caption(drawn)) }
            }
        }
    }
}

/// The lowest and the highest mean of a leaf; `None` in a tree of classes.
fn means(tree: &Tree) -> Option<(f64, f64)> {
    let leaves = tree.nodes.iter().filter(|node| node.split.is_none());
    let means = leaves.filter_map(|node| node.mean());
    means.fold(None, |bounds, mean| match bounds {
        Some((low, high)) => Some((mean.min(low), mean.max(high))),
        None => Some((mean, mean)),
    })
}

/// A curve from a box to one of its children; `holds` is true for the child of the rows that meet the
/// rule.
fn edge(from: &Drawn, to: &Drawn, holds: bool) -> Markup {
    let (x1, y1) = (from.x + BOX_WIDTH, from.y + BOX_HEIGHT / 2.0);
    let (x2, y2) = (to.x, to.y + BOX_HEIGHT / 2.0);
    let middle = (x1 + x2) / 2.0;
    let label_y = if holds { y2 - 8.0 } else { y2 + 17.0 };
    html! {
        path class="edge" d=(format!("M{x1:.1} {y1:.1}C{middle:.1} {y1:.1} {middle:.1} {y2:.1} {x2:.1} {y2:.1}")) {}
        text class="muted small" x=(x2 - 5.0) y=(label_y) text-anchor="end" { (if holds { "yes" } else { "no" }) }
    }
}

#[cfg(test)]
mod tests;
