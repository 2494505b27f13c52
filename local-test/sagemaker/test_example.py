"""examples/deploy.py: in local mode as a user runs it, and on a SageMaker that only says yes."""

import importlib.util
import re
import subprocess
import sys
import time

import pytest
from conftest import IMAGE, ROLE, SPECIES, TOP, free_port, newest_container

EXAMPLE = TOP / "examples/deploy.py"


@pytest.fixture(scope="module")
def example():
    specification = importlib.util.spec_from_file_location("deploy", EXAMPLE)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.fixture
def calls(example, service, monkeypatch):
    """The calls that the example makes of AWS."""
    session, made = service
    monkeypatch.setattr(example, "Session", lambda: session)
    monkeypatch.setattr(time, "sleep", lambda _: None)
    return made


def test_it_runs_in_local_mode(example):
    command = [sys.executable, EXAMPLE, IMAGE, "--local", "--port", str(free_port())]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    found = re.search(r"predict: (\d+) of (\d+) leaves are right", done.stdout)
    assert found, done.stdout
    assert int(found[2]) == len(SPECIES)
    assert int(found[1]) > 0.6 * len(SPECIES)
    assert newest_container()["State"]["ExitCode"] == 0
    # What the tuning job reads from the training job's log.
    (accuracy,) = re.findall(example.METRIC["Regex"], done.stdout)
    assert 0.5 < float(accuracy) < 1


def test_it_makes_the_calls_of_sagemaker_and_deletes_what_it_deployed(example, calls, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", [str(EXAMPLE), IMAGE, "--role", ROLE])
    example.main()
    assert f"predict: {len(SPECIES)} of {len(SPECIES)} leaves are right" in capsys.readouterr().out
    (tuning,) = [parameters for name, parameters in calls if name == "CreateHyperParameterTuningJob"]
    objective = tuning["HyperParameterTuningJobConfig"]["HyperParameterTuningJobObjective"]
    assert objective == {"Type": "Maximize", "MetricName": example.METRIC["Name"]}
    names = [name for name, _ in calls]
    for thing in ("Model", "EndpointConfig", "Endpoint"):
        assert names.count(f"Create{thing}") == names.count(f"Delete{thing}") == 1, names


def test_without_a_role_it_says_what_is_missing():
    done = subprocess.run([sys.executable, EXAMPLE, IMAGE], check=False, capture_output=True, text=True)
    assert done.returncode == 2
    assert "--role is missing" in done.stderr
