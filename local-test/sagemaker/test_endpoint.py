"""An endpoint in local mode: Predictor with the SDK's serializers, and boto3's runtime client."""

import boto3
import numpy as np
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from conftest import PAYLOAD, SPECIES, newest_container
from sagemaker.amazon.common import RecordSerializer
from sagemaker.deserializers import (
    CSVDeserializer,
    JSONDeserializer,
    JSONLinesDeserializer,
    NumpyDeserializer,
    PandasDeserializer,
)
from sagemaker.serializers import (
    CSVSerializer,
    JSONLinesSerializer,
    JSONSerializer,
    LibSVMSerializer,
    NumpySerializer,
)

ROWS = [[float(field) for field in line.split(",")] for line in PAYLOAD.splitlines()]
ARRAY = np.array(ROWS, dtype=np.float32)
LIBSVM = "".join(" ".join(f"{i}:{value}" for i, value in enumerate(row)) + "\n" for row in ROWS)


@pytest.fixture(scope="module")
def predictor(estimator):
    # Local mode has it serve before it returns; `wait` would sleep for half a minute first.
    predictor = estimator.deploy(initial_instance_count=1, instance_type="local", wait=False)
    container = newest_container()["Id"]
    yield predictor
    predictor.delete_model()
    predictor.delete_endpoint()
    # SIGTERM, the drain, and an end in good order.
    stopped = newest_container()
    assert stopped["Id"] == container
    assert (stopped["State"]["Status"], stopped["State"]["ExitCode"]) == ("exited", 0)


@pytest.fixture(scope="module")
def runtime(predictor, session):
    return boto3.client(
        "sagemaker-runtime",
        endpoint_url=f"http://127.0.0.1:{session.config['local']['serving_port']}",
        config=Config(retries={"total_max_attempts": 1}),
    )


@pytest.fixture(scope="module")
def predictions(runtime):
    answer = runtime.invoke_endpoint(EndpointName="leaves", ContentType="text/csv", Body=PAYLOAD)
    assert answer["ContentType"].startswith("text/csv")
    return answer["Body"].read().decode().splitlines()


def test_most_predictions_are_right(predictions):
    assert len(predictions) == len(SPECIES)
    assert sum(map(str.__eq__, predictions, SPECIES)) > 0.6 * len(SPECIES)


@pytest.mark.parametrize(
    ("serializer", "data"),
    [
        (CSVSerializer(), PAYLOAD),
        (CSVSerializer(), ROWS),
        (CSVSerializer(), ARRAY),
        (JSONSerializer(), {"instances": ROWS}),
        (JSONSerializer(), {"instances": [{"features": row} for row in ROWS]}),
        (JSONSerializer(), ARRAY),
        (JSONLinesSerializer(), [{"features": row} for row in ROWS]),
        (JSONLinesSerializer(), ROWS),
        (NumpySerializer(dtype=np.float32), ARRAY),
        (NumpySerializer(), ROWS),
        (LibSVMSerializer(), LIBSVM),
        (RecordSerializer(), ARRAY),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_a_serializer_sends_is_understood(predictor, predictions, serializer, data):
    predictor.serializer, predictor.deserializer = serializer, CSVDeserializer()
    assert predictor.predict(data) == [[label] for label in predictions]


@pytest.mark.parametrize(
    ("deserializer", "labels"),
    [
        (CSVDeserializer(), lambda answer: [label for (label,) in answer]),
        (JSONDeserializer(), lambda answer: [record["predicted_label"] for record in answer["predictions"]]),
        (JSONLinesDeserializer(), lambda answer: [record["predicted_label"] for record in answer]),
        (NumpyDeserializer(), lambda answer: answer.tolist()),
        # It takes the first line of a CSV answer for a header. Of two types that it accepts by default, local
        # mode tells it that both came.
        (PandasDeserializer(accept="text/csv"), lambda answer: [*answer.columns, *answer.iloc[:, 0]]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_a_deserializer_accepts_is_sent(predictor, predictions, deserializer, labels):
    predictor.serializer, predictor.deserializer = CSVSerializer(), deserializer
    assert labels(predictor.predict(PAYLOAD)) == predictions


def test_boto3_chooses_what_an_answer_holds(runtime):
    answer = runtime.invoke_endpoint(
        EndpointName="leaves",
        ContentType="text/csv",
        Accept="application/x-npy",
        CustomAttributes="output=probabilities",
        Body=PAYLOAD,
    )
    assert answer["ContentType"] == "application/x-npy"
    assert answer["CustomAttributes"] == "output=probabilities"
    probabilities = NumpyDeserializer().deserialize(answer["Body"], answer["ContentType"])
    assert probabilities.shape == (len(SPECIES), len(set(SPECIES)))
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-6)


def test_boto3_raises_an_error_with_the_reason(runtime):
    with pytest.raises(ClientError) as caught:
        runtime.invoke_endpoint(EndpointName="leaves", ContentType="text/csv", Body="0.1,0.4")
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert caught.value.response["Error"]["Message"].strip() == "row 1: 2 columns, the model takes 24"
