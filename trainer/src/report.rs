//! What a job leaves in `output/data/` for people: `report.html`, `metrics.json`, and the learner's own
//! files.

mod page;
mod summary;

use std::{fs, io, path::Path};

use algorithm::{Fitted, Labels, Output, Target};

use crate::{
    evaluate::{Contributions, Evaluation},
    input::Input,
    job::Job,
    progress::Phases,
};

/// Everything that the reports show.
pub struct Report<'a> {
    /// The hyperparameters, and the name of the job.
    pub job: &'a Job,
    /// The data.
    pub input: &'a Input,
    /// The model.
    pub fitted: &'a Fitted,
    /// What it predicts.
    pub output: &'a Output,
    /// How the model does on the rows that it was trained on.
    pub train: Evaluation,
    /// How the model does on other rows.
    pub validation: Option<Evaluation>,
    /// How much each feature contributes, if that is known.
    pub contributions: Option<Contributions>,
    /// How long the job has taken.
    pub phases: &'a Phases,
}

impl Report<'_> {
    /// Writes the files. Returns their names.
    ///
    /// # Errors
    /// The operating system refuses.
    pub fn write(&self, directory: &Path) -> io::Result<Vec<&'static str>> {
        fs::create_dir_all(directory)?;
        let mut metrics = serde_json::to_string_pretty(&summary::metrics(self))?;
        metrics.push('\n');
        fs::write(directory.join("metrics.json"), metrics)?;
        for (name, content) in &self.fitted.files {
            fs::write(directory.join(name), content)?;
        }
        let page = page::page(self).into_string();
        fs::write(directory.join("report.html"), page)?;
        let own = self.fitted.files.iter().map(|file| file.0);
        Ok(["report.html", "metrics.json"]
            .into_iter()
            .chain(own)
            .collect())
    }

    /// The evaluation that says most, and what its rows are called: rows that were not trained on, if
    /// there are any.
    fn held_out(&self) -> (&Evaluation, &'static str) {
        match &self.validation {
            Some(evaluation) => (evaluation, "validation"),
            None => (&self.train, "training"),
        }
    }

    /// The labels that the model predicts, if it predicts classes.
    fn labels(&self) -> Option<&Labels> {
        match self.output {
            Output::Classes(labels) if self.input.training.table.target != Target::None => {
                Some(labels)
            }
            Output::Classes(_) | Output::Targets(_) => None,
        }
    }
}
