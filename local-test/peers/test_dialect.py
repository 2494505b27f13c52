"""In place of AWS's XGBoost container: models that XGBoost trained, asked what AWS's own tests ask (its container's
unit and local tests, and the tests of its Deep Learning Containers), and answers laid out as that container does it.

With DIALECT_IMAGE=IMAGE, the models are served by that image instead of the binaries.
"""

import contextlib
import http.client
import json
import os
import struct
import subprocess
import time
import uuid

import numpy as np
import pytest
import xgboost
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris

from conftest import Server
from test_payloads import RECORD

CSV, LIBSVM, RECORDIO = "text/csv", "text/libsvm", "application/x-recordio-protobuf"
JSON, JSON_LINES = "application/json", "application/jsonlines"
KEYS = ["predicted_label", "labels", "probability", "probabilities", "raw_score", "raw_scores", "predicted_score"]
# Fitted on labels between 0 and 1, which all of them take.
REGRESSIONS = ["reg:squarederror", "reg:logistic", "reg:gamma", "reg:absoluteerror", "reg:tweedie"]
OTHERS = ["count:poisson", "reg:pseudohubererror", "reg:squaredlogerror", "rank:pairwise", "survival:cox"]
# Transforms (sigmoid, exp, softmax) may differ from XGBoost's in the last bits; sums of leaves may not.
TOLERANCE = 1e-6


def train(objective, rows, labels, n_rounds=5, **parameters):
    parameters = {"objective": objective, "max_depth": 3, "nthread": 1, **parameters}
    return xgboost.train(parameters, xgboost.DMatrix(rows, labels), n_rounds)


@pytest.fixture(scope="module")
def boosters():
    """By name: a booster and rows of its features."""
    cancer, diabetes, iris = load_breast_cancer(), load_diabetes(), load_iris()
    numbers = diabetes.target / 400
    random = np.random.default_rng(0)
    # Indices of mnist's libsvm files count from 1, and 785 features are more than their pixels.
    images = np.where(random.random((300, 785)) < 0.2, random.integers(1, 255, (300, 785)), np.nan)
    images[:, 0] = np.nan
    digits = (np.nansum(images[:, 100:200], axis=1) * 7).astype(int) % 10
    gaps = np.where(random.random(diabetes.data.shape) < 0.1, np.nan, diabetes.data)
    made = {
        "mnist": (train("multi:softmax", images, digits, num_class=10), images),
        "insurance": (train("reg:squarederror", gaps, diabetes.target), gaps),
        "salary": (train("reg:squarederror", diabetes.data[:, 2:3], diabetes.target), diabetes.data[:, 2:3]),
        "multi:softprob": (train("multi:softprob", iris.data, iris.target, num_class=3), iris.data),
        "multi:softmax": (train("multi:softmax", iris.data, iris.target, num_class=3), iris.data),
    }
    for objective in ["binary:logistic", "binary:logitraw", "binary:hinge"]:
        made[objective] = (train(objective, cancer.data, cancer.target), cancer.data)
    for objective in REGRESSIONS + OTHERS:
        labels = (numbers * 5).astype(int) if objective.startswith("rank:") else numbers
        made[objective] = (train(objective, diabetes.data, labels), diabetes.data)
    return {name: (booster, np.float32(rows)) for name, (booster, rows) in made.items()}


class Container:
    """The image, serving a model directory on a port of this machine."""

    def __init__(self, image, model, settings):
        self.name = f"dialect-{uuid.uuid4()}"
        settings = [word for name, value in settings.items() for word in ("--env", f"{name}={value}")]
        mount = f"{model}:/opt/ml/model:ro"
        run = ["docker", "run", "--detach", "--rm", "--name", self.name, "--publish", "127.0.0.1::8080", "--volume", mount]
        subprocess.run([*run, *settings, image, "serve"], check=True, stdout=subprocess.DEVNULL)
        port = subprocess.run(["docker", "port", self.name, "8080"], check=True, capture_output=True, text=True).stdout
        self.http_port = int(port.split(":")[-1])
        deadline = time.monotonic() + 60
        while Client(self.http_port).get("/ping")[0] != 200:
            assert time.monotonic() < deadline, subprocess.run(["docker", "logs", self.name], capture_output=True, check=False)
            time.sleep(0.1)

    def stop(self):
        subprocess.run(["docker", "stop", self.name], check=True, stdout=subprocess.DEVNULL)


