"""Trees of numbers against scikit-learn's DecisionTreeRegressor."""

import re

import numpy as np
import onnx
import onnxruntime
import pytest
from sklearn import metrics
from sklearn.datasets import load_diabetes, make_friedman1, make_regression
from sklearn.model_selection import KFold, train_test_split
from sklearn.tree import DecisionTreeRegressor, export_text

# scikit-learn breaks ties at random, so that its trees differ by seed.
SEEDS = range(10)


def synthetic():
    features, target = make_friedman1(2000, 10, noise=1.0, random_state=1)
    return target, features


def counts():
    features, _ = make_friedman1(2000, 8, random_state=2)
    return np.random.default_rng(3).poisson(np.exp(3 * features[:, 0] * features[:, 1])), features


def large():
    features, target = make_regression(1000, 6, n_informative=4, noise=5.0, random_state=4)
    return target + 1e4, features


DATA = {
    "diabetes": lambda: load_diabetes(return_X_y=True)[::-1],
    "friedman": synthetic,
    "counts": counts,
    "far from zero": large,
}

HYPERPARAMETERS = [
    {},
    {"max_depth": 4},
    {"min_samples_leaf": 7},
    {"min_samples_split": 0.02, "min_samples_leaf": 3},
    {"max_leaf_nodes": 25},
    {"min_impurity_decrease": 0.05},
    {"ccp_alpha": 0.05},
]


def table(name, missing=False):
    """Targets that float32 holds, as the trainer reads them, and features."""
    labels, features = DATA[name]()
    labels, features = labels.astype(np.float32), features.astype(np.float32)
    if missing:
        features[np.random.default_rng(5).random(features.shape) < 0.1] = np.nan
    return labels, features


def predict(job, rows):
    """onnxruntime's numbers."""
    onnx.checker.check_model(onnx.load(job.model), full_check=True)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(job.model, options, providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: rows})[0].ravel()


def printed(job):
    return {name: float(value) for name, value in re.findall(r"^([a-z]+:[a-z_0-9]+)=(.*?);$", job.stdout, re.MULTILINE)}


@pytest.mark.parametrize("hyperparameters", HYPERPARAMETERS, ids=str)
@pytest.mark.parametrize("missing", [False, True], ids=["complete", "missing"])
@pytest.mark.parametrize("name", DATA)
def test_training_rows_get_scikit_learns_numbers(name, missing, hyperparameters, make_job):
    labels, features = table(name, missing)
    job = make_job(labels, features, task="regression", **hyperparameters)
    ours = predict(job, features)
    trees = [DecisionTreeRegressor(random_state=seed, **hyperparameters).fit(features, labels.astype(np.float64)) for seed in SEEDS]
    theirs = [tree.predict(features) for tree in trees]
    # But for ties, as which scikit-learn's seeds differ, the trees are equal leaf by leaf.
    between = max(np.abs(theirs[0] - other).mean() for other in theirs[1:])
    apart = min(np.abs(ours - other).mean() for other in theirs)
    assert apart <= between + 1e-6 * np.abs(labels).max()
    rmse = metrics.root_mean_squared_error(labels, ours)
    assert printed(job)["train:rmse"] == pytest.approx(rmse, rel=1e-5, abs=1e-6)
    spread = [metrics.root_mean_squared_error(labels, other) for other in theirs]
    assert min(spread) * 0.99 - 1e-6 <= rmse <= max(spread) * 1.01 + 1e-3


@pytest.mark.parametrize("hyperparameters", [{"max_depth": 5}, {"min_samples_leaf": 10}, {"max_leaf_nodes": 20}], ids=str)
def test_poisson_trees_are_scikit_learns(hyperparameters, make_job):
    labels, features = table("counts")
    ours = predict(make_job(labels, features, criterion="poisson", **hyperparameters), features)
    trees = (DecisionTreeRegressor(criterion="poisson", random_state=seed, **hyperparameters) for seed in SEEDS)
    theirs = [tree.fit(features, labels).predict(features) for tree in trees]
    # But for ties, as above.
    between = max(np.abs(theirs[0] - other).mean() for other in theirs[1:])
    assert min(np.abs(ours - other).mean() for other in theirs) <= between + 1e-6


@pytest.mark.parametrize("name", DATA)
def test_cross_validated_error_is_scikit_learns(name, make_job):
    labels, features = table(name)
    ours, theirs = [], []
    for train, test in KFold(5, shuffle=True, random_state=0).split(features):
        job = make_job(labels[train], features[train], task="regression")
        ours.append(metrics.root_mean_squared_error(labels[test], predict(job, features[test])))
        trees = (DecisionTreeRegressor(random_state=seed).fit(features[train], labels[train]) for seed in range(5))
        theirs.append(np.mean([metrics.root_mean_squared_error(labels[test], tree.predict(features[test])) for tree in trees]))
    assert abs(np.mean(ours) - np.mean(theirs)) <= np.std(theirs, ddof=1) / np.sqrt(5)


def test_rules_and_metrics_are_scikit_learns(lay_out_job):
    labels, features = table("friedman")
    train, test, y_train, y_test = train_test_split(features, labels, test_size=0.4, random_state=0)
    job = lay_out_job(y_train, train, max_depth=3)
    job.write_rows("validation/rows.csv", y_test, test)
    job.train()
    assert "the labels have fractions" in job.stderr
    predicted = predict(job, test)
    expected = {
        "train:rmse": metrics.root_mean_squared_error(y_train, predict(job, train)),
        "validation:rmse": metrics.root_mean_squared_error(y_test, predicted),
        "validation:mae": metrics.mean_absolute_error(y_test, predicted),
        "validation:r2": metrics.r2_score(y_test, predicted),
    }
    assert printed(job) == pytest.approx(expected, rel=1e-5)
    theirs = export_text(DecisionTreeRegressor(max_depth=3, random_state=0).fit(train, y_train), decimals=4).splitlines()
    ours = (job.directory / "output/data/tree.txt").read_text().splitlines()
    number = re.compile(r"(-?\d+\.?\d*)\]?$")
    assert [number.sub("", line) for line in ours] == [number.sub("", line) for line in theirs]
    values = [[float(number.search(line)[1]) for line in lines] for lines in (ours, theirs)]
    np.testing.assert_allclose(*values, atol=1e-4)
