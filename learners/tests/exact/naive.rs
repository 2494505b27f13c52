//! The tree that the `exact` engine promises, built the slow and obvious way: every node recounts
//! every side of every split. Floats throughout; numbers closer than [`SAME`] are equal, which on a
//! few dozen rows no two different scores are.

use learners::exact::NumberCriterion;
use linfa_trees::SplitQuality;

pub(crate) const SAME: f64 = 1e-9;

#[derive(Clone, Copy, Debug)]
pub(crate) enum Criterion {
    Classes(SplitQuality),
    Numbers(NumberCriterion),
}

#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) criterion: Criterion,
    pub(crate) max_depth: usize,
    pub(crate) min_samples_split: usize,
    pub(crate) min_samples_leaf: usize,
    pub(crate) min_weight_leaf: f64,
    pub(crate) max_leaf_nodes: Option<usize>,
    pub(crate) min_impurity_decrease: f64,
    pub(crate) ccp_alpha: f64,
}

#[derive(Clone, Debug)]
pub(crate) struct Rows {
    pub(crate) x: Vec<Vec<f32>>,
    /// Classes or numbers.
    pub(crate) y: Vec<f64>,
    pub(crate) w: Vec<f64>,
    /// 0 if numbers are learnt.
    pub(crate) n_classes: usize,
}

#[derive(Clone, Debug)]
pub(crate) struct Branch {
    pub(crate) feature: usize,
    pub(crate) threshold: f32,
    pub(crate) missing_go_to_left: bool,
    pub(crate) left: Box<Naive>,
    pub(crate) right: Box<Naive>,
}

#[derive(Clone, Debug)]
pub(crate) struct Naive {
    pub(crate) rows: Vec<usize>,
    /// By class; of numbers the whole weight alone.
    pub(crate) weights: Vec<f64>,
    /// Of numbers.
    pub(crate) mean: f64,
    pub(crate) impurity: f64,
    depth: usize,
    pub(crate) branch: Option<Branch>,
}

impl Naive {
    pub(crate) fn weight(&self) -> f64 {
        self.weights.iter().sum()
    }
    fn leaves(&self) -> usize {
        self.branch
            .as_ref()
            .map_or(1, |b| b.left.leaves() + b.right.leaves())
    }
    /// Impurity of the leaves below, weighted.
    fn risk(&self) -> f64 {
        match &self.branch {
            None => self.weight() * self.impurity,
            Some(b) => b.left.risk() + b.right.risk(),
        }
    }
}

pub(crate) fn grow(rows: &Rows, settings: &Settings) -> Naive {
    let all: Vec<usize> = (0..rows.y.len()).filter(|&i| rows.w[i] > 0.0).collect();
    let mut root = node(rows, settings, all, 0);
    let total = root.weight();
    match settings.max_leaf_nodes {
        None => grow_all(rows, settings, &mut root, total),
        Some(leaves) => grow_best_first(rows, settings, &mut root, total, leaves),
    }
    if settings.ccp_alpha > 0.0 {
        while let Some(weakest) =
            weakest_link(&root, total).filter(|w| *w <= settings.ccp_alpha + 1e-12)
        {
            cut(&mut root, total, weakest);
        }
    }
    root
}