class Client:
    """Requests that have the headers that they are given, and no others."""

    def __init__(self, port):
        self.port = port

    def send(self, method, path, body=None, headers=()):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, dict(headers))
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        except ConnectionError:
            return 0, {}, b""
        finally:
            connection.close()

    def get(self, path):
        return self.send("GET", path)

    def invoke(self, body, content_type=CSV, accept=None):
        headers = {"Content-Type": content_type, "Accept": accept}
        body = body.encode() if isinstance(body, str) else body
        return self.send("POST", "/invocations", body, {name: value for name, value in headers.items() if value is not None})

    def answer(self, *request):
        status, headers, body = self.invoke(*request)
        assert status == 200, body
        return headers["Content-Type"], body


@contextlib.contextmanager
def serving(directory):
    """Serves boosters as AWS's training jobs leave them: (booster, **settings) -> Client."""
    with contextlib.ExitStack() as stack:

        def start(booster, **settings):
            base = directory / uuid.uuid4().hex
            (base / "model").mkdir(parents=True)
            booster.save_model(base / "model.ubj")
            (base / "model.ubj").rename(base / "model" / "xgboost-model")
            image = os.environ.get("DIALECT_IMAGE")
            if image:
                server = Container(image, base / "model", settings)
            else:
                server = Server(base, base / "log", **{"MODEL_SERVER_WORKERS": "1", **settings})
            stack.callback(server.stop)
            return Client(server.http_port)

        yield start


@pytest.fixture
def serve_booster(tmp_path):
    with serving(tmp_path) as start:
        yield start


def csv_of(rows):
    cells = ([("" if np.isnan(cell) else repr(float(cell))) for cell in row] for row in rows)
    return "\n".join(",".join(row) for row in cells)


def libsvm_of(rows, first_label="0"):
    cells = (" ".join(f"{i}:{float(cell)!r}" for i, cell in enumerate(row) if not np.isnan(cell)) for row in rows)
    return "\n".join(f"{first_label} {row}" for row in cells)


def framed(record):
    data = record.SerializeToString()
    return struct.pack("<II", 0xCED7230A, len(data)) + data + b"\0" * (-len(data) % 4)


def recordio_of(rows, sparse=False):
    body = b""
    for row in rows:
        record = RECORD()
        tensor = record.features["values"].float32_tensor
        there = np.flatnonzero(~np.isnan(row))
        tensor.values.extend(float(cell) for cell in (row[there] if sparse else row))
        if sparse:
            tensor.keys.extend(int(i) for i in there)
            tensor.shape.append(len(row))
        body += framed(record)
    return body


def records_of(body):
    """The labels of each record of an answer."""
    while body:
        magic, length = struct.unpack_from("<II", body)
        assert magic == 0xCED7230A
        record = RECORD.FromString(body[8 : 8 + length])
        yield {key: list(value.float32_tensor.values) for key, value in record.label.items()}
        body = body[8 + length + -length % 4 :]


def predicted(booster, rows):
    """As the container has them: float32, widened by `tolist`."""
    return booster.predict(xgboost.DMatrix(rows), validate_features=False).tolist()


def close(values, expected):
    values, expected = np.asarray(values, float), np.asarray(expected, float)
    return values.shape == expected.shape and np.allclose(values, expected, rtol=TOLERANCE, atol=TOLERANCE, equal_nan=True)


def values_of(csv):
    """The values of an answer in CSV, which must be laid out as `str` and LF lay them out, and be float32."""
    text = csv.decode()
    rows = [[float(cell) for cell in line.split(",")] for line in text.splitlines()]
    assert text == "".join(",".join(map(str, row)) + "\n" for row in rows)
    assert all(np.float32(cell) == cell for row in rows for cell in row)
    return [row if len(row) > 1 else row[0] for row in rows]


# Predictions


