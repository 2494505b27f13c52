//! Growing one tree.

use super::{
    Draws,
    block::{Row, Value, View},
    response::{Response, Sums},
    search::{Best, Limits, Looked, Search},
};
use crate::tree::BestFirst;

/// Subtrees of at most this many rows are grown on a copy of them, which fits into the second cache.
const LOCAL: usize = 4096;

/// How far a tree grows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limit {
    pub(super) max_depth: usize,
    pub(super) min_samples_split: usize,
    /// What a side of a split needs.
    pub(super) side: Limits,
    pub(super) max_features: usize,
    pub(super) max_leaf_nodes: Option<usize>,
    /// In units of weight.
    pub(super) min_decrease: f64,
}

/// A grown tree.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Tree {
    /// The root is first, and a node comes before its children.
    pub(super) nodes: Vec<Node>,
    /// What the leaves answer: class or target, and its value.
    pub(super) answers: Vec<(u32, f32)>,
}

/// A node of a grown tree.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    /// The weight of the rows.
    pub(super) weight: f32,
    pub(super) kind: Kind,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    Branch {
        feature: u32,
        threshold: f32,
        missing_goes_left: bool,
        left: u32,
        right: u32,
        /// How much it lowers impurity times weight.
        decrease: f64,
    },
    /// Where its answers are in [`Tree::answers`].
    Leaf { start: u32, end: u32 },
}

impl Tree {
    /// What the leaf that a row reaches answers; `value` gives the row's value of a feature.
    pub(super) fn answer(&self, value: impl Fn(u32) -> f32) -> &[(u32, f32)] {
        let mut at = 0;
        loop {
            match &self.nodes[at].kind {
                Kind::Leaf { start, end } => return &self.answers[*start as usize..*end as usize],
                Kind::Branch {
                    feature,
                    threshold,
                    missing_goes_left,
                    left,
                    right,
                    ..
                } => {
                    let value = value(*feature);
                    let goes_left = value <= *threshold || (value.is_nan() && *missing_goes_left);
                    at = if goes_left { *left } else { *right } as usize;
                }
            }
        }
    }

    pub(super) fn n_leaves(&self) -> usize {
        // A branch has two children, so there is one leaf more than there are branches.
        self.nodes.len().div_ceil(2)
    }
}

/// A node whose rows are known.
struct Open<S> {
    start: usize,
    end: usize,
    depth: usize,
    totals: S,
    /// The branch that it hangs from, and whether on the left.
    parent: Option<(usize, bool)>,
}

/// A split, and how much it lowers impurity times weight.
struct Choice<V, S> {
    best: Best<V, S>,
    decrease: f64,
}

/// What stays while a tree grows.
pub(super) struct Grower<'a, R: Response, S: Search<R>> {
    response: &'a R,
    search: S,
    limit: &'a Limit,
    draws: Draws,
    /// All of them, in any order.
    features: Vec<u32>,
    /// Rows that go right, while a node's are parted.
    right: Vec<Row<R::Y>>,
    /// Room for the copy of rows.
    local: Vec<S::Value>,
    tree: Tree,
}

type Rows<'a, R> = &'a mut [Row<<R as Response>::Y>];

impl<'a, R: Response, S: Search<R>> Grower<'a, R, S> {
    pub(super) fn new(
        response: &'a R,
        search: S,
        limit: &'a Limit,
        draws: Draws,
        n_features: usize,
    ) -> Self {
        Self {
            response,
            search,
            limit,
            draws,
            features: (0..n_features as u32).collect(),
            right: Vec::new(),
            local: Vec::new(),
            tree: Tree::default(),
        }
    }

    /// Grows the tree on these rows.
    pub(super) fn grow(mut self, columns: View<'_, S::Value>, rows: Rows<'_, R>) -> Tree {
        let root = Open {
            start: 0,
            end: rows.len(),
            depth: 0,
            totals: sums(self.response, rows),
            parent: None,
        };
        match self.limit.max_leaf_nodes {
            Some(leaves) => self.best_first(columns, rows, root, leaves),
            None => self.depth_first(columns, rows, root),
        }
        self.tree
    }

    fn depth_first(&mut self, columns: View<'_, S::Value>, rows: Rows<'_, R>, root: Open<R::Sums>) {
        let mut open = vec![root];
        while let Some(node) = open.pop() {
            let n_rows = node.end - node.start;
            if n_rows <= LOCAL && columns.n_rows > 4 * LOCAL {
                // Once: the copy has too few rows for another.
                let mut copy = std::mem::take(&mut self.local);
                let rows = &mut rows[node.start..node.end];
                let part = columns.part(rows, &mut copy);
                let root = Open {
                    start: 0,
                    end: n_rows,
                    ..node
                };
                self.depth_first(part, rows, root);
                self.local = copy;
                continue;
            }
            let index = self.add(&node);
            match self.choose(columns, &rows[node.start..node.end], &node) {
                Some(choice) => {
                    let [left, right] = self.part(columns, rows, &node, index, choice);
                    open.push(right);
                    open.push(left);
                }
                None => self.settle(&rows[node.start..node.end], index),
            }
        }
    }