fn node(rows: &Rows, settings: &Settings, of: Vec<usize>, depth: usize) -> Naive {
    let sum = |value: &dyn Fn(usize) -> f64| of.iter().map(|&i| rows.w[i] * value(i)).sum::<f64>();
    let (weights, mean, impurity) = match settings.criterion {
        Criterion::Classes(criterion) => {
            let mut weights = vec![0.0; rows.n_classes];
            for &i in &of {
                weights[rows.y[i] as usize] += rows.w[i];
            }
            let impurity = impurity(criterion, &weights);
            (weights, 0.0, impurity)
        }
        Criterion::Numbers(criterion) => {
            let all = sum(&|_| 1.0);
            let mean = sum(&|i| rows.y[i]) / all;
            let is_constant = of.iter().all(|&i| rows.y[i] == rows.y[of[0]]);
            let impurity = match criterion {
                _ if is_constant => 0.0,
                NumberCriterion::SquaredError => sum(&|i| (rows.y[i] - mean).powi(2)) / all,
                NumberCriterion::Poisson => {
                    sum(&|i| match rows.y[i] {
                        0.0 => 0.0,
                        y => y * (y / mean).ln(),
                    }) / all
                }
            };
            (vec![all], mean, impurity)
        }
    };
    Naive {
        impurity,
        rows: of,
        weights,
        mean,
        depth,
        branch: None,
    }
}

fn impurity(criterion: SplitQuality, weights: &[f64]) -> f64 {
    let all: f64 = weights.iter().sum();
    let shares = weights.iter().filter(|w| **w > 0.0).map(|w| w / all);
    match criterion {
        SplitQuality::Gini => 1.0 - shares.map(|p| p * p).sum::<f64>(),
        SplitQuality::Entropy => -shares.map(|p| p * p.log2()).sum::<f64>(),
    }
}

/// The best split's branch and improvement.
fn best(rows: &Rows, settings: &Settings, parent: &Naive, total: f64) -> Option<(Branch, f64)> {
    if parent.depth >= settings.max_depth
        || parent.rows.len() < settings.min_samples_split
        || parent.rows.len() < 2 * settings.min_samples_leaf
        || parent.weight() < 2.0 * settings.min_weight_leaf
        || parent.impurity < 1e-15
    {
        return None;
    }
    let features = 0..rows.x[0].len();
    let found = features
        .filter_map(|f| best_of(rows, settings, parent, total, f))
        .fold(None, |old: Option<(Branch, f64)>, new| match old {
            Some(old) if new.1 <= old.1 + SAME * parent.weight() / total => Some(old),
            _ => Some(new),
        })?;
    (found.1 + f64::EPSILON >= settings.min_impurity_decrease).then_some(found)
}

/// The best split on one feature.
pub(crate) fn best_of(
    rows: &Rows,
    settings: &Settings,
    parent: &Naive,
    total: f64,
    f: usize,
) -> Option<(Branch, f64)> {
    let value = |i: usize| rows.x[i][f];
    let mut values: Vec<f32> = parent
        .rows
        .iter()
        .map(|&i| value(i))
        .filter(|v| !v.is_nan())
        .collect();
    values.sort_by(f32::total_cmp);
    values.dedup();
    let misses = parent.rows.iter().any(|&i| value(i).is_nan());
    let mut cuts: Vec<f32> = values
        .windows(2)
        .map(|pair| {
            let midpoint = (f64::from(pair[0]) + f64::from(pair[1])) / 2.0;
            let mut t = pair[0];
            // The largest float32 at or below the midpoint, by bisection over the floats.
            let (mut low, mut high) = (order(pair[0]), order(pair[1]));
            while low < high {
                let middle = low + (high - low + 1) / 2;
                match f64::from(unorder(middle)) <= midpoint {
                    true => (low, t) = (middle, unorder(middle)),
                    false => high = middle - 1,
                }
            }
            t
        })
        .collect();
    if misses && !values.is_empty() {
        cuts.push(f32::INFINITY);
    }
    let mut best: Option<(Branch, f64)> = None;
    for threshold in cuts {
        for missing_left in [false, true] {
            if missing_left && (!misses || threshold == f32::INFINITY) {
                continue;
            }
            let goes_left = |i: &usize| {
                if value(*i).is_nan() {
                    missing_left
                } else {
                    value(*i) <= threshold
                }
            };
            let (l, r): (Vec<usize>, Vec<usize>) = parent.rows.iter().partition(|i| goes_left(i));
            if l.len().min(r.len()) < settings.min_samples_leaf {
                continue;
            }
            let left = node(rows, settings, l, parent.depth + 1);
            let right = node(rows, settings, r, parent.depth + 1);
            if left.weight().min(right.weight()) < settings.min_weight_leaf {
                continue;
            }
            let is_poisson = matches!(
                settings.criterion,
                Criterion::Numbers(NumberCriterion::Poisson)
            );
            if is_poisson && left.mean.min(right.mean) == 0.0 {
                continue;
            }
            let all = parent.weight();
            let after = left.weight() / all * left.impurity + right.weight() / all * right.impurity;
            let improvement = (all / total * (parent.impurity - after)).max(0.0);
            if best
                .as_ref()
                .is_none_or(|b| improvement > b.1 + SAME * all / total)
            {
                let branch = Branch {
                    feature: f,
                    threshold,
                    missing_go_to_left: if misses {
                        missing_left
                    } else {
                        left.weight() > right.weight() + SAME
                    },
                    left: Box::new(left),
                    right: Box::new(right),
                };
                best = Some((branch, improvement));
            }
        }
    }
    best
}