@pytest.mark.parametrize("name", ["mnist", "insurance", "salary", "binary:logistic", "binary:hinge", "multi:softprob"])
def test_the_same_predictions_for_every_payload_and_answer(boosters, serve_booster, name):
    booster, rows = boosters[name]
    client = serve_booster(booster)
    expected = predicted(booster, rows)
    content_type, csv = client.answer(csv_of(rows))
    assert content_type == "text/csv; charset=utf-8"
    values = values_of(csv)
    assert close(values, expected)
    if name in ("mnist", "insurance", "salary", "binary:hinge"):
        assert values == expected  # sums of leaves and classes, to the bit
    payloads = [
        (csv_of(rows) + "\n", "csv"),
        (csv_of(rows).replace("\n", "\r\n"), "Text/CSV"),
        (csv_of(rows), "text/csv; label_size=1; charset=utf-8"),
        (recordio_of(rows), RECORDIO),
        (recordio_of(rows, sparse=True), "recordio-protobuf"),
        (libsvm_of(rows), LIBSVM),
        (libsvm_of(rows), "text/x-libsvm"),
        (libsvm_of(rows), None),
    ]
    if not np.isnan(rows).any():
        payloads += [(csv_of(rows).replace(",", separator), CSV) for separator in "\t; "]
    for body, payload_type in payloads:
        assert client.answer(body, payload_type)[1] == csv, payload_type
    dumped = json.dumps({"predictions": [{"score": value} for value in values]}).encode()
    assert client.answer(csv_of(rows), CSV, JSON) == (JSON, dumped)
    lines = "".join(json.dumps({"score": value}) + "\n" for value in values).encode()
    assert client.answer(csv_of(rows), CSV, JSON_LINES) == (JSON_LINES, lines)
    content_type, records = client.answer(csv_of(rows), CSV, RECORDIO)
    assert content_type == RECORDIO
    as_lists = [value if isinstance(value, list) else [value] for value in values]
    assert [record["score"] for record in records_of(records)] == as_lists
    assert client.answer(csv_of(rows[:1]))[1] == csv[: csv.index(b"\n") + 1]
    for accept in ["*/*", "text/*", "text/csv, application/json;q=0.5", "TEXT/CSV"]:
        assert client.answer(csv_of(rows), CSV, accept)[1] == csv


def test_mnist_in_libsvm_reaches_one_index_further_than_the_model(boosters, serve_booster):
    booster, rows = boosters["mnist"]
    client = serve_booster(booster)
    payload = "\n".join(f"{line} 785:1.0" for line in libsvm_of(rows).split("\n"))
    assert values_of(client.answer(payload, LIBSVM)[1]) == predicted(booster, rows)


def test_what_a_payload_lacks_is_missing(boosters, serve_booster):
    booster, rows = boosters["insurance"]
    client = serve_booster(booster)
    short = rows.copy()
    short[:, 2:] = np.nan
    assert values_of(client.answer(csv_of(rows[:, :2]))[1]) == predicted(booster, short)
    assert values_of(client.answer(recordio_of(rows[:, :2]), RECORDIO)[1]) == predicted(booster, short)
    row = np.full((1, rows.shape[1]), np.nan, np.float32)
    row[0, 1:3] = 0.5, 0.3
    assert values_of(client.answer("3 1:0.5 2:0.3", LIBSVM)[1]) == predicted(booster, row)
    # The first row without a label, the second and the last without values: an answer for each.
    row[0, :] = np.nan
    all_missing = predicted(booster, row)[0]
    answer = values_of(client.answer("0:0.5 2:0.3\n1\n3 1:0.5\n2", LIBSVM)[1])
    assert len(answer) == 4 and answer[1] == answer[3] == all_missing
    salary, one = boosters["salary"]
    client = serve_booster(salary)
    gap = np.array([[one[0, 0]], [np.nan], [one[1, 0]]], np.float32)
    assert values_of(client.answer(csv_of(gap))[1]) == predicted(salary, gap)


