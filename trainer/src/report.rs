//! What a job leaves in `output/data/` for people: `report.html`, `tree.txt`, `metrics.json`.

mod page;
mod rules;
mod summary;

use std::{
    fs::{self, File},
    io::{self, BufWriter},
    path::Path,
};

use crate::{
    data::Table,
    evaluate::{Evaluation, GrowthPoint, Metrics, feature_importances, growth},
    hyperparameters::Hyperparameters,
    tree::{Leaves, Tree},
};

/// How the tree does on a table.
#[derive(Clone, Debug)]
pub struct Scored {
    /// Where its rows end up.
    pub evaluation: Evaluation,
    /// What that amounts to.
    pub metrics: Metrics,
}

impl Scored {
    /// Sends a table's rows through the tree.
    pub fn of(tree: &Tree, leaves: &Leaves<'_>, table: &Table) -> Self {
        let evaluation = Evaluation::of(tree, &table.dataset);
        let metrics = Metrics::of(&evaluation, leaves);
        Self {
            evaluation,
            metrics,
        }
    }
}

/// Everything that the reports tell.
#[derive(Debug)]
pub struct Report<'a> {
    /// What the job goes by.
    pub title: String,
    /// What the tree was grown by.
    pub settings: &'a Hyperparameters,
    /// The training data.
    pub table: &'a Table,
    /// The labels, in the order of the classes.
    pub class_names: Vec<String>,
    /// The tree.
    pub tree: &'a Tree,
    /// How it does on the rows that it was grown from.
    pub train: Scored,
    /// How it does on others.
    pub validation: Option<Scored>,
    /// By feature, with a sum of 1.
    pub importances: Vec<f64>,
    /// Accuracy against tree size.
    pub growth: Vec<GrowthPoint>,
    /// What about the data is likely not meant so.
    pub warnings: Vec<String>,
    /// The phases of the job in seconds.
    pub seconds: Vec<(&'static str, f64)>,
}

impl<'a> Report<'a> {
    /// The report on a tree; the rest of its fields is what it is made from.
    #[allow(clippy::too_many_arguments, reason = "each is a field")]
    pub fn new(
        title: String,
        settings: &'a Hyperparameters,
        table: &'a Table,
        class_names: Vec<String>,
        tree: &'a Tree,
        train: Scored,
        validation: Option<Scored>,
        warnings: Vec<String>,
    ) -> Self {
        let unseen = validation.as_ref().map(|scored| &scored.evaluation);
        Self {
            title,
            settings,
            table,
            class_names,
            tree,
            importances: feature_importances(tree, table.columns.n_features),
            growth: growth(tree, &train.evaluation, unseen),
            train,
            validation,
            warnings,
            seconds: Vec::new(),
        }
    }

    /// Writes the three files.
    ///
    /// # Errors
    /// The operating system refuses.
    pub fn write(&self, directory: &Path) -> io::Result<()> {
        fs::create_dir_all(directory)?;
        let mut metrics = serde_json::to_string_pretty(&summary::metrics(self))?;
        metrics.push('\n');
        fs::write(directory.join("metrics.json"), metrics)?;
        let rules = BufWriter::new(File::create(directory.join("tree.txt"))?);
        rules::write(rules, self.tree, &self.table.columns, &self.class_names)?;
        fs::write(
            directory.join("report.html"),
            page::page(self).into_string(),
        )
    }

    /// The rows that tell most: those the tree was not grown from, where there are any.
    fn telling(&self) -> (&Scored, &'static str) {
        match &self.validation {
            Some(scored) => (scored, "validation"),
            None => (&self.train, "training"),
        }
    }
}
