"""A session of SageMaker's local mode with the image, and what it trains, for the tests in this folder."""

import json
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile

import boto3
import pytest
from sagemaker.estimator import Estimator
from sagemaker.local import LocalSession

TOP = pathlib.Path(__file__).resolve().parents[2]
IMAGE = os.environ["IMAGE"]
ROLE = "arn:aws:iam::123456789012:role/none"
PAYLOAD = (TOP / "local-test/payload.csv").read_text()
SPECIES = (TOP / "local-test/payload-labels.csv").read_text().split()


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def newest_container():
    """What Docker knows of the container that local mode made last."""
    listed = subprocess.run(
        ["docker", "ps", "--all", "--quiet", "--filter", "label=com.docker.compose.project.working_dir"],
        check=True,
        capture_output=True,
        text=True,
    )
    for container in listed.stdout.split():
        found = subprocess.run(["docker", "inspect", container], check=False, capture_output=True, text=True)
        # Another one's container may have gone since.
        if found.returncode == 0:
            (details,) = json.loads(found.stdout)
            folder = details["Config"]["Labels"]["com.docker.compose.project.working_dir"]
            if pathlib.Path(folder).is_relative_to(tempfile.gettempdir()):
                return details
    raise AssertionError("local mode made no container")


@pytest.fixture(scope="session")
def session():
    session = LocalSession(boto3.Session("none", "none", region_name="us-east-1"))
    session.config = {"local": {"local_code": True, "serving_port": free_port()}}
    return session


@pytest.fixture(scope="session")
def channels(tmp_path_factory):
    """A copy of the sample data: local mode refuses some folders, of root's home for one."""
    data = tmp_path_factory.mktemp("data")
    shutil.copytree(TOP / "local-test/test-dir/input/data/training", data, dirs_exist_ok=True)
    return {"training": f"file://{data}"}


@pytest.fixture(scope="session")
def make_estimator(session, tmp_path_factory):
    """An estimator with these hyperparameters; `output_path` is where its output goes."""

    def make(**hyperparameters):
        return Estimator(
            IMAGE,
            ROLE,
            instance_count=1,
            instance_type="local",
            output_path=f"file://{tmp_path_factory.mktemp('output')}",
            sagemaker_session=session,
            hyperparameters=hyperparameters,
        )

    return make


@pytest.fixture(scope="session")
def estimator(make_estimator, channels):
    estimator = make_estimator(max_leaf_nodes=16, criterion="entropy", class_weight="balanced")
    estimator.fit(channels)
    return estimator
