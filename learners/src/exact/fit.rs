//! From a linfa dataset to a tree.

use std::sync::Arc;

use linfa::{DatasetBase, dataset::AsSingleTargets, traits::Fit};
use linfa_trees::SplitQuality;
use ndarray::{ArrayBase, Data, Ix1, Ix2};

use super::{
    best_first,
    columns::Columns,
    criterion::{
        Basis, Criterion, Entropy, Gini, GiniBinary, GiniWide, Logs, Poisson, Squared, SquaredWide,
    },
    depth_first,
    element::{Element, Layout},
    error::Error,
    grower::Grower,
    numbers::Numbers,
    params::Params,
    plan::Plan,
    prune,
    totals::Measure,
    weights::{NARROW, Weights},
};
use crate::{Node, Tree, impurity::NumberCriterion};

/// Rows, features and classes that the engine can number.
const MOST: usize = i32::MAX as usize;

impl<D, T> Fit<ArrayBase<D, Ix2>, T, Error> for Params<SplitQuality>
where
    D: Data<Elem = f32>,
    T: AsSingleTargets<Elem = usize>,
{
    type Object = Tree;

    /// Grows a tree of classes. Records are rows of features, missing values NaN; targets are class indices;
    /// weights are empty or one for each row. Uses the current rayon pool.
    ///
    /// # Errors
    ///
    /// An empty data set, an infinite feature, a negative or infinite weight, a class beyond the
    /// number that was set, sizes above 2^31 - 1.
    ///
    /// # Panics
    ///
    /// [`class_weight`](Params::class_weight) has no factor for a class of the rows.
    fn fit(&self, dataset: &DatasetBase<ArrayBase<D, Ix2>, T>) -> Result<Tree, Error> {
        let targets = dataset.as_single_targets();
        let classes = targets.as_standard_layout();
        let classes = slice(&classes);
        let given = dataset.weights.as_standard_layout();
        let given = slice(&given);
        check_sizes(dataset.records.dim(), ("classes", classes.len()), given)?;
        let n_classes = n_classes(classes, self.n_classes)?;
        let class_weight = self.class_weight.as_ref();
        let factors = class_weight.map(|weight| weight.factors(classes, n_classes));
        let weights = Weights::new(given, classes.len(), |row| {
            factors.as_ref().map_or(1.0, |of| of[classes[row]])
        })?;
        let logs = match self.criterion {
            SplitQuality::Gini => Logs::default(),
            SplitQuality::Entropy => Logs::new(weights.total),
        };
        let basis = Basis {
            measure: Measure::Classes(self.criterion),
            n_classes,
            logs: Arc::new(logs),
        };
        let plan = Plan::new(self, dataset.records.view(), basis, &weights);
        let rows = Rows {
            layout: Layout::new(weights.n_rows(classes.len()), n_classes),
            weights,
            classes,
            numbers: Vec::new(),
        };
        let nodes = if rows.layout.fits::<u32>() {
            self.grow::<u32>(&plan, rows)
        } else {
            self.grow::<u64>(&plan, rows)
        }?;
        Ok(Tree { nodes, n_classes })
    }
}

impl<D, T> Fit<ArrayBase<D, Ix2>, T, Error> for Params<NumberCriterion>
where
    D: Data<Elem = f32>,
    T: AsSingleTargets<Elem = f32>,
{
    type Object = Tree;

    /// Grows a tree of numbers: as that of classes, with a finite number for each row.
    ///
    /// # Errors
    ///
    /// Those of classes; a number that is not finite; for [`Poisson`](NumberCriterion::Poisson) also one
    /// below 0, or no number above it.
    fn fit(&self, dataset: &DatasetBase<ArrayBase<D, Ix2>, T>) -> Result<Tree, Error> {
        let targets = dataset.as_single_targets();
        let numbers = targets.as_standard_layout();
        let numbers = slice(&numbers);
        let given = dataset.weights.as_standard_layout();
        let given = slice(&given);
        check_sizes(dataset.records.dim(), ("numbers", numbers.len()), given)?;
        let weights = Weights::new(given, numbers.len(), |_| 1.0)?;
        let numbers = Numbers::new(numbers, &weights, self.criterion)?;
        let basis = Basis {
            measure: Measure::Numbers {
                criterion: self.criterion,
                unit: numbers.unit,
            },
            n_classes: 0,
            logs: Arc::default(),
        };
        let plan = Plan::new(self, dataset.records.view(), basis, &weights);
        let rows = Rows {
            layout: Layout::new(numbers.units.len(), 1),
            weights,
            classes: &[],
            numbers: numbers.units,
        };
        let nodes = match (self.criterion, numbers.are_narrow) {
            (NumberCriterion::Poisson, _) => self.grow::<Poisson>(&plan, rows),
            (NumberCriterion::SquaredError, true) => self.grow::<Squared>(&plan, rows),
            (NumberCriterion::SquaredError, false) => self.grow::<SquaredWide>(&plan, rows),
        }?;
        Ok(Tree {
            nodes,
            n_classes: 0,
        })
    }
}

/// The training rows, beside their features.
struct Rows<'a> {
    weights: Weights,
    layout: Layout,
    /// By row of the matrix; empty if numbers are learnt.
    classes: &'a [usize],
    /// By row, numbered as in the weights; empty if classes are learnt.
    numbers: Vec<i64>,
}

