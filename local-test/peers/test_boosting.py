"""Jobs of AWS's XGBoost container against XGBoost: its reader on the model file, its training on the same rows."""

import json
import re

import numpy as np
import onnxruntime
import pytest
import xgboost
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits
from sklearn.model_selection import train_test_split

DATA = {"number": load_diabetes, "binary": load_breast_cancer, "class": load_digits}

# Objective, data, and its default metric.
OBJECTIVES = {
    "reg:squarederror": ("number", "rmse"),
    "reg:linear": ("number", "rmse"),
    "reg:squaredlogerror": ("number", "rmsle"),
    "reg:pseudohubererror": ("number", "mphe"),
    "reg:absoluteerror": ("number", "mae"),
    "reg:gamma": ("number", "gamma-deviance"),
    "reg:tweedie": ("number", "tweedie-nloglik@1.5"),
    "count:poisson": ("number", "poisson-nloglik"),
    "reg:logistic": ("binary", "rmse"),
    "binary:logistic": ("binary", "logloss"),
    "binary:logitraw": ("binary", "logloss"),
    "binary:hinge": ("binary", "error"),
    "multi:softmax": ("class", "mlogloss"),
    "multi:softprob": ("class", "mlogloss"),
}


def halves(objective, missing=0.05, seed=1):
    """Training and validation rows."""
    features, labels = DATA[OBJECTIVES[objective][0]](return_X_y=True)
    features, labels = features.astype(np.float32), labels.astype(np.float32)
    features[np.random.default_rng(seed).random(features.shape) < missing] = np.nan
    x_train, x_test, y_train, y_test = train_test_split(features, labels, test_size=0.3, random_state=seed)
    return (y_train, x_train), (y_test, x_test)


def libsvm(labels, features):
    rows = (" ".join(f"{i}:{v!r}" for i, v in enumerate(row.tolist()) if v == v) for row in features)
    return "".join(f"{label!r} {row}\n" for label, row in zip(labels.tolist(), rows))


@pytest.fixture(scope="session")
def boost(lay_out_job):
    """Trains a job on two channels: ((labels, features), (labels, features), content type, **hyperparameters) -> Job."""

    def make(train, validation, content_type="text/csv", **hyperparameters):
        job = lay_out_job(*train, **hyperparameters)
        channels = {"train": train, "validation": validation}
        for name, rows in channels.items():
            job.write_rows(f"{name}/rows.csv", *rows)
            if content_type != "text/csv":
                folder = job.directory / "input/data" / name
                (folder / "rows.csv").unlink()
                (folder / "rows.libsvm").write_text(libsvm(*rows))
        config = {name: {"ContentType": content_type, "TrainingInputMode": "File"} for name in channels}
        (job.directory / "input/config/inputdataconfig.json").write_text(json.dumps(config))
        return job.train()

    return make


def booster(job):
    return xgboost.Booster(model_file=job.directory / "model/xgboost-model")


def history(job, name):
    return np.array([float(value) for value in re.findall(rf"^\[\d+\].*\t{re.escape(name)}:(\S+)", job.stdout, re.MULTILINE)])


def settings(objective, **more):
    classes = {"num_class": 10} if objective.startswith("multi:") else {}
    return {"objective": objective, "eta": 0.2, "max_depth": 4, **classes, **more}


@pytest.mark.parametrize("content_type", ["text/csv", "text/libsvm"])
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_xgboost_reads_the_model_and_gets_the_printed_metric(objective, content_type, boost):
    train, validation = halves(objective)
    job = boost(train, validation, content_type, num_round=40, early_stopping_rounds=8, **settings(objective))
    assert [file.name for file in (job.directory / "model").iterdir()] == ["xgboost-model"]
    metric = OBJECTIVES[objective][1]
    values = history(job, f"validation-{metric}")
    best = int(values.argmin())
    model = booster(job)
    assert int(model.attr("best_iteration")) == best and model.num_boosted_rounds() == best + 1
    assert float(model.attr("best_score")) == pytest.approx(values[best], abs=6e-6)
    rows = xgboost.DMatrix(validation[1], validation[0])
    if objective == "binary:logitraw":
        # XGBoost takes the margin for a probability.
        p = 1 / (1 + np.exp(-model.predict(rows).astype(float)))
        found = -np.log(np.where(validation[0] == 1, p, 1 - p)).mean()
    else:
        model.set_param({"eval_metric": metric})
        found = float(model.eval(rows).rsplit(":", 1)[1])
    assert found == pytest.approx(values[best], rel=1e-6, abs=2e-5)


