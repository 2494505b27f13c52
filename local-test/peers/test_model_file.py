"""The trainer's model file against onnx's checker and onnxruntime, and our scores against both."""

import numpy as np
import onnx
import onnxruntime
import pytest
import tritonclient.grpc as triton
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine, make_classification

from conftest import leaves


def iris():
    data = load_iris()
    return data.target, data.data  # integer labels


def wine():
    data = load_wine()
    return np.array(["barolo, red", 'say "grignolino"', "été"])[data.target], data.data


def cancer():
    data = load_breast_cancer()
    return data.target_names[data.target], data.data  # two classes


def digits():
    data = load_digits()
    return data.target * 3 - 7, data.data  # negative integers with gaps


def many_classes():
    features, target = make_classification(3000, 12, n_informative=10, n_redundant=0, n_classes=99, n_clusters_per_class=1, random_state=3)
    return target, features


CASES = {
    "leaves": (lambda: leaves("train"), {}),
    "leaves, small": (lambda: leaves("train"), {"max_depth": 3, "criterion": "entropy"}),
    "iris": (iris, {}),
    "wine": (wine, {"min_samples_leaf": 3}),
    "cancer": (cancer, {}),
    "cancer, stump": (cancer, {"max_depth": 1}),
    "digits": (digits, {"min_samples_split": 10}),
    "99 classes": (many_classes, {"max_depth": 9}),
}


def threshold_rows(model, features):
    """Rows on every threshold, one float32 step below, and one above."""
    node = next(node for node in model.graph.node if node.op_type.startswith("TreeEnsemble"))
    attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
    modes = [mode.decode() for mode in attributes["nodes_modes"]]
    rows = []
    generator = np.random.default_rng(0)
    for mode, feature, value in zip(modes, attributes["nodes_featureids"], attributes["nodes_values"]):
        if mode == "LEAF":
            continue
        value = np.float32(value)
        for edge in (value, np.nextafter(value, np.float32(-np.inf)), np.nextafter(value, np.float32(np.inf))):
            row = features[generator.integers(len(features))].copy()
            row[feature] = edge
            rows.append(row)
    return np.array(rows, dtype=np.float32).reshape(-1, features.shape[1])


@pytest.mark.parametrize("case", CASES)
def test_scores_equal_onnxruntime(case, make_job, serve):
    data, hyperparameters = CASES[case]
    job = make_job(*data(), **hyperparameters)
    model = onnx.load(job.model)
    onnx.checker.check_model(model, full_check=True)
    rows = np.concatenate([job.features, threshold_rows(model, job.features)])
    if case.startswith("leaves"):
        rows = np.concatenate([rows, leaves("test")[1]])
    missing = rows[:200].copy()
    missing[np.random.default_rng(1).random(missing.shape) < 0.3] = np.nan
    rows = np.concatenate([rows, missing])

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(job.model, options, providers=["CPUExecutionProvider"])
    labels, probabilities = session.run(None, {session.get_inputs()[0].name: rows})

    server = serve(job)
    with triton.InferenceServerClient(server.grpc) as client:
        tensor = triton.InferInput(client.get_model_metadata("model").inputs[0].name, rows.shape, "FP32")
        tensor.set_data_from_numpy(rows)
        answer = client.infer("model", [tensor])
    ours = answer.as_numpy("label")
    if ours.dtype == object:
        ours = np.array([label.decode() for label in ours])
    assert (ours == labels).all()
    assert (answer.as_numpy("probabilities") == probabilities).all()

    # The same rows as text: a float32's shortest decimal form restores it.
    known = rows[~np.isnan(rows).any(axis=1)]
    body = "".join(",".join(map(str, row)) + "\n" for row in known)
    expected = labels[~np.isnan(rows).any(axis=1)]
    assert server.invoke(body) == "".join(quoted(label) + "\n" for label in expected)


def quoted(label):
    text = str(label)
    return '"' + text.replace('"', '""') + '"' if any(c in text for c in ',"\n') else text
