//! The columns of a channel, learnt from its first record.

use std::sync::Arc;

use algorithm::{Features, Task};

use super::{first::First, options::Options};
use crate::{
    columns::{Columns, Width},
    content_type::ContentType,
    dictionary::quoted,
    fault::Fault,
    format::Format,
    leading::Leading,
    schema::Schema,
};

/// Features that a sparse row can have.
const MAX_FEATURES: usize = u32::MAX as usize;

/// The columns, as far as they are known.
pub(super) struct Layout<'a> {
    options: &'a Options,
    /// Whether the first column of the file that is being read is a label.
    has_label: bool,
    columns: Option<Columns>,
    schema: Option<Arc<Schema>>,
}

impl<'a> Layout<'a> {
    pub(super) fn new(options: &'a Options) -> Self {
        let schema = options
            .like
            .as_ref()
            .map(|columns| schema(columns, options, false));
        Self {
            options,
            has_label: false,
            columns: options.like.clone(),
            schema,
        }
    }

    /// Begins a file. If nothing is to be learnt about its rows, a column of labels is passed over.
    pub(super) fn open(&mut self, content_type: ContentType) {
        self.has_label = self.options.task != Task::Unlabelled || content_type.leads_with_label();
    }

    /// The columns, if a record gave them.
    pub(super) fn into_columns(self) -> Option<Columns> {
        self.columns
    }

    /// Number of features, if it is known.
    pub(super) fn n_features(&self) -> Option<usize> {
        self.columns.as_ref().map(|columns| columns.features.len())
    }

    /// The schema that decoders need. Until the columns are known, rows may have any number of them.
    pub(super) fn schema(&self) -> Arc<Schema> {
        self.schema.clone().unwrap_or_else(|| {
            let columns = Columns {
                features: Features::unnamed(MAX_FEATURES),
                given_by: String::new(),
            };
            schema(&columns, self.options, true)
        })
    }

    /// The columns before the features, if a weight is not left out.
    fn all_leading(&self) -> Leading {
        Leading {
            label: self.has_label,
            weight: self.options.csv_weights,
        }
    }

    /// The columns before the features of lists of `width` values. Weights matter for training only, so that
    /// other channels may have the column or not.
    pub(super) fn leading(&self, width: usize) -> Leading {
        let all = self.all_leading();
        let like = self.options.like.as_ref();
        let is_left_out =
            like.is_some_and(|columns| width == columns.features.len() + usize::from(all.label));
        Leading {
            weight: all.weight && !is_left_out,
            ..all
        }
    }

    /// Takes the columns from a file's first record, unless an earlier file gave them; checks its names.
    pub(super) fn begin(
        &mut self,
        found: &First,
        format: Format,
        file: &str,
        lines_before: u64,
    ) -> Result<Leading, Fault> {
        let given_by = if format.is_lines() {
            format!("line {} of {file}", lines_before + found.line)
        } else {
            format!("row 1 of {file}")
        };
        let fault = |column: Option<usize>, what: String| Fault {
            row: Some(1),
            line: format.is_lines().then_some(found.line),
            place: column.map(|column| format!("column {column}")),
            what,
            is_misfit: false,
        };
        match &found.columns {
            None => Ok(self.all_leading()),
            Some(Width::Features(n_features, names)) => {
                let features = if names.is_empty() {
                    Features::unnamed(*n_features)
                } else {
                    Features::named(names.clone())
                };
                self.lay_out(features, given_by)
                    .map_err(|what| fault(None, what))?;
                Ok(self.all_leading())
            }
            Some(Width::List(width, names)) => {
                let leading = self.leading(*width);
                let n_features = width.saturating_sub(leading.count());
                if n_features == 0 {
                    let is_one = format == Format::Csv && *width == 1;
                    let found = is_one.then_some(found.text.as_slice());
                    return Err(fault(Some(*width), too_narrow(*width, found, leading)));
                }
                let features = match names.get(leading.count()..) {
                    Some(names) if !names.is_empty() => Features::named(names.to_vec()),
                    _ => Features::unnamed(n_features),
                };
                self.lay_out(features, given_by)
                    .map_err(|what| fault(None, what))?;
                if !names.is_empty() {
                    self.check_names(names, leading)
                        .map_err(|(column, what)| fault(column, what))?;
                }
                Ok(leading)
            }
        }
    }

    /// Takes the columns, unless they are known.
    pub(super) fn lay_out(&mut self, features: Features, given_by: String) -> Result<(), String> {
        if self.columns.is_some() {
            return Ok(());
        }
        let n_features = features.len();
        if n_features == 0 || n_features > MAX_FEATURES {
            return Err(format!(
                "found {n_features} features, expected 1 to {MAX_FEATURES}"
            ));
        }
        let columns = Columns { features, given_by };
        self.schema = Some(schema(&columns, self.options, true));
        self.columns = Some(columns);
        Ok(())
    }

    /// Checks that the names in a file are those of the columns.
    fn check_names(
        &self,
        names: &[String],
        leading: Leading,
    ) -> Result<(), (Option<usize>, String)> {
        let (Some(columns), Some(schema)) = (&self.columns, &self.schema) else {
            unreachable!("the columns are laid out")
        };
        let (found, expected) = (&names[leading.count()..], columns.features.names());
        if expected.is_empty() {
            return Ok(());
        }
        let differs = found.iter().zip(expected).position(|(a, b)| a != b);
        if let Some(feature) = differs {
            let what = format!(
                "found the column name {:?}, expected {:?} as in {}",
                found[feature], expected[feature], columns.given_by
            );
            return Err((Some(leading.count() + feature + 1), what));
        }
        if found.len() != expected.len() {
            return Err((None, schema.wrong_columns(names.len(), leading)));
        }
        Ok(())
    }
}

/// What decoders know of these columns; `is_first` if the channel's own first record gives them.
fn schema(columns: &Columns, options: &Options, is_first: bool) -> Arc<Schema> {
    let schema = Schema::of_channel(columns, options.absent, is_first);
    Arc::new(schema.with_missing(options.takes_missing))
}

/// The message for a first record that has no features.
fn too_narrow(width: usize, only: Option<&[u8]>, leading: Leading) -> String {
    let found = match only {
        Some(text) => format!("one column, {}", quoted(text)),
        None if width == 1 => "1 column".to_owned(),
        None => format!("{width} columns"),
    };
    let by = if only.is_some() {
        ", separated by commas"
    } else {
        ""
    };
    let before = leading
        .words()
        .replace("a weight", "a weight (csv_weights=1)");
    format!("found {found}, expected {before}at least one feature{by}")
}
