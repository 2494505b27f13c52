"""Boosted trees as this project writes them, in XGBoost's format and in ONNX: XGBoost loads what it would have saved
itself, and onnxruntime's answers are XGBoost's."""

import json
import subprocess

import numpy as np
import onnx
import onnxruntime
import pytest
import xgboost

from conftest import BINARIES

CASES = {
    "squared error": {},
    "sampled, weighted": {"subsample": 0.5, "scale_pos_weight": 2, "names": True},
    "leaves first": {"grow_policy": "lossguide", "max_leaves": 40, "max_depth": 0},
    "deep": {"max_depth": 14, "min_child_weight": 0},
    "leaves alone": {"gamma": 1e9},
    "forest": {"num_parallel_tree": 5, "subsample": 0.5, "eta": 1, "rounds": 1},
    "squared log error": {"objective": "reg:squaredlogerror"},
    "absolute error": {"objective": "reg:absoluteerror"},
    "pseudo-Huber": {"objective": "reg:pseudohubererror", "huber_slope": 0.7},
    "quantiles": {"objective": "reg:quantileerror", "quantile_alpha": [0.1, 0.5, 0.9]},
    "shares": {"objective": "reg:logistic"},
    "counts": {"objective": "count:poisson", "max_delta_step": 0.3},
    "gamma": {"objective": "reg:gamma"},
    "tweedie": {"objective": "reg:tweedie", "tweedie_variance_power": 1.3},
    "two classes": {"objective": "binary:logistic", "scale_pos_weight": 2.5},
    # No leaf is negative: one column would mean another rule for the label.
    "one class of two": {"objective": "binary:logistic", "base_score": 0.6, "min_child_weight": 0, "label": 1},
    "margins": {"objective": "binary:logitraw"},
    "margins from 0 up": {"objective": "binary:logitraw", "base_score": 0, "label": 1},
    "hinge": {"objective": "binary:hinge"},
    "softmax": {"objective": "multi:softmax", "num_class": 4},
    "softprob, forests": {"objective": "multi:softprob", "num_class": 3, "num_parallel_tree": 3, "subsample": 0.5, "names": True},
    "softprob, two classes": {"objective": "multi:softprob", "num_class": 2},
    "softprob, one base score": {"objective": "multi:softprob", "num_class": 3, "base_score": 0.5},
}


def rows_of(seed, n=1500):
    random = np.random.default_rng(seed)
    rows = random.normal(size=(n, 6)).astype(np.float32)
    rows[:, 1] = np.round(rows[:, 1])
    rows[random.random(rows.shape) < 0.1] = np.nan
    return rows


def labels_of(objective, rows, n_classes):
    random = np.random.default_rng(1)
    score = np.nan_to_num(rows[:, 0] + 0.5 * rows[:, 1] * rows[:, 2] - rows[:, 3]) + 0.3 * random.normal(size=len(rows))
    if objective.startswith("multi"):
        return np.clip(np.floor(score + n_classes / 2), 0, n_classes - 1)
    if objective.startswith("binary") or objective == "reg:logistic":
        return score > 0
    if objective == "count:poisson":
        return random.poisson(np.exp(score / 3))
    return np.exp(score / 2) if objective in ("reg:gamma", "reg:tweedie") else np.abs(score)


def beside_thresholds(booster, rows, names):
    """Rows with a value on a threshold, one float32 below and one above it."""
    nodes = booster.trees_to_dataframe()
    generator = np.random.default_rng(3)
    found = []
    for feature, split in nodes.loc[nodes.Feature != "Leaf", ["Feature", "Split"]].itertuples(index=False):
        split = np.float32(split)
        for value in (split, np.nextafter(split, np.float32(-np.inf)), np.nextafter(split, np.float32(np.inf))):
            row = rows[generator.integers(len(rows))].copy()
            row[names.index(feature)] = value
            found.append(row)
    return np.array(found, dtype=np.float32).reshape(-1, rows.shape[1])


