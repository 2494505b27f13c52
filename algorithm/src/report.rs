//! What a learner adds to the report of a training job. The job draws it: a learner hands over data and
//! leaves colours, scales and layout to the page.

pub mod format;

/// The model's size, for `metrics.json` and the head of the page.
///
/// ```
/// use algorithm::report::{Figure, Figures};
///
/// let figures = Figures {
///     name: "forest",
///     figures: vec![Figure { name: "n_trees", label: Some("trees"), value: 100 }],
/// };
/// assert_eq!(figures.figures[0].value, 100);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    /// Their key in `metrics.json`: `tree`.
    pub name: &'static str,
    /// In the order in which they are shown.
    pub figures: Vec<Figure>,
}

/// One number.
///
/// ```
/// use algorithm::report::Figure;
///
/// // In metrics.json only.
/// let hidden = Figure::new("n_nodes", None, 31);
/// assert!(hidden.label.is_none());
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// Its key: `n_leaves`.
    pub name: &'static str,
    /// What the page writes below it: `leaves`; nothing if the page is not to show it.
    pub label: Option<&'static str>,
    /// The number itself.
    pub value: u64,
}

impl Figure {
    /// A count of things.
    pub fn new(name: &'static str, label: Option<&'static str>, count: usize) -> Self {
        Self {
            name,
            label,
            value: count as u64,
        }
    }
}

/// How much each feature decides, by one measure.
///
/// ```
/// use algorithm::report::Importances;
///
/// let importances = Importances {
///     name: "frequency",
///     values: vec![0.75, 0.25],
///     meaning: "Part of all splits.",
/// };
/// assert_eq!(importances.values.iter().sum::<f64>(), 1.0);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Importances {
    /// What the measure is called, in `metrics.json` too: `gain`.
    pub name: &'static str,
    /// One a feature, from 0 up, with a sum of 1, or all 0.
    pub values: Vec<f64>,
    /// What they measure, in one sentence.
    pub meaning: &'static str,
}

/// A part of the page.
///
/// ```
/// use algorithm::report::{Body, Section};
///
/// let section = Section {
///     title: "Centres",
///     text: "The mean of each cluster.".to_owned(),
///     body: Body::Html("<pre>0.5 1.5</pre>".to_owned()),
/// };
/// assert!(matches!(section.body, Body::Html(_)));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Section {
    /// Its heading.
    pub title: &'static str,
    /// A paragraph below the heading.
    pub text: String,
    /// What it shows.
    pub body: Body,
}

/// What a section shows.
///
/// ```
/// use algorithm::report::Body;
///
/// // Text from data must be escaped by whoever makes markup of it.
/// let body = Body::Html("<p>3 &lt; 4</p>".to_owned());
/// assert_ne!(body, Body::Html(String::new()));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// Lines over two axes, half the page wide.
    Lines(Lines),
    /// The learner's own markup, the page's width; it is not escaped.
    Html(String),
}

/// Lines over two axes.
///
/// ```
/// use algorithm::report::{Axis, Line, Lines, Scale};
///
/// let lines = Lines {
///     label: "Accuracy by the number of leaves",
///     x: Axis { name: "leaves", scale: Scale::Logarithmic },
///     y: Axis { name: "accuracy", scale: Scale::Percent },
///     lines: vec![Line { name: "validation", points: vec![(1.0, 0.5), (8.0, 0.9)] }],
///     mark: Some((8.0, 0.9, "the model".to_owned())),
/// };
/// assert_eq!(lines.lines[0].points.len(), 2);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Lines {
    /// What the chart shows, for those who can't see it.
    pub label: &'static str,
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
    /// The lines. The first one stands out.
    pub lines: Vec<Line>,
    /// A point of the first line that matters, and what it is, in a word or two.
    pub mark: Option<(f64, f64, String)>,
}

/// An axis.
///
/// ```
/// use algorithm::report::{Axis, Scale};
///
/// let axis = Axis { name: "trees", scale: Scale::Logarithmic };
/// assert_eq!(axis.scale, Scale::Logarithmic);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Axis {
    /// What it measures.
    pub name: &'static str,
    /// How values lie on it and how they are written.
    pub scale: Scale,
}

/// How an axis is divided.
///
/// ```
/// use algorithm::report::Scale;
///
/// // 0.25 is shown as 25%.
/// assert_ne!(Scale::Percent, Scale::Logarithmic);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Counts from 1 up, logarithmic.
    Logarithmic,
    /// Parts of 1, shown in per cent, over the range that the lines take.
    Percent,
    /// Numbers, over the range that the lines take.
    Linear,
}

/// A line: its name and its points, left to right.
///
/// ```
/// use algorithm::report::Line;
///
/// let line = Line { name: "training", points: vec![(1.0, 0.5), (2.0, 0.75)] };
/// assert_eq!(line.points[1], (2.0, 0.75));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// As the chart names it.
    pub name: &'static str,
    /// Horizontal and vertical values.
    pub points: Vec<(f64, f64)>,
}