/// The floats' order as whole numbers.
fn order(x: f32) -> i64 {
    let bits = i64::from(x.to_bits() & 0x7fff_ffff);
    if x.is_sign_negative() { -bits } else { bits }
}

fn unorder(at: i64) -> f32 {
    let x = f32::from_bits(at.unsigned_abs() as u32);
    if at < 0 { -x } else { x }
}

fn grow_all(rows: &Rows, settings: &Settings, node: &mut Naive, total: f64) {
    if let Some((mut branch, _)) = best(rows, settings, node, total) {
        grow_all(rows, settings, &mut branch.left, total);
        grow_all(rows, settings, &mut branch.right, total);
        node.branch = Some(branch);
    }
}

fn grow_best_first(rows: &Rows, settings: &Settings, root: &mut Naive, total: f64, leaves: usize) {
    // Leaves by the path to them, in the order they were reached.
    let mut open: Vec<Vec<bool>> = vec![vec![]];
    let step = root.impurity / (1u64 << 44) as f64;
    while root.leaves() < leaves {
        let mut chosen: Option<(i64, usize, Branch)> = None;
        for (at, path) in open.iter().enumerate() {
            if let Some((branch, improvement)) = best(rows, settings, follow(root, path), total) {
                let steps = (improvement / step).round() as i64;
                if chosen.as_ref().is_none_or(|c| steps > c.0) {
                    chosen = Some((steps, at, branch));
                }
            }
        }
        let Some((_, at, branch)) = chosen else {
            return;
        };
        let path = open.remove(at);
        follow(root, &path).branch = Some(branch);
        for side in [false, true] {
            open.push(path.iter().copied().chain([side]).collect());
        }
    }
}

fn follow<'a>(mut node: &'a mut Naive, path: &[bool]) -> &'a mut Naive {
    for &right in path {
        let branch = node.branch.as_mut().unwrap();
        node = if right {
            &mut branch.right
        } else {
            &mut branch.left
        };
    }
    node
}

fn strength(node: &Naive, total: f64) -> f64 {
    (node.weight() * node.impurity - node.risk()) / total / (node.leaves() - 1) as f64
}

/// The smallest strength of any branch.
pub(crate) fn weakest_link(node: &Naive, total: f64) -> Option<f64> {
    let branch = node.branch.as_ref()?;
    let below = [&branch.left, &branch.right]
        .into_iter()
        .filter_map(|n| weakest_link(n, total));
    Some(below.fold(strength(node, total), f64::min))
}

fn cut(node: &mut Naive, total: f64, weakest: f64) {
    if node.branch.is_some() && strength(node, total) <= weakest + 1e-12 {
        node.branch = None;
    }
    if let Some(branch) = &mut node.branch {
        cut(&mut branch.left, total, weakest);
        cut(&mut branch.right, total, weakest);
    }
}