class Case:
    """A model that XGBoost grew, the files that were written of its trees, and rows to ask."""

    def __init__(self, directory, objective="reg:squarederror", names=False, rounds=8, label=None, **parameters):
        self.objective = objective
        names = [f"f {i} ü" for i in range(6)] if names else None
        rows = rows_of(0)
        labels = labels_of(objective, rows, parameters.get("num_class", 2))
        labels = np.full(len(rows), label) if label is not None else labels
        matrix = xgboost.DMatrix(rows, label=labels, feature_names=names)
        self.parameters = {"objective": objective, "max_depth": 4, "nthread": 1, **parameters}
        options = {"evals": [(matrix, "train")], "verbose_eval": False, "early_stopping_rounds": 50}
        xgboost.train(self.parameters, matrix, rounds, **options).save_model(directory / "grown.json")
        self.matrix = matrix
        # As its own file has it: training leaves a random state behind.
        self.grown = xgboost.Booster(model_file=directory / "grown.json")
        subprocess.run([BINARIES / "examples/rewrite_xgboost", directory / "grown.json", directory / "written"], check=True)
        self.written, self.onnx = directory / "written.ubj", directory / "written.onnx"
        rows = rows_of(9, 700)
        self.rows = np.concatenate([rows, beside_thresholds(self.grown, rows, names or [f"f{i}" for i in range(6)])])
        self.asked = xgboost.DMatrix(self.rows, feature_names=names)


@pytest.fixture(scope="module", params=CASES)
def case(request, tmp_path_factory):
    return Case(tmp_path_factory.mktemp("boosters"), **CASES[request.param])


def test_xgboost_answers_as_before(case):
    written = xgboost.Booster(model_file=case.written)
    for options in [{}, *({key: True} for key in ("output_margin", "pred_leaf", "pred_contribs"))]:
        assert np.array_equal(written.predict(case.asked, **options), case.grown.predict(case.asked, **options)), options
    first = {"iteration_range": (0, 1)}
    assert np.array_equal(written.predict(case.asked, **first), case.grown.predict(case.asked, **first))
    assert written.feature_names == case.grown.feature_names
    assert written.attributes() == case.grown.attributes()
    assert written.best_iteration == case.grown.best_iteration
    assert written.num_boosted_rounds() == case.grown.num_boosted_rounds()
    assert written.get_dump(with_stats=True) == case.grown.get_dump(with_stats=True)


def test_xgboost_saves_what_it_would_have_saved(case):
    """All but two things that change no answer: whether the base score was estimated, and the weights of leaves
    before they were shrunk or renewed."""
    written = xgboost.Booster(model_file=case.written)

    def saved(booster):
        document = json.loads(bytes(booster.save_raw("json")))
        del document["learner"]["learner_model_param"]["boost_from_average"]
        for tree in document["learner"]["gradient_booster"]["model"]["trees"]:
            nodes = zip(tree["base_weights"], tree["left_children"])
            tree["base_weights"] = [weight for weight, left in nodes if left != -1]
        return document

    assert saved(written) == saved(case.grown)
    assert json.loads(written.save_config())["learner"]["objective"]["name"] == case.objective


def test_xgboost_goes_on_training(case):
    if "subsample" in case.parameters:
        case.parameters["subsample"] = 1  # what it draws differs from call to call
    written = xgboost.Booster(model_file=case.written)
    more = xgboost.train(case.parameters, case.matrix, 2, xgb_model=written)
    expected = xgboost.train(case.parameters, case.matrix, 2, xgb_model=case.grown)
    assert np.array_equal(more.predict(case.asked), expected.predict(case.asked))


def test_onnxruntime_answers_as_xgboost(case):
    onnx.checker.check_model(onnx.load(case.onnx), full_check=True)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(case.onnx, options, providers=["CPUExecutionProvider"])
    answers = session.run(None, {"X": case.rows})
    margins = case.grown.predict(case.asked, output_margin=True)
    predictions = case.grown.predict(case.asked)
    if case.objective in ("binary:logitraw", "binary:hinge"):
        labels, scores = answers
        assert (scores[:, 1] == margins).all() and (scores[:, 0] == -margins).all()
        assert (labels == (margins > 0)).all()
    elif case.objective == "binary:logistic":
        labels, probabilities = answers
        assert np.abs(probabilities[:, 1] - predictions).max() <= 1e-6
        assert (labels == (margins > 0)).all()
    elif case.objective.startswith("multi"):
        labels, probabilities = answers
        powers = np.exp(margins - margins.max(axis=1, keepdims=True))
        assert np.abs(probabilities - powers / powers.sum(axis=1, keepdims=True)).max() <= 1e-6
        assert (labels == margins.argmax(axis=1)).all()
    else:
        [values] = answers
        assert np.allclose(values.reshape(predictions.shape), predictions, rtol=1e-6, atol=0)
