"""A forest on several hosts: a process each, with a base directory of its own; their model directories as one."""

import json
import re
import shutil
import subprocess

import numpy as np
import onnxruntime
import pytest
from conftest import BINARIES, Job, Server
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine

TABLES = {
    "two classes": (load_breast_cancer, {}),
    "three classes": (load_wine, {}),
    "numbers": (load_diabetes, {"task": "regression"}),
}
KEYS = {
    "two classes": "predicted_label,probabilities,leaf,contributions",
    "three classes": "predicted_label,probabilities,leaf,contributions",
    "numbers": "predicted_score,leaf,contributions",
}
N_HOSTS = 3


def train_on_hosts(directory, labels, rows, **hyperparameters):
    """The jobs, and a directory like that which SageMaker makes of all model directories."""
    names = [f"algo-{number}" for number in range(1, N_HOSTS + 1)]
    jobs = []
    for name in names:
        job = Job(directory / name, labels, rows, hyperparameters)
        config = {"current_host": name, "hosts": names, "network_interface_name": "eth0"}
        (job.directory / "input" / "config" / "resourceconfig.json").write_text(json.dumps(config))
        jobs.append(job.train())
    together = directory / "together"
    (together / "model").mkdir(parents=True)
    for job in jobs:
        for file in (job.directory / "model").iterdir():
            assert not (together / "model" / file.name).exists()
            shutil.copy(file, together / "model")
    return jobs, together


def answers(directory, log, rows, keys):
    """All that one server says of the rows."""
    text = "".join(",".join(np.format_float_positional(v, unique=True) for v in row) + "\n" for row in rows)
    with Server(directory, log, MODEL_SERVER_WORKERS="1") as server:
        answer = server.invoke(text, Accept="application/json", X_Amzn_SageMaker_Custom_Attributes=f"output={keys}")
    return json.loads(answer)["predictions"]


@pytest.mark.parametrize("learner", ["random_forest", "extra_trees"])
@pytest.mark.parametrize("name", TABLES)
def test_the_parts_answer_as_the_forest_of_one_host(name, learner, tmp_path):
    load, task = TABLES[name]
    rows, labels = load(return_X_y=True)
    rows = rows.astype(np.float32)
    labels = labels if task else labels.astype(int)
    hyperparameters = {"algorithm": learner, "n_estimators": 20, "random_state": 5, **task}
    whole = Job(tmp_path / "whole", labels, rows, hyperparameters).train()
    _, together = train_on_hosts(tmp_path, labels, rows, **hyperparameters)
    files = sorted(file.name for file in (together / "model").iterdir())
    assert files == [f"forest-{number}-of-3.onnx" for number in range(1, N_HOSTS + 1)]
    # Every digit.
    expected = answers(whole.directory, tmp_path / "log", rows[::5], KEYS[name])
    assert answers(together, tmp_path / "log", rows[::5], KEYS[name]) == expected
    # For onnxruntime each part is a model, whose sums add up to those of the forest.
    sums, n_trees = 0.0, 0
    for number, file in enumerate(files):
        session = onnxruntime.InferenceSession(together / "model" / file, providers=["CPUExecutionProvider"])
        own = len(range(number, 20, N_HOSTS))
        found = session.run(None, {"X": rows[::5]})[-1]
        sums, n_trees = sums + (found * own if task else found), n_trees + own
    assert n_trees == 20
    if task:
        sums, found = sums.ravel() / 20, [row["predicted_score"] for row in expected]
    elif name == "two classes":
        # A part's first column is 1 less its second.
        sums, found = sums[:, 1], [row["probabilities"][1] for row in expected]
    else:
        found = [row["probabilities"] for row in expected]
    np.testing.assert_allclose(sums, found, rtol=1e-5, atol=1e-6)


def test_a_set_that_is_not_complete_is_refused_by_name(tmp_path):
    rows, labels = load_wine(return_X_y=True)
    _, together = train_on_hosts(tmp_path, labels, rows, algorithm="extra_trees", n_estimators=6)
    (together / "model" / "forest-2-of-3.onnx").unlink()
    environment = {"SAGEMAKER_BASE_DIR": str(together), "MODEL_SERVER_RUN_DIR": str(tmp_path / "none")}
    done = subprocess.run([BINARIES / "model-worker"], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 78
    sentence = "forest-2-of-3.onnx is missing: found 2 of the 3 parts of a forest"
    assert re.search(f"^model-worker: .*{re.escape(sentence)}$", done.stderr, re.MULTILINE), done.stderr
