"""A session of SageMaker's local mode with the image, and what it trains, for the tests in this folder."""

import io
import json
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile

import boto3
import pytest
import sagemaker
from botocore.awsrequest import AWSResponse
from sagemaker.estimator import Estimator
from sagemaker.local import LocalSession

TOP = pathlib.Path(__file__).resolve().parents[2]
IMAGE = os.environ["IMAGE"]
ROLE = "arn:aws:iam::123456789012:role/none"
PAYLOAD = (TOP / "local-test/payload.csv").read_text()
SPECIES = (TOP / "local-test/payload-labels.csv").read_text().split()
# What the service that only says yes answers.
JOB = {
    "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
    "HyperParameters": {"max_leaf_nodes": "32"},
    "InputDataConfig": [],
    "ModelArtifacts": {"S3ModelArtifacts": "s3://bucket/model.tar.gz"},
    "OutputDataConfig": {"KmsKeyId": "", "S3OutputPath": "s3://bucket/"},
    "ResourceConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 30},
    "RoleArn": ROLE,
    "SecondaryStatus": "Completed",
    "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
    "TrainingJobArn": "arn",
    "TrainingJobName": "leaves",
    "TrainingJobStatus": "Completed",
}
TUNING = {
    "BestTrainingJob": {"TrainingJobName": "leaves"},
    "HyperParameterTuningJobConfig": {"Strategy": "Bayesian"},
    "HyperParameterTuningJobName": "leaves",
    "HyperParameterTuningJobStatus": "Completed",
    "TrainingJobDefinition": {"StaticHyperParameters": {}},
}
ANSWERS = {
    "CreateEndpoint": {"EndpointArn": "arn"},
    "DescribeEndpoint": {"EndpointConfigName": "leaves", "EndpointName": "leaves", "EndpointStatus": "InService"},
    "DescribeEndpointConfig": {"ProductionVariants": [{"ModelName": "leaves"}]},
    "DescribeHyperParameterTuningJob": TUNING,
    "DescribeLogStreams": {"logStreams": []},
    "DescribeTrainingJob": JOB,
    "GetCallerIdentity": {"Account": "123456789012", "Arn": ROLE},
    "ListBuckets": {"Buckets": []},
    "ListTags": {"Tags": []},
}


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


@pytest.fixture
def service():
    """A session of a SageMaker that only says yes, and the calls of it, `(operation, parameters)`: botocore has
    checked each one against the service's model when it gets an answer here instead of being sent."""
    made = []

    def answer(model, params, **_):
        is_json = model.service_model.metadata["protocol"] == "json"
        made.append((model.name, json.loads(params["body"]) if is_json else None))
        parsed = dict(ANSWERS.get(model.name, {}))
        if model.name == "InvokeEndpoint":
            parsed = {"Body": io.BytesIO("\n".join(SPECIES).encode()), "ContentType": "text/csv"}
        return AWSResponse(params["url"], 200, {}, None), parsed

    boto = boto3.Session("none", "none", region_name="eu-west-1")
    boto.events.register("before-call", answer)
    return sagemaker.Session(boto_session=boto), made
