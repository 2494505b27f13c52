#!/usr/bin/env python3
"""Trains a decision tree on the sample leaves, tunes it, deploys the best one, predicts the species of
new leaves, and deletes what was deployed. Needs the SageMaker Python SDK 2.x: pip install 'sagemaker[local]<3'

On SageMaker, with an image that build_and_push.sh pushed:
    examples/deploy.py 123456789012.dkr.ecr.eu-west-1.amazonaws.com/decision-trees --role ROLE_ARN
In containers on this machine, with one that build_local.sh built; needs Docker with compose and no account:
    examples/deploy.py decision-trees --local
"""

import argparse
import pathlib
import tempfile

import boto3
from sagemaker import Session
from sagemaker.deserializers import CSVDeserializer
from sagemaker.estimator import Estimator
from sagemaker.local import LocalSession
from sagemaker.serializers import CSVSerializer
from sagemaker.tuner import HyperparameterTuner, IntegerParameter

SAMPLES = pathlib.Path(__file__).resolve().parents[1] / "local-test"
METRIC = {"Name": "validation:accuracy", "Regex": "validation:accuracy=(.*?);"}


def main():
    parser = argparse.ArgumentParser(description="Trains, tunes, deploys, predicts, deletes.")
    parser.add_argument("image", help="the image's URI in ECR; with --local its name on this machine")
    parser.add_argument("--role", help="ARN of the IAM role that SageMaker takes on")
    parser.add_argument("--instance-type", default="ml.m5.large", help="default: %(default)s")
    parser.add_argument("--local", action="store_true", help="in containers on this machine")
    parser.add_argument("--port", type=int, default=8080, help="the port that --local serves on, default: %(default)s")
    arguments = parser.parse_args()
    if arguments.local:
        # Local mode asks for credentials and a role, and hands the credentials to the container. It uses neither.
        session = LocalSession(boto3.Session("none", "none", region_name="us-east-1"))
        session.config = {"local": {"local_code": True, "serving_port": arguments.port}}
        arguments.role = "arn:aws:iam::123456789012:role/none"
        arguments.instance_type = "local"
    elif arguments.role:
        session = Session()
    else:
        parser.error("--role is missing: the ARN of a role that SageMaker may take on, or --local")

    with tempfile.TemporaryDirectory() as directory:
        channels = split_leaves(pathlib.Path(directory))
        if not arguments.local:
            channels = {name: session.upload_data(path, key_prefix=f"leaves/{name}") for name, path in channels.items()}
        else:
            channels = {name: f"file://{path}" for name, path in channels.items()}
        estimator = train(session, arguments, channels)
        if arguments.local:
            print("tune: left out, as local mode has no tuning jobs")
        else:
            estimator = tune(estimator, channels)
        # Local mode serves before `deploy` returns.
        deploy_and_ask(estimator, arguments.instance_type, wait=not arguments.local)


def split_leaves(directory):
    """Every fifth leaf is for validation, the others for training: a folder for each of the two channels."""
    leaves = (SAMPLES / "test-dir/input/data/training/leaf_train.csv").read_text().splitlines(keepends=True)
    channels = {
        "train": [leaf for number, leaf in enumerate(leaves) if number % 5],
        "validation": leaves[::5],
    }
    for name, rows in channels.items():
        (directory / name).mkdir()
        (directory / name / "leaves.csv").write_text("".join(rows))
    return {name: str(directory / name) for name in channels}


def train(session, arguments, channels):
    estimator = Estimator(
        arguments.image,
        arguments.role,
        instance_count=1,
        instance_type=arguments.instance_type,
        sagemaker_session=session,
        hyperparameters={"max_leaf_nodes": 32},
        metric_definitions=[METRIC],
    )
    estimator.fit(channels)
    return estimator


def tune(estimator, channels):
    tuner = HyperparameterTuner(
        estimator,
        objective_metric_name=METRIC["Name"],
        metric_definitions=[METRIC],
        hyperparameter_ranges={
            "max_leaf_nodes": IntegerParameter(8, 128, scaling_type="Logarithmic"),
            "min_samples_leaf": IntegerParameter(1, 8),
        },
        max_jobs=6,
        max_parallel_jobs=3,
    )
    tuner.fit(channels)
    print("tune: the best training job is", tuner.best_training_job())
    return tuner.best_estimator()


def deploy_and_ask(estimator, instance_type, wait):
    predictor = estimator.deploy(
        initial_instance_count=1,
        instance_type=instance_type,
        serializer=CSVSerializer(),
        deserializer=CSVDeserializer(),
        wait=wait,
    )
    try:
        answer = predictor.predict((SAMPLES / "payload.csv").read_text())
        species = (SAMPLES / "payload-labels.csv").read_text().split()
        right = sum(row == [name] for row, name in zip(answer, species))
        print(f"predict: {right} of {len(species)} leaves are right")
    finally:
        predictor.delete_model()
        predictor.delete_endpoint()


if __name__ == "__main__":
    main()