@pytest.mark.parametrize("objective", [name for name in OBJECTIVES if name not in ("reg:linear", "binary:logitraw")])
def test_rounds_are_those_of_xgboost(objective, boost):
    """Nothing is drawn, and on few distinct values the bins are the same: so are all splits, and the digits of all metrics."""
    (y, x), (y_test, x_test) = halves(objective, missing=0.0)
    coarse = [np.round((rows - x.mean(0)) / (x.std(0) + 1e-6) * 8) / 8 for rows in (x, x_test)]
    metric = OBJECTIVES[objective][1]
    job = boost((y, coarse[0]), (y_test, coarse[1]), num_round=15, **settings(objective))
    matrices = [xgboost.DMatrix(coarse[0], y), xgboost.DMatrix(coarse[1], y_test)]
    theirs = {}
    xgboost.train(
        {**settings(objective), "tree_method": "hist", "nthread": 1, "eval_metric": metric},
        matrices[0],
        15,
        evals=list(zip(matrices, ["train", "validation"])),
        evals_result=theirs,
        verbose_eval=False,
    )
    for channel in ("train", "validation"):
        np.testing.assert_allclose(history(job, f"{channel}-{metric}"), theirs[channel][metric], rtol=1e-5, atol=1.5e-5)


@pytest.mark.parametrize("objective", ["reg:squarederror", "reg:absoluteerror", "count:poisson", "binary:logistic", "multi:softprob"])
@pytest.mark.parametrize("more", [{}, {"subsample": 0.7, "colsample_bytree": 0.7}, {"grow_policy": "lossguide", "max_leaves": 12}], ids=str)
def test_held_out_metrics_are_as_good_as_those_of_xgboost(objective, more, boost):
    metric = OBJECTIVES[objective][1]
    ours, theirs = [], []
    for seed in range(5):
        train, validation = halves(objective, seed=seed)
        job = boost(train, validation, num_round=40, seed=seed, **settings(objective, **more))
        ours.append(history(job, f"validation-{metric}")[-1])
        result = {}
        rows = xgboost.DMatrix(validation[1], validation[0])
        parameters = {**settings(objective, **more), "tree_method": "hist", "seed": seed, "nthread": 1, "eval_metric": metric}
        matrix = xgboost.DMatrix(train[1], train[0])
        xgboost.train(parameters, matrix, 40, evals=[(rows, "validation")], evals_result=result, verbose_eval=False)
        theirs.append(result["validation"][metric][-1])
    difference = np.array(ours) - np.array(theirs)
    assert difference.mean() <= 2 * difference.std(ddof=1) / np.sqrt(5) + 0.01 * np.mean(theirs), (ours, theirs)


@pytest.mark.parametrize("objective", ["reg:squarederror", "count:poisson", "binary:logistic", "multi:softprob"])
def test_both_formats_have_the_same_answers(objective, boost):
    train, validation = halves(objective)
    hyperparameters = settings(objective, num_round=10, num_parallel_tree=2, subsample=0.8)
    model = booster(boost(train, validation, **hyperparameters))
    onnx = boost(train, validation, model_format="onnx", **hyperparameters).model
    session = onnxruntime.InferenceSession(onnx, providers=["CPUExecutionProvider"])
    answers = session.run(None, {session.get_inputs()[0].name: validation[1]})[-1]
    expected = model.predict(xgboost.DMatrix(validation[1]))
    found = answers[:, 1] if objective == "binary:logistic" else answers.reshape(expected.shape)
    np.testing.assert_allclose(found, expected, rtol=2e-6, atol=1e-6)


def test_monotone_and_interaction_constraints_hold(boost):
    train, validation = halves("reg:squarederror", missing=0.0)
    constraints = {"monotone_constraints": "(0,0,1,1)", "interaction_constraints": "[[0,1,2],[3,4,5,6,7,8,9]]", "tree_method": "hist"}
    model = booster(boost(train, validation, num_round=30, **settings("reg:squarederror", **constraints)))
    rows = np.repeat(validation[1][:20], 50, axis=0)
    for feature in (2, 3):
        steps = rows.copy()
        steps[:, feature] = np.tile(np.linspace(*np.quantile(train[1][:, feature], [0, 1]), 50), 20)
        predicted = model.predict(xgboost.DMatrix(steps)).reshape(20, 50)
        assert (np.diff(predicted) >= -1e-3).all()
        assert (np.ptp(predicted, axis=1) > 0).any()
    table = model.trees_to_dataframe()
    for _, tree in table[table.Feature != "Leaf"].groupby("Tree"):
        used = {int(name.removeprefix("f")) for name in tree.Feature}
        assert used <= {0, 1, 2} or used <= set(range(3, 10))
