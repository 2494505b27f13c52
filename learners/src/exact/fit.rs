//! From a linfa dataset to a tree.

use std::sync::Arc;

use linfa::{DatasetBase, dataset::AsSingleTargets, traits::Fit};
use linfa_trees::SplitQuality;
use ndarray::{ArrayBase, Data, Ix2};

use super::{
    best_first,
    columns::Columns,
    criterion::{Criterion, Entropy, Gini, GiniBinary, GiniWide},
    depth_first,
    draw::Path,
    element::{Element, Layout},
    error::Error,
    grower::{Grower, OpenNode},
    params::Params,
    plan::Plan,
    prune,
    totals::Totals,
    weights::{NARROW, Weights},
};
use crate::{Node, Tree};

/// Rows, features and classes that the engine can number.
const MOST: usize = i32::MAX as usize;

impl<D, T> Fit<ArrayBase<D, Ix2>, T, Error> for Params
where
    D: Data<Elem = f32>,
    T: AsSingleTargets<Elem = usize>,
{
    type Object = Tree;

    /// Grows a tree. Records are rows of features, missing values NaN; targets are class indices;
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
        let records = dataset.records.view();
        let targets = dataset.as_single_targets();
        let classes = targets.as_standard_layout();
        let Some(classes) = classes.as_slice() else {
            unreachable!("an array in standard layout is a slice");
        };
        let (n_rows, n_features) = records.dim();
        if classes.len() != n_rows {
            return Err(Error::Length {
                rows: n_rows,
                what: "classes",
                found: classes.len(),
            });
        }
        let given = dataset.weights.as_standard_layout();
        let Some(given) = given.as_slice() else {
            unreachable!("an array in standard layout is a slice");
        };
        if !given.is_empty() && given.len() != n_rows {
            return Err(Error::Length {
                rows: n_rows,
                what: "weights",
                found: given.len(),
            });
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
        let n_classes = n_classes(classes, self.n_classes)?;
        let weights = Weights::new(given, classes, n_classes, self.class_weight.as_ref())?;
        let plan = Plan::new(self, records, n_classes, &weights);
        let layout = Layout::new(weights.n_rows(n_rows), n_classes);
        let nodes = if layout.fits::<u32>() {
            self.grow::<u32>(&plan, classes, weights, layout)
        } else {
            self.grow::<u64>(&plan, classes, weights, layout)
        }?;
        Ok(Tree { nodes, n_classes })
    }
}

impl Params {
    fn grow<'a, E: Element>(
        &self,
        plan: &'a Plan<'a>,
        classes: &[usize],
        weights: Weights,
        layout: Layout,
    ) -> Result<Vec<Node>, Error> {
        let narrow = weights.total < NARROW;
        match self.criterion {
            SplitQuality::Entropy => self.grow_by::<E, Entropy>(plan, classes, weights, layout),
            SplitQuality::Gini if plan.basis.n_classes == 2 && weights.units.is_none() => {
                self.grow_by::<E, GiniBinary>(plan, classes, weights, layout)
            }
            SplitQuality::Gini if narrow => self.grow_by::<E, Gini>(plan, classes, weights, layout),
            SplitQuality::Gini => self.grow_by::<E, GiniWide>(plan, classes, weights, layout),
        }
    }

    fn grow_by<'a, E: Element, C: Criterion>(
        &self,
        plan: &'a Plan<'a>,
        classes: &[usize],
        weights: Weights,
        layout: Layout,
    ) -> Result<Vec<Node>, Error> {
        let n_rows = weights.n_rows(classes.len());
        let mut totals = Totals::new(plan.basis.n_classes);
        let row_of = |row: usize| weights.rows.as_ref().map_or(row, |rows| rows[row] as usize);
        let unit_of = |row: usize| weights.units.as_ref().map_or(1, |units| units[row]);
        totals.count((0..n_rows).map(|row| (classes[row_of(row)], unit_of(row))));
        let impurity = totals.impurity(plan.split_quality);
        let root = OpenNode {
            start: 0,
            end: n_rows,
            depth: 0,
            path: Path::root(plan.random_state),
            column: 0,
            features: (0..plan.records.ncols() as u32).collect::<Arc<[u32]>>(),
            impurity,
            weight: totals.weight(),
            is_leaf: plan.is_leaf(0, n_rows, totals.weight(), impurity),
        };
        let columns = Columns::<E>::sorted(plan.records, classes, weights.rows.as_deref(), layout)?;
        let grower = Grower::<E, C>::new(
            plan,
            columns,
            weights.rows.unwrap_or_default(),
            weights.units.unwrap_or_default(),
            Vec::new(),
        );
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
        let weights = || Weights::new(&[], &classes, 2, None).unwrap();
        let all = weights();
        let plan = Plan::new(&params, x.view(), 2, &all);
        let layout = Layout::new(n, 2);
        let narrow = params
            .grow_by::<u32, GiniBinary>(&plan, &classes, weights(), layout)
            .unwrap();
        assert!(narrow.len() > 500);
        let wide = params
            .grow_by::<u64, GiniBinary>(&plan, &classes, weights(), layout)
            .unwrap();
        assert!(narrow == wide);
        assert!(
            narrow
                == params
                    .grow_by::<u32, Gini>(&plan, &classes, weights(), layout)
                    .unwrap()
        );
        assert!(
            narrow
                == params
                    .grow_by::<u64, GiniWide>(&plan, &classes, weights(), layout)
                    .unwrap()
        );
    }
}
