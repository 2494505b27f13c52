"""Estimator.fit: a job that trains and one that fails."""

import json
import tarfile
import urllib.parse

import pytest


def output(estimator, name):
    """The text of a file that the job left."""
    folder = urllib.parse.urlparse(estimator.output_path).path
    with tarfile.open(f"{folder}/output.tar.gz") as files:
        return files.extractfile(name).read().decode()


def test_fit_trains_with_the_hyperparameters(estimator):
    metrics = json.loads(output(estimator, "data/metrics.json"))
    asked = {name: str(value) for name, value in estimator.hyperparameters().items()}
    assert metrics["hyperparameters"].items() >= asked.items()
    assert metrics["tree"]["n_leaves"] == 16
    with tarfile.open(urllib.parse.urlparse(estimator.model_data).path) as files:
        assert files.getnames() == ["model.onnx"]


def test_a_fit_that_fails_shows_the_reason(make_estimator, channels, capsys):
    estimator = make_estimator(max_depth="deep")
    with pytest.raises(RuntimeError, match="Process exited with code"):
        estimator.fit(channels)
    failure = output(estimator, "failure")
    assert "max_depth" in failure and "deep" in failure
    assert failure.strip() in capsys.readouterr().out
