//! The learners of forests.

use std::{marker::PhantomData, slice, sync::atomic::AtomicUsize, time::Instant};

use algorithm::{
    Data, FitError, Fitted, Learner, Output, Parameter, Settings, SettingsError, Table, Target,
    Task, Watch,
    report::{Figure, Figures, format::counted},
};
use linfa_trees::SplitQuality;
use tracing::info;
use trees::ONNX;

use super::{
    block::{Columns, Row, numbers},
    grow::Tree,
    onnx::to_onnx,
    oob::OutOfBag,
    parameters, part, report,
    response::{Classes, Numbers, Response},
    search::{Histogram, Random, Search, Sorted},
    spec::{self, Spec},
    trees::Plan,
};
use crate::{
    bins::Bins,
    canonical, explained,
    impurity::NumberCriterion,
    task::{self, Criterion},
};

/// A random forest (Breiman 2001), written as an ONNX file, with scikit-learn's hyperparameters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RandomForest;

/// Extremely randomised trees (Geurts, Ernst, Wehenkel 2006), written as an ONNX file, with scikit-learn's
/// hyperparameters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExtraTrees;

impl Learner for RandomForest {
    fn name(&self) -> &'static str {
        "random_forest"
    }

    fn parameters(&self) -> &'static [Parameter] {
        parameters::RANDOM_FOREST
    }

    fn settings(
        &self,
        tables: &[&'static [Parameter]],
        given: &[(String, String)],
    ) -> Result<Settings, SettingsError> {
        spec::settings(tables, given)
    }

    fn task(&self, settings: &Settings) -> Task {
        task::task(settings)
    }

    /// A host grows its share of the trees, which depend on their numbers alone.
    fn shares_work(&self, _: &Settings) -> bool {
        true
    }

    fn fit(
        &self,
        data: Data<'_>,
        settings: &Settings,
        watch: &dyn Watch,
    ) -> Result<Fitted, FitError> {
        let method = match settings.choice("tree_method") {
            "hist" => Method::Histogram {
                max_bin: settings.whole("max_bin") as usize,
            },
            "exact" => Method::Sorted,
            other => unreachable!("the table does not allow tree_method={other}"),
        };
        fit("random forest", data, settings, watch, method)
    }
}

impl Learner for ExtraTrees {
    fn name(&self) -> &'static str {
        "extra_trees"
    }

    fn parameters(&self) -> &'static [Parameter] {
        parameters::EXTRA_TREES
    }

    fn settings(
        &self,
        tables: &[&'static [Parameter]],
        given: &[(String, String)],
    ) -> Result<Settings, SettingsError> {
        spec::settings(tables, given)
    }

    fn task(&self, settings: &Settings) -> Task {
        task::task(settings)
    }

    /// A host grows its share of the trees, which depend on their numbers alone.
    fn shares_work(&self, _: &Settings) -> bool {
        true
    }

    fn fit(
        &self,
        data: Data<'_>,
        settings: &Settings,
        watch: &dyn Watch,
    ) -> Result<Fitted, FitError> {
        fit(
            "forest of extremely randomised trees",
            data,
            settings,
            watch,
            Method::Random,
        )
    }
}

/// The out-of-bag score is computed this many times while a forest grows, or a few times less.
const OOB_SCORES: usize = 100;

/// How splits are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Method {
    Histogram { max_bin: usize },
    Sorted,
    Random,
}

