"""Each payload and answer format, written and read by the encoders that people have: json, numpy, and AWS's
records after the message definitions and the framing that SageMaker's documentation gives."""

import csv
import io
import json
import struct
import urllib.error

import numpy as np
import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from conftest import csv_of, leaves, npy_of

FEATURES = 24


@pytest.fixture(scope="module")
def rows():
    return leaves("test")[1]


@pytest.fixture(scope="module")
def labels(leaf_server, rows):
    """The species that CSV gets."""
    return leaf_server.invoke(csv_of(rows)).splitlines()


def libsvm_of(rows):
    return "".join("0 " + " ".join(f"{i}:{v!r}" for i, v in enumerate(row)) + "\n" for row in rows.astype(float).tolist())


def record_class():
    """aialgs.data.Record, as proto2, from its documented definition."""
    file = descriptor_pb2.FileDescriptorProto(name="record.proto", package="aialgs.data", syntax="proto2")
    field = descriptor_pb2.FieldDescriptorProto
    for name, kind in [("Float32Tensor", field.TYPE_FLOAT), ("Float64Tensor", field.TYPE_DOUBLE), ("Int32Tensor", field.TYPE_INT32)]:
        message = file.message_type.add(name=name)
        for number, part in enumerate(["values", "keys", "shape"], 1):
            kind_of_part = kind if part == "values" else field.TYPE_UINT64
            added = message.field.add(name=part, number=number, type=kind_of_part, label=field.LABEL_REPEATED)
            added.options.packed = True
    value = file.message_type.add(name="Value")
    value.oneof_decl.add(name="value")
    for name, number in [("Float32Tensor", 2), ("Float64Tensor", 3), ("Int32Tensor", 7)]:
        value.field.add(
            name=name.lower().replace("tensor", "_tensor"),
            number=number,
            type=field.TYPE_MESSAGE,
            type_name=f".aialgs.data.{name}",
            label=field.LABEL_OPTIONAL,
            oneof_index=0,
        )
    record = file.message_type.add(name="Record")
    for number, part in enumerate(["features", "label"], 1):
        entry = record.nested_type.add(name=f"{part.capitalize()}Entry")
        entry.options.map_entry = True
        entry.field.add(name="key", number=1, type=field.TYPE_STRING, label=field.LABEL_OPTIONAL)
        entry.field.add(name="value", number=2, type=field.TYPE_MESSAGE, type_name=".aialgs.data.Value", label=field.LABEL_OPTIONAL)
        record.field.add(
            name=part,
            number=number,
            type=field.TYPE_MESSAGE,
            type_name=f".aialgs.data.Record.{entry.name}",
            label=field.LABEL_REPEATED,
        )
    for number, part in enumerate(["uid", "metadata", "configuration"], 3):
        record.field.add(name=part, number=number, type=field.TYPE_STRING, label=field.LABEL_OPTIONAL)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("aialgs.data.Record"))


RECORD = record_class()


def recordio_of(rows, kind="float32_tensor", sparse=False):
    payload = b""
    for row in rows:
        record = RECORD(uid="7", metadata="{}")
        record.label["values"].float32_tensor.values.append(3)
        tensor = getattr(record.features["values"], kind)
        columns = np.flatnonzero(row) if sparse else range(len(row))
        tensor.values.extend(row[columns].tolist())
        if sparse:
            tensor.keys.extend(columns.tolist())
            tensor.shape.append(len(row))
        data = record.SerializeToString()
        payload += struct.pack("<II", 0xCED7230A, len(data)) + data + b"\0" * (-len(data) % 4)
    return payload


JSON = "application/json"
JSON_FORMS = {
    "instances of features": lambda rows: {"instances": [{"features": row} for row in rows.tolist()]},
    "instances of arrays": lambda rows: {"instances": rows.tolist()},
    "array of arrays": lambda rows: rows.tolist(),
    "nested values": lambda rows: {"instances": [{"data": {"features": {"values": row}}} for row in rows.tolist()]},
    "open inference": lambda rows: {
        "inputs": [{"name": "X", "shape": list(rows.shape), "datatype": "FP32", "data": rows.flatten().tolist()}]
    },
    "open inference, nested": lambda rows: {
        "inputs": [{"name": "X", "shape": list(rows.shape), "datatype": "FP64", "data": rows.tolist()}]
    },
}


@pytest.mark.parametrize("form", JSON_FORMS.values(), ids=JSON_FORMS)
def test_json(leaf_server, rows, labels, form):
    assert leaf_server.invoke(json.dumps(form(rows)), JSON).splitlines() == labels


@pytest.mark.parametrize(
    "form", [list, lambda row: {"features": row}, lambda row: {"data": {"features": {"values": row}}}], ids=["array", "features", "values"]
)
def test_json_lines(leaf_server, rows, labels, form):
    body = "".join(json.dumps(form(row)) + "\n" for row in rows.tolist())
    for content_type in ("application/jsonlines", "application/x-jsonlines"):
        assert leaf_server.invoke(body, content_type).splitlines() == labels


