"""Direct scoring with clients as people have them."""

import json
import queue

import grpc
import numpy as np
import onnx
import pytest
import tritonclient.grpc as triton
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from google.protobuf.descriptor_pool import DescriptorPool
from tritonclient.grpc import service_pb2, service_pb2_grpc
from tritonclient.utils import InferenceServerException

from conftest import leaves


@pytest.fixture
def client(leaf_server):
    with triton.InferenceServerClient(leaf_server.grpc) as client:
        yield client


@pytest.fixture
def stub(leaf_server):
    with grpc.insecure_channel(leaf_server.grpc) as channel:
        yield service_pb2_grpc.GRPCInferenceServiceStub(channel)


@pytest.fixture(scope="module")
def rows():
    return leaves("test")[1]


def tensor(rows, datatype="FP32", name="X"):
    tensor = triton.InferInput(name, rows.shape, datatype)
    tensor.set_data_from_numpy(rows)
    return tensor


def labels_over_http(server, rows):
    return server.invoke("".join(",".join(map(str, row)) + "\n" for row in rows)).split("\n")[:-1]


def test_server_and_model_are_ready(client):
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.is_model_ready("model")
    assert not client.is_model_ready("other")


def test_metadata(client, rows):
    assert client.get_server_metadata().name
    metadata = client.get_model_metadata("model")
    assert [(t.name, t.datatype, list(t.shape)) for t in metadata.inputs] == [("X", "FP32", [-1, rows.shape[1]])]
    assert [(t.name, t.datatype, list(t.shape)) for t in metadata.outputs] == [("label", "BYTES", [-1]), ("probabilities", "FP32", [-1, 6])]


@pytest.mark.parametrize("datatype, dtype", [("FP32", np.float32), ("FP64", np.float64)])
def test_numpy_in_and_out(client, leaf_server, rows, datatype, dtype):
    answer = client.infer("model", [tensor(rows.astype(dtype), datatype)], request_id="7")
    assert answer.get_response().id == "7"
    assert [label.decode() for label in answer.as_numpy("label")] == labels_over_http(leaf_server, rows)
    probabilities = answer.as_numpy("probabilities")
    assert probabilities.shape == (len(rows), 6)
    assert np.allclose(probabilities.sum(axis=1), 1)


def test_an_output_by_name(client, rows):
    answer = client.infer("model", [tensor(rows)], outputs=[triton.InferRequestedOutput("probabilities")])
    assert [output.name for output in answer.get_response().outputs] == ["probabilities"]
    with pytest.raises(InferenceServerException, match="label, probabilities"):
        client.infer("model", [tensor(rows)], outputs=[triton.InferRequestedOutput("nope")])


@pytest.mark.parametrize("datatype, dtype", [("INT32", np.int32), ("INT64", np.int64)])
def test_integers(client, leaf_server, rows, datatype, dtype):
    whole = (rows * 10).astype(dtype)
    answer = client.infer("model", [tensor(whole, datatype)])
    assert [label.decode() for label in answer.as_numpy("label")] == labels_over_http(leaf_server, whole)


def test_an_input_a_feature(make_job, serve):
    """Features have names if the training data have a header; here the model file gets them."""
    labels, features = leaves("train")
    job = make_job(labels, features[:, :3])
    model = onnx.load(job.model)
    names = ["area", "width", "length"]
    onnx.helper.set_model_props(model, {"feature_names": json.dumps(names)})
    onnx.save(model, job.model)
    server = serve(job)
    rows = leaves("test")[1][:, :3]
    with triton.InferenceServerClient(server.grpc) as client:
        whole = client.infer("model", [tensor(rows)])
        for shape in [(len(rows),), (len(rows), 1)]:
            inputs = [tensor(rows[:, i].reshape(shape), name=names[i]) for i in (2, 0, 1)]
            answer = client.infer("model", inputs)
            assert (answer.as_numpy("label") == whole.as_numpy("label")).all()
        with pytest.raises(InferenceServerException, match='"area", "width", "length"'):
            client.infer("model", inputs[:2])
    by_name = {"instances": [dict(zip(names, row)) for row in rows.tolist()]}
    over_http = server.invoke(json.dumps(by_name), "application/json").splitlines()
    assert over_http == [label.decode() for label in whole.as_numpy("label")]


