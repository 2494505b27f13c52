"""The model file of examples/logistic-regression: sound ONNX that onnxruntime scores as the worker does, and the
minimum that scikit-learn finds."""

import json

import numpy as np
import onnx
import onnxruntime
import pytest
from skl2onnx import to_onnx
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from conftest import BINARIES, leaves, refusal, serve_file

WORKER = BINARIES / "logistic-regression-worker"
COMMAND = {"MODEL_SERVER_WORKER_COMMAND": f'"{WORKER}"'}


def csv(rows):
    return "".join(",".join(np.format_float_positional(v, unique=True) for v in row) + "\n" for row in rows)


def served(server, rows, values="probabilities"):
    """Labels and values of all classes."""
    selection = {"X_Amzn_SageMaker_Custom_Attributes": f"output=predicted_label,{values}"}
    answer = server.invoke(csv(rows), Accept="application/json", **selection)
    predictions = json.loads(answer)["predictions"]
    return np.array([p["predicted_label"] for p in predictions]), np.array([p[values] for p in predictions])


def data(n_classes, labels, tail):
    """300 rows of five features, one of them a thousand times as large."""
    random = np.random.default_rng(n_classes)
    x = random.normal(size=(300, 5))
    noise = random.normal(scale=0.5, size=300)
    score = x[:, 0] - x[:, 1] + 0.5 * x[:, 2] + noise
    classes = np.digitize(score, np.quantile(score, np.linspace(0, 1, n_classes + 1)[1:-1]))
    x[:, 1] *= 1000
    x[:, 2] = np.exp(tail * x[:, 2])
    return x.astype(np.float32), np.array([labels(c) for c in classes])


def text(c):
    return f"class {c}"


def integer(c):
    return 7 * int(c) - 7


@pytest.mark.parametrize("labels", [text, integer])
@pytest.mark.parametrize("n_classes", [2, 3, 6])
def test_onnxruntime_gives_the_same_answers(lay_out_job, serve, n_classes, labels):
    x, y = data(n_classes, labels, 1)
    job = lay_out_job(y, x).train(trainer="logistic-regression-trainer")
    onnx.checker.check_model(onnx.load(job.model), full_check=True)
    session = onnxruntime.InferenceSession(job.model)
    ours, probabilities = served(serve(job, **COMMAND), x)
    theirs, expected = session.run(None, {"X": x})
    assert (ours == theirs).all()
    assert np.abs(probabilities - expected).max() < 1e-6


@pytest.mark.parametrize("c", [0.1, 100])
@pytest.mark.parametrize("tail", [1, 3])
@pytest.mark.parametrize("n_classes", [2, 4])
def test_scikit_learn_finds_the_same_minimum(lay_out_job, n_classes, tail, c):
    x, y = data(n_classes, text, tail)
    job = lay_out_job(y, x, C=c, tol=1e-8, max_iter=10000).train(trainer="logistic-regression-trainer")
    _, ours = onnxruntime.InferenceSession(job.model).run(None, {"X": x})
    theirs = make_pipeline(StandardScaler(), LogisticRegression(C=c, tol=1e-10, max_iter=10000))
    assert np.abs(ours - theirs.fit(x.astype(float), y).predict_proba(x)).max() < 1e-4


def test_leaves_get_the_labels_of_scikit_learn(lay_out_job, serve):
    labels, features = leaves("train")
    job = lay_out_job(labels, features).train(trainer="logistic-regression-trainer")
    labels_of_payload, payload = leaves("payload")
    ours, _ = served(serve(job, **COMMAND), payload)
    theirs = make_pipeline(StandardScaler(), LogisticRegression(tol=1e-6, max_iter=1000))
    assert (ours == theirs.fit(features.astype(float), labels).predict(payload)).all()
    assert (ours == labels_of_payload).mean() > 0.84


IRIS, SPECIES = load_iris(return_X_y=True)
IRIS = IRIS.astype(np.float32)


@pytest.mark.parametrize(
    "model, labels, options, values, method",
    [
        (LogisticRegression(), 5 * (SPECIES == 1), {"zipmap": False}, "probabilities", "predict_proba"),
        (RidgeClassifier(), SPECIES, {}, "raw_scores", "decision_function"),
        (LinearSVC(), np.array(["a", "b", "c"])[SPECIES], {}, "raw_scores", "decision_function"),
    ],
    ids=["LogisticRegression", "RidgeClassifier", "LinearSVC"],
)
def test_other_files_of_one_linear_classifier(tmp_path, model, labels, options, values, method):
    exported = to_onnx(model.fit(IRIS, labels), IRIS[:1], options=options)
    with serve_file(tmp_path, exported.SerializeToString(), **COMMAND) as server:
        ours, found = served(server, IRIS, values)
    assert (ours == model.predict(IRIS)).all()
    assert np.abs(found - getattr(model, method)(IRIS)).max() < 1e-5


def test_another_operator_is_named(tmp_path):
    model = LogisticRegression(max_iter=1000).fit(IRIS, SPECIES)
    exported = to_onnx(model, IRIS[:1], options={"zipmap": False})
    line = refusal(tmp_path, exported.SerializeToString(), "logistic-regression-worker")
    assert "operator ai.onnx.ml.Normalizer: expected ai.onnx.ml.LinearClassifier alone" in line