fn fit(
    kind: &str,
    data: Data<'_>,
    settings: &Settings,
    watch: &dyn Watch,
    method: Method,
) -> Result<Fitted, FitError> {
    let table = data.train;
    let spec = Spec::new(settings, table)?;
    let share = watch.share();
    let part = part::of(share, spec.n_trees, settings, table)?;
    let own: Vec<usize> = share.of(spec.n_trees).collect();
    let grown = watch.begin("growing", "trees", own.len() as u64);
    let started = Instant::now();
    let order = canonical::order(table);
    let rows = Canonical {
        table,
        order: &order,
        spec: &spec,
        method,
        own: &own,
        watch,
        grown: &grown,
    };
    let (forest, output, learns) = match &table.target {
        Target::Classes { labels, of_row } => {
            let y: Vec<u32> = order
                .iter()
                .map(|row| of_row[*row as usize] as u32)
                .collect();
            let is_entropy = spec.criterion == Criterion::Classes(SplitQuality::Entropy);
            let forest = rows.grow_classes(labels.len(), is_entropy, &y);
            (
                forest,
                Output::Classes(labels.clone()),
                counted(labels.len(), "class"),
            )
        }
        Target::Numbers(numbers) => {
            let response = Numbers {
                poisson: spec.criterion == Criterion::Numbers(NumberCriterion::Poisson),
            };
            let y: Vec<f32> = order.iter().map(|row| numbers[*row as usize]).collect();
            let forest = rows.grow(&response, &y, |oob| oob.r2(&y));
            (forest, Output::Targets(1), "numbers".to_owned())
        }
        Target::None => unreachable!("a forest asks for a target"),
    };
    info!(
        "grew {} in {:.2} s",
        counted(forest.trees.len(), "tree"),
        started.elapsed().as_secs_f64()
    );
    // Of a large forest that takes a while, too.
    watch.begin("writing the model file", "trees", 0);
    // A part's sums are not those of a model: the job measures its trees as a forest of their own.
    let whole = to_onnx(&forest.trees, output.clone(), table, settings, None)?;
    let (file, measured) = match part {
        Some(_) => {
            let part = to_onnx(&forest.trees, output, table, settings, part)?;
            (part, Some(whole))
        }
        None => (whole, None),
    };
    let mut warnings = Vec::new();
    if forest.n_unanswered > 0 {
        warnings.push(format!(
            "{} of {} rows were drawn by every tree, the out-of-bag score leaves them out: more trees help",
            forest.n_unanswered,
            table.n_rows()
        ));
    }
    Ok(Fitted {
        metrics: forest
            .oob_scores
            .last()
            .map(|(_, score)| ("oob_score", *score))
            .into_iter()
            .collect(),
        warnings,
        figures: Figures {
            name: "forest",
            figures: vec![
                Figure::new("n_trees", Some("trees"), forest.trees.len()),
                Figure::new(
                    "n_leaves",
                    Some("leaves"),
                    forest.trees.iter().map(Tree::n_leaves).sum(),
                ),
                Figure::new(
                    "n_nodes",
                    None,
                    forest.trees.iter().map(|tree| tree.nodes.len()).sum(),
                ),
            ],
        },
        importances: report::importances(&forest.trees, table.features.len()),
        explained_rows: explained::rows(|| order, report::steps(&forest.trees, table)),
        sections: report::oob_curve(&forest.oob_scores, &table.target)
            .into_iter()
            .collect(),
        file_name: part.map(|part| part.file_name()),
        measured,
        ..Fitted::new(ONNX, file, part::title(part, kind, &learns))
    })
}

/// The rows in their canonical order, and how a forest is grown on them.
struct Canonical<'a> {
    table: &'a Table,
    order: &'a [u32],
    spec: &'a Spec,
    method: Method,
    /// The numbers of the trees to grow.
    own: &'a [usize],
    watch: &'a dyn Watch,
    grown: &'a AtomicUsize,
}

/// A grown forest, and what the rows that its trees have not seen say of it.
struct Forest {
    trees: Vec<Tree>,
    /// Numbers of trees, and the score of that many, ascending; none if it is not asked for.
    oob_scores: Vec<(usize, f64)>,
    /// Rows that every tree has seen.
    n_unanswered: usize,
}