def test_async_infer(client, rows):
    answers = queue.Queue()
    for row in range(8):
        client.async_infer("model", [tensor(rows[row : row + 1])], lambda result, error: answers.put((result, error)), request_id=str(row))
    expected = client.infer("model", [tensor(rows[:8])]).as_numpy("label")
    for _ in range(8):
        result, error = answers.get(timeout=60)
        assert error is None
        assert result.as_numpy("label")[0] == expected[int(result.get_response().id)]


@pytest.mark.parametrize("field, datatype", [("fp32_contents", "FP32"), ("fp64_contents", "FP64")])
def test_typed_contents(stub, leaf_server, rows, field, datatype):
    request = service_pb2.ModelInferRequest(model_name="model")
    given = request.inputs.add(name="X", datatype=datatype, shape=rows.shape)
    getattr(given.contents, field).extend(rows.flatten().tolist())
    answer = stub.ModelInfer(request)
    labels = [label.decode() for label in answer.outputs[0].contents.bytes_contents]
    assert labels == labels_over_http(leaf_server, rows)
    assert len(answer.outputs[1].contents.fp32_contents) == len(rows) * 6


@pytest.mark.parametrize(
    "given, message",
    [
        (tensor(np.zeros((2, 3), np.float32)), "expected"),
        (tensor(np.zeros(24, np.float32)), "expected"),
        (tensor(np.zeros((1, 24), np.float32), name="Y"), '"X"'),
        (tensor(np.zeros((1, 24), np.uint8), "UINT8"), "FP32"),
        (tensor(np.full((1, 24), 1e300), "FP64"), "row 1, column 1: found 1e300"),
    ],
    ids=["columns", "one dimension", "name", "datatype", "range"],
)
def test_wrong_tensors_are_invalid_arguments(client, given, message):
    with pytest.raises(InferenceServerException, match=message) as raised:
        client.infer("model", [given])
    assert raised.value.status() == "StatusCode.INVALID_ARGUMENT"


def test_a_tensor_that_is_too_short_is_an_invalid_argument(stub):
    request = service_pb2.ModelInferRequest(model_name="model", raw_input_contents=[b"\0" * 92])
    request.inputs.add(name="X", datatype="FP32", shape=[1, 24])
    with pytest.raises(grpc.RpcError) as raised:
        stub.ModelInfer(request)
    assert raised.value.code() == grpc.StatusCode.INVALID_ARGUMENT


def test_an_unknown_model_is_not_found(client, rows):
    with pytest.raises(InferenceServerException) as raised:
        client.infer("other", [tensor(rows)])
    assert raised.value.status() == "StatusCode.NOT_FOUND"


def test_a_large_tensor(client, rows):
    large = np.tile(rows, (2000, 1))  # 17 MB
    labels = client.infer("model", [tensor(large)]).as_numpy("label")
    assert (labels == np.tile(client.infer("model", [tensor(rows)]).as_numpy("label"), 2000)).all()


def test_health(leaf_server):
    with grpc.insecure_channel(leaf_server.grpc) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        for service in ("", "inference.GRPCInferenceService"):
            answer = stub.Check(health_pb2.HealthCheckRequest(service=service))
            assert answer.status == health_pb2.HealthCheckResponse.SERVING
        with pytest.raises(grpc.RpcError) as raised:
            stub.Check(health_pb2.HealthCheckRequest(service="nope"))
        assert raised.value.code() == grpc.StatusCode.NOT_FOUND


def test_reflection(leaf_server):
    with grpc.insecure_channel(leaf_server.grpc) as channel:
        database = ProtoReflectionDescriptorDatabase(channel)
        services = set(database.get_services())
        assert {"inference.GRPCInferenceService", "grpc.health.v1.Health", "invocations.v1.Invocations"} <= services
        # Triton's own idea of the protocol and ours are the same, field by field.
        ours = DescriptorPool(database)
        for name in ("ModelInferRequest", "ModelInferResponse", "ModelMetadataResponse", "InferTensorContents"):
            fields = ours.FindMessageTypeByName(f"inference.{name}").fields
            theirs = service_pb2.DESCRIPTOR.message_types_by_name[name].fields_by_number
            for field in fields:
                assert (theirs[field.number].name, theirs[field.number].type) == (field.name, field.type)
