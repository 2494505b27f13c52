"""docs/training.md: its code with the SDK, on a SageMaker that only says yes."""

import sys

import pytest
import sagemaker.estimator
from conftest import ROLE, TOP

sys.path.insert(0, str(TOP / "local-test"))

from page import blocks

CODE = [text for info, _, text in blocks((TOP / "docs/training.md").read_text()) if info == "python"]
XGBOOST, OURS, SKLEARN, FOREST = CODE


@pytest.fixture
def job(service, monkeypatch):
    """What a block asks CreateTrainingJob for."""
    session, made = service
    monkeypatch.setattr(sagemaker.estimator, "Session", lambda: session)

    def run(block):
        made.clear()
        exec(block, {"ROLE": ROLE})
        (created,) = [parameters for name, parameters in made if name == "CreateTrainingJob"]
        return created

    return run


def test_a_job_of_xgboost_changes_its_image_and_brings_its_metrics(job):
    before, after = job(XGBOOST), job(OURS)
    image = before["AlgorithmSpecification"].pop("TrainingImage")
    assert "sagemaker-xgboost:3.0-5" in image
    assert "decision-trees" in after["AlgorithmSpecification"].pop("TrainingImage")
    (metric,) = after["AlgorithmSpecification"].pop("MetricDefinitions")
    assert metric["Name"] == "validation:merror"
    for different in ("TrainingJobName", "ProfilerRuleConfigurations", "DebugHookConfig", "ProfilerConfig"):
        before.pop(different, None)
        after.pop(different, None)
    assert after == before


def test_a_forest_asks_for_what_the_script_had(job):
    created = job(FOREST)
    assert created["HyperParameters"]["algorithm"] == "random_forest"
    for name in ("n_estimators", "min_samples_leaf", "max_features", "oob_score", "random_state"):
        value = created["HyperParameters"][name].strip('"')
        assert f"{name}={value}" in SKLEARN.replace('"', "")