@pytest.mark.parametrize("dtype", ["<f4", ">f4", "<f8"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_npy(leaf_server, rows, labels, dtype, order):
    body = npy_of(np.asarray(rows, dtype=dtype, order=order))
    assert leaf_server.invoke(body, "application/x-npy").splitlines() == labels


@pytest.mark.parametrize("dtype", ["<i4", "<i8", "u1"])
def test_npy_of_integers(leaf_server, rows, dtype):
    whole = np.abs(rows * 10).astype(dtype)
    expected = leaf_server.invoke(csv_of(whole))
    assert leaf_server.invoke(npy_of(whole), "application/x-npy") == expected


@pytest.mark.parametrize("kind", ["float32_tensor", "float64_tensor"])
def test_recordio(leaf_server, rows, labels, kind):
    body = recordio_of(rows, kind)
    assert leaf_server.invoke(body, "application/x-recordio-protobuf").splitlines() == labels


def test_sparse_rows(leaf_server, rows, labels):
    assert leaf_server.invoke(libsvm_of(rows), "text/libsvm").splitlines() == labels
    assert leaf_server.invoke(recordio_of(rows, sparse=True), "application/x-recordio-protobuf").splitlines() == labels


@pytest.mark.parametrize(
    "content_type, body",
    [
        ("text/csv; charset=utf-8", csv_of),
        ("TEXT/CSV; label_size=1", lambda rows: "".join(f"oak,{line}\n" for line in csv_of(rows).splitlines())),
        ("text/csv; header=present", lambda rows: ",".join(map(str, range(FEATURES))) + "\n" + csv_of(rows)),
        ("text/csv", lambda rows: ",".join(f"f{i}" for i in range(FEATURES)) + "\r\n" + csv_of(rows)),
    ],
    ids=["charset", "label", "header", "header seen"],
)
def test_csv(leaf_server, rows, labels, content_type, body):
    assert leaf_server.invoke(body(rows), content_type).splitlines() == labels


KEYS = "predicted_label,labels,probability,probabilities,raw_score,raw_scores,path"


def test_answers_agree_in_every_format(leaf_server, rows, labels):
    def answer(accept):
        headers = {"Accept": accept, "X-Amzn-SageMaker-Custom-Attributes": f"output={KEYS}"}
        return leaf_server.invoke(csv_of(rows), **headers)

    document = json.loads(answer("application/json"))["predictions"]
    lines = answer("application/jsonlines")
    assert lines.endswith("\n")
    assert [json.loads(line) for line in lines.splitlines()] == document
    assert [record["predicted_label"] for record in document] == labels
    table = list(csv.reader(io.StringIO(answer("text/csv; charset=utf-8"))))
    for record, line in zip(document, table, strict=True):
        assert list(record) == KEYS.split(",")
        best = int(np.argmax(record["probabilities"]))
        assert record["labels"][best] == record["predicted_label"]
        assert record["probability"] == record["raw_score"] == record["probabilities"][best]
        assert record["raw_scores"] == record["probabilities"]
        assert record["path"] and all(isinstance(rule, str) for rule in record["path"])
        assert line[0] == record["predicted_label"]
        assert [json.loads(field) for field in line[1:6]] == [record[key] for key in KEYS.split(",")[1:6]]
        assert line[6] == " and ".join(record["path"])


def test_npy_answers(leaf_server, rows, labels):
    def answer(keys):
        headers = {"Accept": "application/x-npy", "X-Amzn-SageMaker-Custom-Attributes": f"output={keys}"}
        return np.load(io.BytesIO(leaf_server.invoke_bytes(csv_of(rows), **headers)), allow_pickle=False)

    assert answer("predicted_label").tolist() == labels
    probabilities = answer("probabilities")
    assert probabilities.shape == (len(rows), 6) and probabilities.dtype == np.float32
    both = answer("predicted_label,probabilities,labels")
    assert both["predicted_label"].tolist() == labels
    assert (both["probabilities"] == probabilities).all()
    assert both["labels"].shape == (len(rows), 6)


def test_the_setting_selects(leaf_job, serve, rows, labels):
    server = serve(leaf_job, SAGEMAKER_INFERENCE_OUTPUT="Predicted_Label, probability", SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT=JSON)
    predictions = json.loads(server.invoke(csv_of(rows)))["predictions"]
    assert [record["predicted_label"] for record in predictions] == labels
    assert all(list(record) == ["predicted_label", "probability"] for record in predictions)


@pytest.mark.parametrize(
    "content_type, body, status, words",
    [
        (JSON, "[" * 100_000, 400, "row 1"),
        (JSON, json.dumps({"instances": [[0] * 24, [0] * 23]}), 400, "row 2: 23 columns, the model takes 24"),
        ("application/x-npy", npy_of(np.zeros((2, 3))), 400, "shape (2, 3): expected (rows, 24)"),
        ("application/x-npy", npy_of(np.array([["a"] * 24])), 400, "dtype"),
        ("application/x-recordio-protobuf", struct.pack("<II", 0xCED7230A, 0x1FFFFFFF) + b"\0" * 100, 400, "536870911 bytes"),
        ("text/csv", b"\x1f\x8b\x08\x00\x00\x00\x00\x00", 415, "gzip"),
        ("application/x-parquet", b"PAR1", 415, "application/x-npy"),
        ("text/csv; charset=utf-16", b"1", 415, "utf-8"),
    ],
)
def test_faults_have_one_line(leaf_server, content_type, body, status, words):
    with pytest.raises(urllib.error.HTTPError) as raised:
        leaf_server.invoke(body, content_type)
    line = raised.value.read().decode()
    assert raised.value.code == status
    assert words in line and line.count("\n") == 1


def test_compressed_payloads_and_unknown_outputs_are_refused(leaf_server, rows):
    for headers, status, words in [
        ({"Content-Encoding": "gzip"}, 415, "not compressed"),
        ({"X-Amzn-SageMaker-Custom-Attributes": "output=predicted_score"}, 400, "probabilities"),
        ({"Accept": "image/png"}, 406, "text/csv, application/json, application/jsonlines, application/x-npy"),
    ]:
        with pytest.raises(urllib.error.HTTPError) as raised:
            leaf_server.invoke(csv_of(rows), **headers)
        assert raised.value.code == status
        assert words in raised.value.read().decode()
