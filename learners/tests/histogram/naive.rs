//! A grower that follows the definitions and knows no bins: it compares values with thresholds, and sums
//! the rows anew for every candidate.

use learners::{
    bins::Bins,
    histogram::{GrowPolicy, Params},
};

use crate::data::Data;

#[derive(Debug, PartialEq)]
pub(crate) struct Node {
    /// Feature, threshold, whether missing values go left, gain, children.
    pub(crate) split: Option<(u32, f32, bool, f32, [usize; 2])>,
    pub(crate) weight: f32,
    pub(crate) rows: Vec<u32>,
}

struct Open {
    node: usize,
    depth: usize,
    /// Bounds of the node's value, and those of its parent.
    bounds: [(f32, f32); 2],
    used: Vec<u32>,
    split: Option<(u32, f32, bool, f32)>,
}

pub(crate) struct Naive<'a> {
    pub(crate) data: &'a Data,
    pub(crate) bins: &'a Bins,
    pub(crate) params: &'a Params,
}

impl Naive<'_> {
    pub(crate) fn grow(&self, rows: Vec<u32>) -> Vec<Node> {
        let free = (f32::MIN, f32::MAX);
        let mut nodes = vec![self.leaf(rows, free)];
        let mut open = vec![self.open(&nodes, 0, 0, [free; 2], Vec::new())];
        let mut n_leaves = 1;
        loop {
            open.retain(|open| {
                open.split.is_some()
                    && (self.params.max_depth == 0 || open.depth < self.params.max_depth)
            });
            if open.is_empty()
                || (self.params.max_leaves != 0 && n_leaves >= self.params.max_leaves)
            {
                break;
            }
            let next = match self.params.grow_policy {
                GrowPolicy::Depthwise => 0,
                GrowPolicy::Lossguide => {
                    let gain = |at: usize| open[at].split.unwrap().3;
                    (0..open.len())
                        .rev()
                        .max_by(|&a, &b| gain(a).total_cmp(&gain(b)))
                        .unwrap()
                }
            };
            let parent = open.remove(next);
            n_leaves += 1;
            let (feature, threshold, missing_left, gain) = parent.split.unwrap();
            let (left, right): (Vec<u32>, Vec<u32>) = nodes[parent.node]
                .rows
                .iter()
                .partition(|&&row| self.goes_left(row, feature, threshold, missing_left));
            let children = [nodes.len(), nodes.len() + 1];
            nodes[parent.node].split = Some((feature, threshold, missing_left, gain, children));
            for rows in [left, right] {
                nodes.push(self.leaf(rows, parent.bounds[0]));
            }
            let [a, b] = children.map(|child| nodes[child].weight);
            let middle = (a + b) / 2.0;
            let (low, high) = parent.bounds[0];
            let bounds = match self.constraint(feature) {
                1 => [(low, middle), (middle, high)],
                -1 => [(middle, high), (low, middle)],
                _ => [(low, high); 2],
            };
            let mut used = parent.used.clone();
            used.push(feature);
            for side in 0..2 {
                let bounds = [bounds[side], parent.bounds[0]];
                open.push(self.open(
                    &nodes,
                    children[side],
                    parent.depth + 1,
                    bounds,
                    used.clone(),
                ));
            }
            open.sort_by_key(|open| open.node);
        }
        for node in nodes.iter_mut().filter(|node| node.split.is_none()) {
            node.weight *= self.params.eta as f32;
        }
        nodes
    }

    fn leaf(&self, rows: Vec<u32>, bounds: (f32, f32)) -> Node {
        Node {
            split: None,
            weight: self.weight(self.sum(&rows), bounds),
            rows,
        }
    }

    fn open(
        &self,
        nodes: &[Node],
        node: usize,
        depth: usize,
        bounds: [(f32, f32); 2],
        used: Vec<u32>,
    ) -> Open {
        let rows = &nodes[node].rows;
        let own = self.gain(self.sum(rows), bounds[1]) as f32;
        let mut best: Option<(u32, f32, bool, f32)> = None;
        for feature in 0..self.bins.n_features() as u32 {
            let sets = &self.params.interaction_constraints;
            let allowed = sets.is_empty()
                || used.is_empty()
                || used.contains(&feature)
                || sets
                    .iter()
                    .any(|set| set.contains(&feature) && used.iter().all(|f| set.contains(f)));
            if !allowed {
                continue;
            }
            let cuts = self.bins.cuts(feature as usize);
            let missing = rows.iter().any(|&row| self.x(row, feature).is_nan());
            let mut candidates: Vec<(f32, bool)> = cuts.iter().map(|&cut| (cut, false)).collect();
            if missing {
                candidates.push((f32::INFINITY, false));
                candidates.extend(cuts.iter().rev().map(|&cut| (cut, true)));
            }
            for (threshold, missing_left) in candidates {
                let (left, right): (Vec<u32>, Vec<u32>) = rows
                    .iter()
                    .partition(|&&row| self.goes_left(row, feature, threshold, missing_left));
                let (left, right) = (self.sum(&left), self.sum(&right));
                let least = self.params.min_child_weight;
                if left.1 <= 0.0 || right.1 <= 0.0 || left.1 < least || right.1 < least {
                    continue;
                }
                let weights = [left, right].map(|sum| self.weight(sum, bounds[0]));
                match self.constraint(feature) {
                    1 if weights[0] > weights[1] => continue,
                    -1 if weights[0] < weights[1] => continue,
                    _ => {}
                }
                let gain = (self.gain(left, bounds[0]) + self.gain(right, bounds[0])) as f32 - own;
                if gain > best.map_or(0.0, |best| best.3) {
                    best = Some((feature, threshold, missing_left, gain));
                }
            }
        }
        let split = best.filter(|best| best.3 > 1e-6 && f64::from(best.3) >= self.params.gamma);
        Open {
            node,
            depth,
            bounds,
            used,
            split,
        }
    }

    fn x(&self, row: u32, feature: u32) -> f32 {
        self.data.x[(row as usize, feature as usize)]
    }

    fn goes_left(&self, row: u32, feature: u32, threshold: f32, missing_left: bool) -> bool {
        let x = self.x(row, feature);
        if x.is_nan() {
            missing_left
        } else {
            x <= threshold
        }
    }

    fn constraint(&self, feature: u32) -> i8 {
        self.params
            .monotone_constraints
            .get(feature as usize)
            .copied()
            .unwrap_or(0)
    }

    fn sum(&self, rows: &[u32]) -> (f64, f64) {
        rows.iter().fold((0.0, 0.0), |(g, h), &row| {
            let pair = self.data.gradients[row as usize];
            (g + f64::from(pair.g), h + f64::from(pair.h))
        })
    }

    fn shrunk(&self, g: f64) -> f64 {
        g.signum() * (g.abs() - self.params.alpha).max(0.0)
    }

    fn weight(&self, (g, h): (f64, f64), (low, high): (f32, f32)) -> f32 {
        let step = match self.params.max_delta_step {
            0.0 => f64::INFINITY,
            step => step,
        };
        let weight = match h > 0.0 && h >= self.params.min_child_weight {
            true => (-self.shrunk(g) / (h + self.params.lambda)).clamp(-step, step),
            false => 0.0,
        };
        (weight as f32).clamp(low, high)
    }

    fn gain(&self, (g, h): (f64, f64), bounds: (f32, f32)) -> f64 {
        let Params { lambda, alpha, .. } = *self.params;
        if h <= 0.0 || h < self.params.min_child_weight {
            return 0.0;
        }
        let constrained = self
            .params
            .monotone_constraints
            .iter()
            .any(|&sign| sign != 0);
        if self.params.max_delta_step == 0.0 && !constrained {
            return self.shrunk(g).powi(2) / (h + lambda);
        }
        let w = f64::from(self.weight((g, h), bounds));
        -(2.0 * g * w + (h + lambda) * w * w + 2.0 * alpha * w.abs())
    }
}