impl Canonical<'_> {
    /// Sums are arrays for a few classes: their length is known to the compiler.
    fn grow_classes(&self, n: usize, entropy: bool, y: &[u32]) -> Forest {
        let weights = &self.spec.weights;
        let whole = weights.iter().all(|w| w.fract() == 0.0 && *w >= 1.0);
        let classes = Classes {
            n,
            entropy,
            whole: whole && !self.spec.balance_each,
            sums: PhantomData,
        };
        fn of<S>(classes: Classes<()>) -> Classes<S> {
            Classes {
                n: classes.n,
                entropy: classes.entropy,
                whole: classes.whole,
                sums: PhantomData,
            }
        }
        let score = |oob: &OutOfBag| oob.accuracy(y);
        match n {
            2 => self.grow(&of::<[f64; 2]>(classes), y, score),
            3..=4 => self.grow(&of::<[f64; 4]>(classes), y, score),
            5..=8 => self.grow(&of::<[f64; 8]>(classes), y, score),
            9..=16 => self.grow(&of::<[f64; 16]>(classes), y, score),
            _ => self.grow(&of::<Vec<f64>>(classes), y, score),
        }
    }

    fn grow<R: Response>(
        &self,
        response: &R,
        y: &[R::Y],
        score: impl Fn(&OutOfBag) -> f64,
    ) -> Forest {
        let zeros = response.zeros();
        let values = || numbers(self.table.records.view(), self.order);
        match self.method {
            Method::Histogram { max_bin } => {
                let (bins, cuts) = bins(self.table, self.order, max_bin);
                self.grow_on(response, bins, y, || Histogram::new(&cuts, &zeros), score)
            }
            Method::Sorted => self.grow_on(response, values(), y, || Sorted::new(&zeros), score),
            Method::Random => self.grow_on(response, values(), y, || Random::new(&zeros), score),
        }
    }

    fn grow_on<R: Response, S: Search<R>>(
        &self,
        response: &R,
        values: Vec<S::Value>,
        y: &[R::Y],
        search: impl Fn() -> S + Sync,
        score: impl Fn(&OutOfBag) -> f64,
    ) -> Forest {
        let spec = self.spec;
        let rows = (0..).zip(self.order).zip(y).map(|((at, row), y)| Row {
            at,
            weight: spec.weights[*row as usize],
            y: *y,
        });
        let rows: Vec<Row<R::Y>> = rows.collect();
        let columns = Columns::new(values, rows.len());
        let plan = Plan {
            response,
            limit: spec.limit,
            search,
            trees: self.own.to_vec(),
            seed: spec.seed,
            n_draws: spec.n_draws,
            balance: spec.balance_each,
        };
        let mut oob = spec
            .oob_score
            .then(|| OutOfBag::new(y.len(), response.width()));
        let n_trees = self.own.len();
        let mut trees = Vec::with_capacity(n_trees);
        let mut oob_scores = Vec::new();
        let between = n_trees.div_ceil(OOB_SCORES);
        let value = |row: usize, feature: u32| {
            self.table.records[[self.order[row] as usize, feature as usize]]
        };
        plan.grow(&columns, &rows, self.grown, |grown| {
            for grown in grown {
                if let Some(oob) = &mut oob {
                    oob.add(slice::from_ref(&grown), value);
                    let n = trees.len() + 1;
                    if n % between == 0 || n == n_trees {
                        oob_scores.push((n, score(oob)));
                    }
                }
                trees.push(grown.tree);
            }
            if let Some((_, score)) = oob_scores.last() {
                self.watch.status(format!("oob_score {score:.5}"));
            }
        });
        Forest {
            trees,
            oob_scores,
            n_unanswered: oob.map_or(0, |oob| oob.n_unanswered()),
        }
    }
}

/// The bins of the rows in their order, column by column, and the cuts between them.
fn bins(table: &Table, order: &[u32], max_bin: usize) -> (Vec<u8>, Vec<Vec<f32>>) {
    let bins = Bins::new(table.records.view(), max_bin);
    let mut values = Vec::with_capacity(table.records.len());
    for feature in 0..bins.n_features() {
        let column = bins.column(feature);
        values.extend(order.iter().map(|row| column[*row as usize]));
    }
    let cuts = (0..bins.n_features()).map(|feature| bins.cuts(feature).to_vec());
    (values, cuts.collect())
}
