"""examples/deploy.py: in local mode as a user runs it, and on a SageMaker that only says yes."""

import importlib.util
import io
import json
import re
import subprocess
import sys
import time

import boto3
import pytest
import sagemaker
from botocore.awsrequest import AWSResponse
from conftest import IMAGE, ROLE, SPECIES, TOP, free_port, newest_container

EXAMPLE = TOP / "examples/deploy.py"
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


@pytest.fixture(scope="module")
def example():
    specification = importlib.util.spec_from_file_location("deploy", EXAMPLE)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.fixture
def calls(example, monkeypatch):
    """The calls that the example makes of AWS, `(operation, parameters)`: botocore has checked each one
    against the service's model when it gets an answer here instead of being sent."""
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
    monkeypatch.setattr(example, "Session", lambda: sagemaker.Session(boto_session=boto))
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