impl Params<SplitQuality> {
    fn grow<'a, E: Element>(&self, plan: &'a Plan<'a>, rows: Rows<'_>) -> Result<Vec<Node>, Error> {
        let narrow = rows.weights.total < NARROW;
        match self.criterion {
            SplitQuality::Entropy => self.grow_by::<E, Entropy>(plan, rows),
            SplitQuality::Gini if plan.basis.n_classes == 2 && rows.weights.units.is_none() => {
                self.grow_by::<E, GiniBinary>(plan, rows)
            }
            SplitQuality::Gini if narrow => self.grow_by::<E, Gini>(plan, rows),
            SplitQuality::Gini => self.grow_by::<E, GiniWide>(plan, rows),
        }
    }
}

impl Params<NumberCriterion> {
    fn grow<'a, C: Criterion>(
        &self,
        plan: &'a Plan<'a>,
        rows: Rows<'_>,
    ) -> Result<Vec<Node>, Error> {
        if rows.layout.fits::<u32>() {
            self.grow_by::<u32, C>(plan, rows)
        } else {
            self.grow_by::<u64, C>(plan, rows)
        }
    }
}

impl<P> Params<P> {
    fn grow_by<'a, E: Element, C: Criterion>(
        &self,
        plan: &'a Plan<'a>,
        rows: Rows<'_>,
    ) -> Result<Vec<Node>, Error> {
        let Rows {
            weights,
            layout,
            classes,
            numbers,
        } = rows;
        let class = |row: usize| classes.get(row).copied().unwrap_or(0);
        let columns = Columns::<E>::sorted(plan.records, class, weights.rows.as_deref(), layout)?;
        let mut grower = Grower::<E, C>::new(
            plan,
            columns,
            weights.rows.unwrap_or_default(),
            weights.units.unwrap_or_default(),
            numbers,
            Vec::new(),
        );
        let root = grower.root();
        let n_rows = root.n_rows();
        let nodes = match self.max_leaf_nodes {
            None => depth_first::grow(grower, root),
            Some(leaves) => {
                let nodes = best_first::grow(grower, root, leaves);
                plan.settled(n_rows);
                nodes
            }
        };
        Ok(if self.ccp_alpha > 0.0 {
            prune::prune(nodes, self.ccp_alpha)
        } else {
            nodes
        })
    }
}

fn slice<S: Data>(array: &ArrayBase<S, Ix1>) -> &[S::Elem] {
    match array.as_slice() {
        Some(slice) => slice,
        None => unreachable!("an array in standard layout is a slice"),
    }
}

/// Checks that there is a target and, if there are any, a weight for each row, and that the engine can number
/// rows and features.
fn check_sizes(
    (n_rows, n_features): (usize, usize),
    targets: (&'static str, usize),
    weights: &[f32],
) -> Result<(), Error> {
    let weights = ("weights", weights.len());
    for (what, found) in [targets, weights] {
        let may_be_absent = what == "weights" && found == 0;
        if found != n_rows && !may_be_absent {
            return Err(Error::Length {
                rows: n_rows,
                what,
                found,
            });
        }
    }
    for (what, found) in [("rows", n_rows), ("features", n_features)] {
        match found {
            0 => return Err(Error::Empty(what)),
            1..=MOST => {}
            _ => {
                return Err(Error::TooMany {
                    what,
                    found,
                    allowed: MOST,
                });
            }
        }
    }
    Ok(())
}

/// The number of classes that was set, which has to cover all rows; if none was set, as many as the rows
/// need.
fn n_classes(classes: &[usize], set: Option<usize>) -> Result<usize, Error> {
    let needed = classes
        .iter()
        .max()
        .map_or(0, |&last| last.saturating_add(1));
    let n_classes = set.unwrap_or(needed);
    if n_classes > MOST {
        return Err(Error::TooMany {
            what: "classes",
            found: n_classes,
            allowed: MOST,
        });
    }
    match classes
        .iter()
        .enumerate()
        .find(|(_, class)| **class >= n_classes)
    {
        None => Ok(n_classes),
        Some((row, &class)) => Err(Error::Class {
            row,
            class,
            last: n_classes.saturating_sub(1),
        }),
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;

    /// Narrow and wide entries, and the criteria for two classes, for any number and for wide
    /// weights, must grow the same tree.
    #[test]
    fn every_entry_width_and_gini_criterion_grows_the_same_tree() {
        let n = 3_000;
        let hash = |i: usize| (i as u32).wrapping_mul(2_654_435_761) >> 16;
        let x = Array2::from_shape_fn((n, 5), |(i, j)| (hash(i * 5 + j) % 700) as f32);
        let classes: Vec<usize> = (0..n)
            .map(|i| usize::from(x[[i, 0]] + x[[i, 1]] > 700.0 || i % 9 == 0))
            .collect();
        let params = Params::default();
        let rows = || Rows {
            weights: Weights::new(&[], n, |_| 1.0).unwrap(),
            layout: Layout::new(n, 2),
            classes: &classes,
            numbers: Vec::new(),
        };
        let basis = Basis {
            measure: Measure::Classes(SplitQuality::Gini),
            n_classes: 2,
            logs: Arc::default(),
        };
        let plan = Plan::new(&params, x.view(), basis, &rows().weights);
        let narrow = params.grow_by::<u32, GiniBinary>(&plan, rows()).unwrap();
        assert!(narrow.len() > 500);
        let wide = params.grow_by::<u64, GiniBinary>(&plan, rows()).unwrap();
        assert!(narrow == wide);
        assert!(narrow == params.grow_by::<u32, Gini>(&plan, rows()).unwrap());
        assert!(narrow == params.grow_by::<u64, GiniWide>(&plan, rows()).unwrap());
    }
}
