//! What stands before the trees.

use algorithm::{Features, text::excerpt};

use super::{
    error::{Error, invalid, unsupported},
    lines::{Lines, key_and_value},
    list::{List, Place},
    objective::Objective,
};

/// The lines before the first tree.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) features: Features,
    /// Raw scores a row, at least 1: tree `i` adds to raw score `i` modulo this.
    pub(super) trees_per_iteration: usize,
    /// The objective's name and parameters; `None` if it was not LightGBM's.
    objective: Option<String>,
    /// Whether answers are the average over the iterations, and not the sum.
    averages: bool,
    /// The number of trees; files of old versions do not say.
    pub(super) n_trees: Option<usize>,
    /// Whether the end of the trees follows at once.
    pub(super) ends: bool,
}

impl Header {
    /// Reads up to the first tree, whose first line is left.
    pub(super) fn read(lines: &mut Lines<'_>) -> Result<Self, Error> {
        let list = |key, text| List {
            place: Place { tree: None, key },
            text,
        };
        let (mut num_class, mut per_iteration, mut max_feature) = (None, None, None);
        let (mut names, mut sizes) = (None, None);
        let (mut objective, mut averages, mut ends) = (None, false, false);
        while let Some(line) = lines.peek()
            && !line.starts_with(b"Tree=")
        {
            lines.next();
            let (key, value) = key_and_value(line);
            match key {
                b"version" if !matches!(value, b"v2" | b"v3" | b"v4") => {
                    return unsupported!(
                        "version: found `{}`, supported are v2, v3 and v4",
                        excerpt(value)
                    );
                }
                b"num_class" => num_class = Some(list("num_class", value)),
                b"num_tree_per_iteration" => {
                    per_iteration = Some(list("num_tree_per_iteration", value));
                }
                b"max_feature_idx" => max_feature = Some(list("max_feature_idx", value)),
                // What is not UTF-8 is no objective's name.
                b"objective" => objective = Some(String::from_utf8_lossy(value).into_owned()),
                b"average_output" => averages = true,
                b"feature_names" => names = Some(list("feature_names", value)),
                b"tree_sizes" => sizes = Some(list("tree_sizes", value)),
                // Otherwise what follows would be read as lines before the trees.
                b"end of trees" => {
                    ends = true;
                    break;
                }
                _ => {}
            }
        }
        let Some(per_iteration) = per_iteration.or(num_class) else {
            return invalid!("num_class: the line is missing");
        };
        Ok(Self {
            features: features(max_feature, names)?,
            trees_per_iteration: match per_iteration.integer(i32::MAX as u32)? {
                0 => {
                    return invalid!(
                        "{}: found 0, allowed are numbers from 1",
                        per_iteration.place
                    );
                }
                count => count as usize,
            },
            objective,
            averages,
            ends,
            n_trees: sizes.map(|sizes| sizes.items().count()),
        })
    }

    /// What happens to the raw scores of a file of this many iterations.
    pub(super) fn objective(&self, n_iterations: usize) -> Result<Objective, Error> {
        let divisor = self.averages.then_some(n_iterations as f64);
        let line = self.objective.as_deref().unwrap_or("custom");
        Objective::new(line, self.trees_per_iteration, divisor)
    }

    /// The objective's name, as the file has it.
    pub(super) fn objective_name(&self) -> Option<String> {
        let mut words = self.objective.as_deref()?.split_ascii_whitespace();
        words.next().map(str::to_owned)
    }
}

fn features(max_feature: Option<List<'_>>, names: Option<List<'_>>) -> Result<Features, Error> {
    let Some(max_feature) = max_feature else {
        return invalid!("max_feature_idx: the line is missing");
    };
    let n_features = max_feature.integer(i32::MAX as u32 - 1)? as usize + 1;
    let Some(names) = names else {
        return invalid!("feature_names: the line is missing");
    };
    let found = names.items().count();
    if found != n_features {
        return invalid!(
            "feature_names: found {found}, expected {n_features}, as max_feature_idx says"
        );
    }
    let mut texts = Vec::with_capacity(found);
    for (i, name) in names.items().enumerate() {
        match std::str::from_utf8(name) {
            Ok(name) => texts.push(name.to_owned()),
            Err(_) => {
                return invalid!(
                    "feature_names[{i}]: found `{}`, expected UTF-8",
                    excerpt(name)
                );
            }
        }
    }
    Ok(Features::named(texts))
}
