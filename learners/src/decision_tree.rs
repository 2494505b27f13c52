//! The learner of a single decision tree.

mod grow;
mod onnx;

use std::time::Instant;

use algorithm::{
    Data, FitError, Fitted, Learner, Parameter, Settings, SettingsError, Table, Target, Task,
    Watch,
    report::{Figure, Figures, format::counted},
};
use tracing::info;
use trees::ONNX;

pub use grow::grow;
pub use onnx::to_onnx;

use crate::{
    Tree, canonical, explained, importances::importances, parameters, report::Report, task,
};

/// A single tree of classes or numbers, written as an ONNX file.
///
/// The hyperparameters have scikit-learn's names, meanings and defaults, and `engine` chooses what grows
/// the tree: [`exact`](crate::exact), or the crate linfa-trees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DecisionTree;

impl Learner for DecisionTree {
    fn name(&self) -> &'static str {
        "decision_tree"
    }

    fn parameters(&self) -> &'static [Parameter] {
        parameters::TABLE
    }

    fn settings(
        &self,
        tables: &[&'static [Parameter]],
        given: &[(String, String)],
    ) -> Result<Settings, SettingsError> {
        let settings = task::settings(tables, given)?;
        if task::task(&settings) == Task::Numbers {
            grow::check_engine(&settings).map_err(|error| SettingsError::Own(error.to_string()))?;
        }
        Ok(settings)
    }

    fn task(&self, settings: &Settings) -> Task {
        task::task(settings)
    }

    fn fit(
        &self,
        data: Data<'_>,
        settings: &Settings,
        watch: &dyn Watch,
    ) -> Result<Fitted, FitError> {
        let settled = watch.begin("growing", "rows settled", data.train.n_rows() as u64);
        let started = Instant::now();
        let tree = grow(data.train, settings, settled)?;
        info!(
            "grew the tree in {:.2} s: {} leaves, depth {}",
            started.elapsed().as_secs_f64(),
            tree.n_leaves(),
            tree.depth()
        );
        let file = to_onnx(&tree, data.train, settings)?;
        let features = &data.train.features;
        let labels = match &data.train.target {
            Target::Classes { labels, .. } => Some(labels),
            Target::Numbers(_) | Target::None => None,
        };
        let report = Report {
            tree: &tree,
            features,
            labels,
        };
        let title = match labels {
            Some(labels) => format!("A decision tree for {}", counted(labels.len(), "class")),
            None => "A regression tree".to_owned(),
        };
        Ok(Fitted {
            figures: figures(&tree),
            importances: importances(
                tree.feature_importances(features.len()),
                tree.nodes.iter().filter_map(|node| {
                    let split = node.split?;
                    Some((split.feature, node.weighted_n_node_samples))
                }),
                [
                    "How much of the impurity the splits on a feature take away, of all that is taken away.",
                    "The weight of the rows that come to a split on a feature, of those that come to any.",
                ],
            ),
            explained_rows: explained::rows(
                || canonical::order(data.train),
                steps(&tree, data.train),
            ),
            sections: vec![
                report.drawing(data.train),
                report.growth(data, &file, watch)?,
            ],
            files: vec![("tree.txt", report.rules().into_bytes())],
            ..Fitted::new(ONNX, file, title)
        })
    }
}

/// The steps of a row's contributions.
fn steps(tree: &Tree, table: &Table) -> u64 {
    let children = tree.nodes.iter().map(|node| {
        let split = node.split?;
        Some([split.left, split.right])
    });
    explained::passes(&table.target) * explained::steps(table.features.len(), children)
}

fn figures(tree: &Tree) -> Figures {
    Figures {
        name: "tree",
        figures: vec![
            Figure::new("n_leaves", Some("leaves"), tree.n_leaves()),
            Figure::new("n_nodes", None, tree.nodes.len()),
            Figure::new("depth", Some("levels deep"), tree.depth()),
        ],
    }
}

#[cfg(test)]
mod tests;