def test_large_payloads(boosters, serve_booster):
    booster, rows = boosters["insurance"]
    client = serve_booster(booster, MAX_CONTENT_LENGTH=str(21 << 20))
    many = np.tile(rows, (1 + (20 << 20) // len(csv_of(rows)), 1))
    assert values_of(client.answer(csv_of(many))[1]) == predicted(booster, many)
    assert client.invoke("0," * (11 << 20))[0] == 413
    parameters = json.loads(client.get("/execution-parameters")[2])
    assert parameters["BatchStrategy"] == "MULTI_RECORD"
    assert parameters["MaxConcurrentTransforms"] >= 1 and 6 <= parameters["MaxPayloadInMB"] <= 21


# Batch transform


@pytest.mark.parametrize("accept", [None, CSV, JSON, JSON_LINES, RECORDIO])
def test_batch_transform_gets_lines_that_python_prints(boosters, serve_booster, accept):
    for name in ["binary:logistic", "multi:softprob"]:
        booster, rows = boosters[name]
        client = serve_booster(booster, SAGEMAKER_BATCH="false")
        values = [json.loads(line) for line in client.answer(csv_of(rows), CSV, accept)[1].splitlines()]
        assert close(values, predicted(booster, rows))
        assert client.answer(libsvm_of(rows), LIBSVM, accept)[1] == ("\n".join(map(str, values)) + "\n").encode()


# Selected keys


def selected(objective, n_classes, prediction):
    """The container's values for its keys."""
    nan = float("nan")
    record = dict.fromkeys(KEYS, nan)
    if objective == "multi:softprob":
        best = max(prediction)
        record["predicted_label"] = prediction.index(best)
        record["probability"] = record["raw_score"] = best
        record["probabilities"] = record["raw_scores"] = prediction
    elif objective.startswith(("binary:", "multi:")):
        record["raw_score"], record["raw_scores"] = prediction, [1.0 - prediction, prediction]
        record["predicted_label"] = prediction
        if objective == "binary:logistic":
            record["probability"], record["probabilities"] = prediction, record["raw_scores"]
            record["predicted_label"] = int(prediction > 0.5)
        if objective == "binary:logitraw":
            record["predicted_label"] = int(prediction > 0)
    else:
        record["predicted_score"] = prediction
    if n_classes:
        record["labels"] = list(range(n_classes))
    return record


def in_csv(record, asked):
    cells = (f'"{record[key]}"' if isinstance(record[key], list) else str(record[key]) for key in asked)
    return ",".join(cells)


N_CLASSES = {"binary:logistic": 2, "binary:logitraw": 2, "binary:hinge": 2, "multi:softmax": 3, "multi:softprob": 3}


@pytest.mark.parametrize("objective", [*N_CLASSES, *REGRESSIONS, *OTHERS])
def test_selected_keys(boosters, serve_booster, objective):
    booster, rows = boosters[objective]
    rows = rows[::7]
    values = values_of(serve_booster(booster).answer(csv_of(rows))[1])
    assert close(values, predicted(booster, rows))
    asked = [*reversed(KEYS), "foo"]
    client = serve_booster(booster, SAGEMAKER_INFERENCE_OUTPUT=", ".join(asked).upper())
    records = [{**selected(objective, N_CLASSES.get(objective, 0), value), "foo": float("nan")} for value in values]
    lines = "\n".join(in_csv(record, asked) for record in records)
    assert client.answer(csv_of(rows))[1].decode() == lines

    def is_missing(value):
        return isinstance(value, float) and np.isnan(value)

    order = [key for key in KEYS if not is_missing(records[0][key])]
    order += [key for key in asked if key not in order]
    objects = [{key: None if is_missing(record[key]) else record[key] for key in order} for record in records]
    assert client.answer(csv_of(rows), CSV, JSON)[1].decode() == json.dumps({"predictions": objects})
    json_lines = "".join(json.dumps(record) + "\n" for record in objects)
    assert client.answer(csv_of(rows), CSV, JSON_LINES)[1].decode() == json_lines
    answered = list(records_of(client.answer(csv_of(rows), CSV, RECORDIO)[1]))
    for record, labels in zip(records, answered, strict=True):
        for key, value in record.items():
            expected = np.float32(value if isinstance(value, list) else [value])
            assert np.array_equal(np.float32(labels[key]), expected, equal_nan=True), key


def test_selected_keys_of_deep_learning_containers(boosters, serve_booster):
    booster, rows = boosters["multi:softprob"]
    payload = "\n".join(f"{i},{csv_of([row])}" for i, row in zip([1, 60, 120], rows[[0, 59, 119], :3]))
    client = serve_booster(booster, SAGEMAKER_INFERENCE_OUTPUT="predicted_label,labels")
    lines = client.answer(payload)[1].decode().split("\n")
    assert len(lines) == 3 and all(line.endswith(',"[0, 1, 2]"') for line in lines)
    assert len(json.loads(client.answer(payload, CSV, JSON)[1])["predictions"]) == 3
    assert len(client.answer(payload, CSV, JSON_LINES)[1].splitlines()) == 3
    assert client.invoke(payload, CSV, "image/png")[0] == 406
    client = serve_booster(booster, SAGEMAKER_INFERENCE_OUTPUT="foo,predicted_label,predicted_score,porbabilitise")
    assert all(line.split(",")[0] == "nan" for line in client.answer(payload)[1].decode().split("\n"))


def test_selected_keys_of_a_batch_transform(boosters, serve_booster):
    booster, rows = boosters["binary:logistic"]
    client = serve_booster(booster, SAGEMAKER_INFERENCE_OUTPUT="predicted_label", SAGEMAKER_BATCH="True")
    csv = client.answer(csv_of(rows))[1].decode()
    assert csv.endswith("\n") and set(csv.splitlines()) == {"0", "1"} and csv.count("\n") == len(rows)
    assert json.loads(client.answer(csv_of(rows), CSV, JSON)[1])["predictions"][0].keys() == {"predicted_label"}


# Statuses


@pytest.fixture(scope="module")
def iris_client(boosters, tmp_path_factory):
    with serving(tmp_path_factory.mktemp("iris")) as start:
        yield start(boosters["multi:softprob"][0])


@pytest.mark.parametrize("content_type", [CSV, LIBSVM, RECORDIO, "image/png", "application/x-www-form-urlencoded", None])
def test_nothing_is_answered_with_nothing(iris_client, content_type):
    status, headers, body = iris_client.invoke(b"", content_type)
    assert (status, body, headers.get("Content-Type")) == (204, b"", None)


@pytest.mark.parametrize(
    ("body", "content_type", "status", "begin"),
    [
        ("a", "incorrect_format", 415, ""),
        ("0", "text/csv; label_size=5", 415, ""),
        ("0", "text/csv; label_size=1=1", 415, ""),
        ("0", "text/csv; label_size=1; label_size=2", 415, ""),
        ("0", "label_size=1; text/csv", 415, ""),
        (b"\x89PNG\r\n", "image/png", 415, ""),
        (b"PAR1", "application/x-parquet", 415, ""),
        ("[[1,2,3,4]]", "application/json", 415, ""),
        ("1,2,3,12:12:12", CSV, 415, "Loading csv data failed"),
        ("1,2,3,2019-1-1", CSV, 415, "Loading csv data failed"),
        ("1,2,3,2019-1-1 12:12:12", CSV, 415, "Loading csv data failed"),
        ("1,2,3,2019-1-1 12:12:12+00", CSV, 415, "Loading csv data failed"),
        ("1,2,3,-14 days", CSV, 415, "Loading csv data failed"),
        ("1,2,3\n1,2,c", CSV, 415, "Loading csv data failed"),
        ("1,2,3\n1,2", CSV, 415, "Loading csv data failed"),
        ("1 0:1 1:2", CSV, 415, "Loading csv data failed"),
        (recordio_of(np.ones((3, 4), np.float32)), CSV, 415, "Loading csv data failed"),
        ("1,2,3,4", LIBSVM, 415, "Loading libsvm data failed"),
        ("1,2,3,4", None, 415, "Loading libsvm data failed"),
        ("0 a:b", LIBSVM, 415, "Loading libsvm data failed"),
        ("1,2,3,4", RECORDIO, 415, "Loading recordio-protobuf data failed"),
        ("1,2,3,4,5", CSV, 400, "Unable to evaluate payload provided"),
        (recordio_of(np.ones((1, 5), np.float32)), RECORDIO, 400, "Unable to evaluate payload provided"),
    ],
)
def test_refusals(iris_client, body, content_type, status, begin):
    found, _, line = iris_client.invoke(body, content_type)
    assert found == status, line
    assert line.decode().startswith(begin) and line.count(b"\n") == 1


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("1,1", "csv"),
        ("1,1", "text/csv;label_size = 1"),
        ("0:1", "libsvm"),
        ("0:1", "text/libsvm"),
        ("0:1", "text/x-libsvm"),
        ("42,6,9", CSV),
        ("42.0,6.0,9.0", CSV),
        ("42\n6\n9\n", CSV),
        ("0 0:1 5:1", LIBSVM),
        ("0:1 5:1", LIBSVM),
        (b"\n#\xd7\xce\x13\0\0\0\n\x11\n\x06values\x12\x07:\x05\n\x03*\x06\t\0", RECORDIO),
    ],
)
def test_payloads_of_the_containers_unit_tests(iris_client, body, content_type):
    assert iris_client.invoke(body, content_type)[0] == 200


def test_an_accept_header_that_nothing_meets(iris_client):
    status, _, line = iris_client.invoke("1,2,3,4", CSV, "image/png")
    sentence = (
        "Accept type image/png is not supported. Please use supported accept types: "
        "['application/json', 'application/jsonlines', 'application/x-recordio-protobuf', 'text/csv']."
    )
    assert (status, line.decode().rstrip("\n")) == (406, sentence)


def test_the_setting_overrides_the_name(boosters, serve_booster):
    client = serve_booster(boosters["multi:softprob"][0], MODEL_SERVER_DIALECT="native")
    assert client.answer("5.1,3.5,1.4,0.2")[1] == b"0\n"
    assert client.invoke("5.1,3.5")[0] == 400
