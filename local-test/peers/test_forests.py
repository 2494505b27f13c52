"""Random forests and extremely randomised trees against scikit-learn's."""

import re

import numpy as np
import onnx
import onnxruntime
import pytest
from sklearn import ensemble, metrics
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine, make_classification, make_friedman1
from sklearn.model_selection import train_test_split

SEEDS = range(10)
# One forest is as much chance as one of theirs: the median of these is compared.
OUR_SEEDS = range(5)

CLASSES = {
    "breast cancer": lambda: load_breast_cancer(return_X_y=True),
    "digits": lambda: load_digits(return_X_y=True),
    "wine": lambda: load_wine(return_X_y=True),
    "synthetic": lambda: make_classification(4000, 20, n_informative=8, n_classes=5, random_state=0),
}
NUMBERS = {
    "diabetes": lambda: load_diabetes(return_X_y=True),
    "friedman": lambda: make_friedman1(3000, 10, noise=1.0, random_state=1),
}
LEARNERS = {
    "random_forest": (ensemble.RandomForestClassifier, ensemble.RandomForestRegressor),
    "extra_trees": (ensemble.ExtraTreesClassifier, ensemble.ExtraTreesRegressor),
}
HYPERPARAMETERS = [{}, {"max_depth": 6}, {"min_samples_leaf": 5, "max_features": 0.5}, {"max_leaf_nodes": 30}]


def split(rows, labels):
    rows, labels = rows.astype(np.float32), labels.astype(np.float32)
    return train_test_split(rows, labels, test_size=0.4, random_state=0)


def predict(job, rows):
    """onnxruntime's outputs."""
    onnx.checker.check_model(onnx.load(job.model), full_check=True)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(job.model, options, providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: rows})


def assert_within(ours, theirs):
    """Smaller is better: no worse than scikit-learn's seeds, by more than they differ among themselves."""
    ours, spread = np.median(ours), max(theirs) - min(theirs)
    assert ours <= max(theirs) + 0.5 * spread + 1e-9, (ours, min(theirs), max(theirs))


@pytest.mark.parametrize("hyperparameters", HYPERPARAMETERS, ids=str)
@pytest.mark.parametrize("learner", LEARNERS)
@pytest.mark.parametrize("name", CLASSES)
def test_classes(name, learner, hyperparameters, make_job):
    train, test, y_train, y_test = split(*CLASSES[name]())
    jobs = [make_job(y_train.astype(int), train, algorithm=learner, random_state=seed, **hyperparameters) for seed in OUR_SEEDS]
    ours = [predict(job, test) for job in jobs]
    models = [LEARNERS[learner][0](random_state=seed, n_jobs=2, **hyperparameters).fit(train, y_train) for seed in SEEDS]
    theirs = [model.predict_proba(test) for model in models]
    wrong = lambda p: np.mean(p.argmax(1) != y_test)  # noqa: E731
    assert_within([np.mean(labels != y_test) for labels, _ in ours], [wrong(p) for p in theirs])
    # A class that a row has no chance of costs its whole loss: a floor keeps a few rows from deciding.
    loss = lambda p: metrics.log_loss(y_test, np.maximum(p, 0.01))  # noqa: E731
    assert_within([loss(p.astype(np.float64)) for _, p in ours], [loss(p) for p in theirs])


@pytest.mark.parametrize("hyperparameters", HYPERPARAMETERS, ids=str)
@pytest.mark.parametrize("learner", LEARNERS)
@pytest.mark.parametrize("name", NUMBERS)
def test_numbers(name, learner, hyperparameters, make_job):
    train, test, y_train, y_test = split(*NUMBERS[name]())
    settings = {"algorithm": learner, "task": "regression", **hyperparameters}
    jobs = [make_job(y_train, train, random_state=seed, **settings) for seed in OUR_SEEDS]
    ours = [predict(job, test)[0].ravel() for job in jobs]
    models = [LEARNERS[learner][1](random_state=seed, n_jobs=2, **hyperparameters).fit(train, y_train) for seed in SEEDS]
    rmse = lambda predicted: metrics.root_mean_squared_error(y_test, predicted)  # noqa: E731
    assert_within([rmse(predicted) for predicted in ours], [rmse(model.predict(test)) for model in models])


@pytest.mark.parametrize("learner", LEARNERS)
@pytest.mark.parametrize("name", ["digits", "friedman"])
def test_out_of_bag_score_is_scikit_learns(name, learner, make_job):
    is_classes = name in CLASSES
    rows, labels = ((CLASSES | NUMBERS)[name])()
    rows = rows.astype(np.float32)
    task = {} if is_classes else {"task": "regression"}
    job = make_job(labels, rows, algorithm=learner, bootstrap=True, oob_score=True, **task)
    found = float(re.search(r'"oob_score": ?([0-9.]+)', (job.directory / "output" / "data" / "metrics.json").read_text()).group(1))
    theirs = [
        LEARNERS[learner][0 if is_classes else 1](bootstrap=True, oob_score=True, random_state=seed, n_jobs=2)
        .fit(rows, labels)
        .oob_score_
        for seed in SEEDS
    ]
    assert_within(-found, [-score for score in theirs])