    /// Always the split that lowers the impurity most.
    fn best_first(
        &mut self,
        columns: View<'_, S::Value>,
        rows: Rows<'_, R>,
        root: Open<R::Sums>,
        leaves: usize,
    ) {
        let weighed = rows.iter().map(|row| (row.y, f64::from(row.weight)));
        let mut open = BestFirst::new(self.response.risk(&root.totals, weighed));
        let mut reached = vec![root];
        for n_leaves in 1..=leaves {
            for node in reached.drain(..) {
                let index = self.add(&node);
                self.settle(&rows[node.start..node.end], index);
                if n_leaves < leaves
                    && let Some(choice) = self.choose(columns, &rows[node.start..node.end], &node)
                {
                    open.push(choice.decrease, index, (node, choice));
                }
            }
            if n_leaves == leaves {
                break;
            }
            let Some((index, (node, choice))) = open.pop() else {
                break;
            };
            reached.extend(self.part(columns, rows, &node, index, choice));
        }
    }

    /// Adds a node, as a leaf for now, and hangs it from its parent.
    fn add(&mut self, node: &Open<R::Sums>) -> usize {
        let index = self.tree.nodes.len();
        if let Some((parent, is_left)) = node.parent {
            match &mut self.tree.nodes[parent].kind {
                Kind::Branch { left, right, .. } => {
                    *(if is_left { left } else { right }) = index as u32;
                }
                Kind::Leaf { .. } => unreachable!("a node with children is a branch"),
            }
        }
        self.tree.nodes.push(Node {
            weight: self.response.weight(&node.totals) as f32,
            kind: Kind::Leaf { start: 0, end: 0 },
        });
        index
    }

    /// Says what a leaf answers. Its sums are added up anew: those of an open node come from subtractions.
    fn settle(&mut self, rows: &[Row<R::Y>], index: usize) {
        let answers = &mut self.tree.answers;
        let start = answers.len() as u32;
        self.response.answer(&sums(self.response, rows), answers);
        let end = answers.len() as u32;
        self.tree.nodes[index].kind = Kind::Leaf { start, end };
    }

    /// The best split of a node; `None` if it is a leaf.
    fn choose(
        &mut self,
        columns: View<'_, S::Value>,
        rows: &[Row<R::Y>],
        node: &Open<R::Sums>,
    ) -> Option<Choice<S::Value, R::Sums>> {
        let limit = self.limit;
        if node.depth >= limit.max_depth
            || rows.len() < limit.min_samples_split
            || rows.len() < 2 * limit.side.min_samples_leaf
            || rows.iter().all(|row| row.y == rows[0].y)
        {
            return None;
        }
        let mut best = None;
        let (mut drawn, mut found) = (0, false);
        let looked = Looked {
            response: self.response,
            rows,
            totals: &node.totals,
            limits: &limit.side,
        };
        // As scikit-learn: until one is found that has two values in the node.
        while drawn < self.features.len() && !(drawn >= limit.max_features && found) {
            let first = drawn;
            while drawn == first || drawn < limit.max_features {
                let other = drawn + self.draws.below(self.features.len() - drawn);
                self.features.swap(drawn, other);
                drawn += 1;
            }
            found |= self.search.search(
                &looked,
                &self.features[first..drawn],
                columns,
                &mut self.draws,
                &mut best,
            );
        }
        let best: Best<S::Value, R::Sums> = best?;
        let decrease = best.score - self.response.score(&node.totals);
        // Splits that change nothing are allowed, and rounding must not forbid them.
        let rounding = f64::EPSILON * self.response.weight(&node.totals);
        (decrease + rounding >= limit.min_decrease).then_some(Choice { best, decrease })
    }

    /// Makes a branch of a node and parts its rows, each side in its order.
    fn part(
        &mut self,
        columns: View<'_, S::Value>,
        rows: Rows<'_, R>,
        node: &Open<R::Sums>,
        index: usize,
        choice: Choice<S::Value, R::Sums>,
    ) -> [Open<R::Sums>; 2] {
        let Best {
            feature,
            cut,
            left,
            has_missing,
            ..
        } = choice.best;
        let column = columns.column(feature);
        let rows = &mut rows[node.start..node.end];
        // Both sides are written for each row, without a jump that would be guessed wrong half of the time.
        if self.right.len() < rows.len() {
            self.right.extend_from_slice(&rows[self.right.len()..]);
        }
        let right = &mut self.right[..rows.len()];
        let (mut n_left, mut n_right) = (0, 0);
        for at in 0..rows.len() {
            let row = rows[at];
            let goes_left = column.at(row.at).goes_left(&cut);
            rows[n_left] = row;
            right[n_right] = row;
            n_left += usize::from(goes_left);
            n_right += usize::from(!goes_left);
        }
        rows[n_left..].copy_from_slice(&right[..n_right]);
        let mut right = self.response.zeros();
        right.set_rest(&node.totals, &left);
        // Where the node misses no value, missing ones follow the heavier side.
        let weight = |sums: &R::Sums| self.response.weight(sums);
        let missing_goes_left = if has_missing {
            cut.missing_goes_left
        } else {
            weight(&left) > weight(&right)
        };
        self.tree.nodes[index].kind = Kind::Branch {
            feature,
            threshold: cut.threshold,
            missing_goes_left,
            left: 0,
            right: 0,
            decrease: choice.decrease,
        };
        let middle = node.start + n_left;
        let child = |start, end, totals, is_left| Open {
            start,
            end,
            depth: node.depth + 1,
            totals,
            parent: Some((index, is_left)),
        };
        [
            child(node.start, middle, left, true),
            child(middle, node.end, right, false),
        ]
    }
}

/// The sums of rows.
fn sums<R: Response>(response: &R, rows: &[Row<R::Y>]) -> R::Sums {
    let mut sums = response.zeros();
    for row in rows {
        response.add(&mut sums, row.y, f64::from(row.weight));
    }
    sums
}
