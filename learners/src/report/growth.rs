//! Accuracy against tree size.

mod curve;
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
    reached::Reached,
};
use super::Report;

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
        let train = Reached::new(&model, data.train, &done);
        let validation = data
            .validation
            .map(|table| Reached::new(&model, table, &done));
        let points = curve(self.tree, &train, validation.as_ref());
        Ok(section(&points))
    }
}

fn section(points: &[Point]) -> Section {
    let best = best(points);
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
    let findings = match best {
        Some((point, accuracy)) => format!(
            "On validation rows {} leaves do best: {}.",
            count(point.n_leaves as u64),
            percent(accuracy)
        ),
        None => "On training rows more leaves always look better; a validation channel shows when to stop."
            .to_owned(),
    };
    Section {
        title: "Accuracy against tree size",
        text: format!(
            "What this tree would reach with fewer leaves, its best splits first, as max_leaf_nodes grows it. {findings}"
        ),
        body: Body::Lines(Lines {
            label: "Accuracy against the number of leaves",
            x: Axis {
                name: "leaves (logarithmic)",
                scale: Scale::Logarithmic,
            },
            y: Axis {
                name: "accuracy",
                scale: Scale::Percent,
            },
            lines,
            mark: best.map(|(point, accuracy)| {
                let text = format!(
                    "{} leaves: {}",
                    count(point.n_leaves as u64),
                    percent(accuracy)
                );
                (size(&point), accuracy, text)
            }),
        }),
    }
}

fn size(point: &Point) -> f64 {
    point.n_leaves as f64
}

/// The smallest tree of the highest validation accuracy.
fn best(points: &[Point]) -> Option<(Point, f64)> {
    let scored = points
        .iter()
        .filter_map(|point| Some((*point, point.validation?)));
    scored.fold(None, |best, (point, accuracy)| match best {
        Some((_, highest)) if accuracy <= highest => best,
        _ => Some((point, accuracy)),
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
