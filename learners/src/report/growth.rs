//! Accuracy, or for numbers the error, against tree size.

mod curve;
mod errors;
mod reached;

use algorithm::{
    Data, FitError, Watch,
    report::{
        Axis, Body, Line, Lines, Scale, Section,
        format::{count, percent},
    },
};
use trees::Model;

use self::{
    curve::{Point, curve},
    errors::Errors,
    reached::Reached,
};
use super::{Report, drawing::number};

/// Points that are drawn, at equal distances on the page.
const POINTS: usize = 300;

impl Report<'_> {
    /// The section on what this tree would reach with fewer leaves; `file` is the tree's model file.
    ///
    /// # Errors
    /// The model file can't be read back.
    pub(crate) fn growth(
        &self,
        data: Data<'_>,
        file: &[u8],
        watch: &dyn Watch,
    ) -> Result<Section, FitError> {
        let model = Model::load(file);
        let model = model
            .map_err(|error| FitError::new(format!("the model file can't be read: {error}")))?;
        let n_rows = data.train.n_rows() + data.validation.map_or(0, |table| table.n_rows());
        let done = watch.begin("measuring smaller trees", "rows", n_rows as u64);
        if self.labels.is_none() {
            let errors = |table| Errors::new(self.tree, &model, table, &done);
            let train = errors(data.train);
            let validation = data.validation.map(errors);
            let points = errors::curve(self.tree, &train, validation.as_ref());
            return Ok(section(&points, &ERROR));
        }
        let train = Reached::new(&model, data.train, &done);
        let validation = data
            .validation
            .map(|table| Reached::new(&model, table, &done));
        let points = curve(self.tree, &train, validation.as_ref());
        Ok(section(&points, &ACCURACY))
    }
}

/// What the curve shows, in words.
struct Measure {
    title: &'static str,
    label: &'static str,
    name: &'static str,
    scale: Scale,
    format: fn(f64) -> String,
    is_better: fn(f64, f64) -> bool,
}

const ACCURACY: Measure = Measure {
    title: "Accuracy against tree size",
    label: "Accuracy against the number of leaves",
    name: "accuracy",
    scale: Scale::Percent,
    format: percent,
    is_better: |new, old| new > old,
};

const ERROR: Measure = Measure {
    title: "Error against tree size",
    label: "Root mean squared error against the number of leaves",
    name: "root mean squared error",
    scale: Scale::Linear,
    format: |error| number(error as f32),
    is_better: |new, old| new < old,
};

fn section(points: &[Point], measure: &Measure) -> Section {
    let best = best(points, measure);
    let drawn = thinned(points);
    let train = Line {
        name: "training",
        points: drawn
            .iter()
            .map(|point| (size(point), point.train))
            .collect(),
    };
    let validation: Vec<(f64, f64)> = drawn
        .iter()
        .filter_map(|point| Some((size(point), point.validation?)))
        .collect();
    let mut lines = vec![train];
    if !validation.is_empty() {
        let name = "validation";
        let points = validation;
        lines.insert(0, Line { name, points });
    }
    let leaves = |point: &Point| count(point.n_leaves as u64);
    let findings = match best {
        Some((point, value)) => format!(
            "On validation rows {} leaves do best: {}.",
            leaves(&point),
            (measure.format)(value)
        ),
        None => "On training rows more leaves always look better; a validation channel shows when to stop."
            .to_owned(),
    };
    Section {
        title: measure.title,
        text: format!(
            "What this tree would reach with fewer leaves, its best splits first, as max_leaf_nodes grows it. {findings}"
        ),
        body: Body::Lines(Lines {
            label: measure.label,
            x: Axis {
                name: "leaves (logarithmic)",
                scale: Scale::Logarithmic,
            },
            y: Axis {
                name: measure.name,
                scale: measure.scale,
            },
            lines,
            mark: best.map(|(point, value)| {
                let text = format!("{} leaves: {}", leaves(&point), (measure.format)(value));
                (size(&point), value, text)
            }),
        }),
    }
}

fn size(point: &Point) -> f64 {
    point.n_leaves as f64
}

/// The smallest tree of those that do best on validation rows.
fn best(points: &[Point], measure: &Measure) -> Option<(Point, f64)> {
    let scored = points
        .iter()
        .filter_map(|point| Some((*point, point.validation?)));
    scored.fold(None, |best, (point, value)| match best {
        Some((_, old)) if !(measure.is_better)(value, old) => best,
        _ => Some((point, value)),
    })
}

/// At most one point for each of `POINTS` steps of the logarithmic axis, and the last point.
fn thinned(points: &[Point]) -> Vec<Point> {
    let last = points[points.len() - 1];
    let width = size(&last).ln().max(f64::MIN_POSITIVE);
    let mut drawn: Vec<Point> = Vec::new();
    let mut step = None;
    for point in points {
        let at = (size(point).ln() / width * POINTS as f64) as usize;
        if step != Some(at) {
            drawn.push(*point);
            step = Some(at);
        }
    }
    if drawn.last() != Some(&last) {
        drawn.push(last);
    }
    drawn
}

#[cfg(test)]
mod tests;
