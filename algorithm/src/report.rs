//! What a learner adds to the report of a training job. The job draws it: a learner hands over data and
//! leaves colours, scales and layout to the page.

pub mod format;

/// The model's size, for `metrics.json` and the head of the page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    /// Their key in `metrics.json`: `tree`.
    pub name: &'static str,
    /// In the order in which they are shown.
    pub figures: Vec<Figure>,
}

/// One number.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// Its key: `n_leaves`.
    pub name: &'static str,
    /// What the page writes below it: `leaves`; nothing if the page is not to show it.
    pub label: Option<&'static str>,
    /// The number itself.
    pub value: u64,
}

/// How much each feature decides.
#[derive(Clone, Debug, PartialEq)]
pub struct Importances {
    /// One a feature, from 0 up, with a sum of 1, or all 0.
    pub values: Vec<f64>,
    /// What they measure, in one sentence.
    pub meaning: &'static str,
}

/// A part of the page.
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
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// Lines over two axes, half the page wide.
    Lines(Lines),
    /// The learner's own markup, the page's width; it is not escaped.
    Html(String),
}

/// Lines over two axes.
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
    /// A point of the first line that matters, and what it is.
    pub mark: Option<(f64, f64, String)>,
}

/// An axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Axis {
    /// What it measures.
    pub name: &'static str,
    /// How values lie on it and how they are written.
    pub scale: Scale,
}

/// How an axis is divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Counts from 1 up, logarithmic.
    Logarithmic,
    /// Parts of 1, shown in per cent, over the range that the lines take.
    Percent,
}

/// A line: its name and its points, left to right.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// As the chart names it.
    pub name: &'static str,
    /// Horizontal and vertical values.
    pub points: Vec<(f64, f64)>,
}
