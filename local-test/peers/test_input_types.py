"""Models of double and of int64 input, in every payload format and over gRPC: nothing is rounded on the way that the
model would distinguish. onnxruntime answers the same rows beside it."""

import json
import urllib.error

import numpy as np
import onnx
import onnxruntime
import pytest
import tritonclient.grpc as triton
from onnx import TensorProto, helper
from tritonclient.utils import InferenceServerException

from conftest import npy_of, serve_file
from test_payloads import recordio_of

# Above it the next double is another double, but the same float32.
THRESHOLD = 0.1
# float32 knows all integers up to 2^24; a model of int64 input compares as float32, after one rounding.
LARGE = 2**24


def double_model():
    """A feature's side of 0.1, in float64: 1 at most, else 2; plus 10 or 20 for the other feature's side of 1e300."""
    nodes = {"nodes_featureids": [0, 0, 0, 1, 0, 0], "nodes_modes": ["BRANCH_LEQ", "LEAF", "LEAF"] * 2}
    links = {"nodes_truenodeids": [1, 0, 0] * 2, "nodes_falsenodeids": [2, 0, 0] * 2}
    ids = {"nodes_treeids": [0] * 3 + [1] * 3, "nodes_nodeids": [0, 1, 2] * 2}
    targets = {"target_treeids": [0, 0, 1, 1], "target_nodeids": [1, 2] * 2, "target_ids": [0] * 4, "n_targets": 1}
    doubles = {
        "nodes_values_as_tensor": helper.make_tensor("values", TensorProto.DOUBLE, [6], [THRESHOLD, 0, 0, 1e300, 0, 0]),
        "target_weights_as_tensor": helper.make_tensor("weights", TensorProto.DOUBLE, [4], [1, 2, 10, 20]),
    }
    node = helper.make_node(
        "TreeEnsembleRegressor", ["X"], ["Y"], domain="ai.onnx.ml", post_transform="NONE", **nodes, **links, **ids, **targets, **doubles
    )
    return model_file(node, [helper.make_tensor_value_info("X", TensorProto.DOUBLE, [None, 2])], [("Y", TensorProto.FLOAT, [None, 1])])


def int64_model():
    """`low` up to 2^24, then `high`."""
    node = helper.make_node(
        "TreeEnsembleClassifier",
        ["X"],
        ["label", "probabilities"],
        domain="ai.onnx.ml",
        post_transform="NONE",
        nodes_treeids=[0] * 3,
        nodes_nodeids=[0, 1, 2],
        nodes_featureids=[1, 0, 0],
        nodes_modes=["BRANCH_LEQ", "LEAF", "LEAF"],
        nodes_values=[float(LARGE), 0.0, 0.0],
        nodes_truenodeids=[1, 0, 0],
        nodes_falsenodeids=[2, 0, 0],
        class_treeids=[0, 0],
        class_nodeids=[1, 2],
        class_ids=[0, 0],
        class_weights=[0.25, 1.0],
        classlabels_strings=["low", "high"],
    )
    outputs = [("label", TensorProto.STRING, [None]), ("probabilities", TensorProto.FLOAT, [None, 2])]
    return model_file(node, [helper.make_tensor_value_info("X", TensorProto.INT64, [None, 2])], outputs)


def model_file(node, inputs, outputs):
    graph = helper.make_graph([node], "trees", inputs, [helper.make_tensor_value_info(*output) for output in outputs])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("ai.onnx.ml", 3), helper.make_opsetid("", 18)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString()


def onnxruntimes(file, rows, output):
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    return session.run([output], {"X": rows})[0].ravel().tolist()


def exact_csv(rows):
    return "".join(",".join(map(repr, row)) + "\n" for row in rows.tolist())


BODIES = {
    "csv": ("text/csv", exact_csv),
    "json": ("application/json", lambda rows: json.dumps({"instances": rows.tolist()})),
    "json lines": ("application/jsonlines", lambda rows: "".join(json.dumps(row) + "\n" for row in rows.tolist())),
    "libsvm": ("text/libsvm", lambda rows: "".join("0 " + " ".join(f"{i}:{v!r}" for i, v in enumerate(row)) + "\n" for row in rows.tolist())),
    "npy": ("application/x-npy", npy_of),
    "npy, fortran": ("application/x-npy", lambda rows: npy_of(np.asfortranarray(rows))),
}


@pytest.fixture(scope="module")
def double_server(tmp_path_factory):
    with serve_file(tmp_path_factory.mktemp("double") / "job", double_model()) as server:
        yield server


@pytest.fixture(scope="module")
def int64_server(tmp_path_factory):
    with serve_file(tmp_path_factory.mktemp("int64") / "job", int64_model()) as server:
        yield server


@pytest.fixture(scope="module")
def doubles():
    edges = [THRESHOLD, np.nextafter(THRESHOLD, 1), np.nextafter(THRESHOLD, 0), -0.0, -1e308]
    assert len({np.float32(edge) for edge in edges[:3]}) == 1
    return np.array([[edge, other] for edge in edges for other in (0, 1e300, np.nextafter(1e300, np.inf))])


@pytest.fixture(scope="module")
def integers():
    return np.array([[0, value] for value in (LARGE - 1, LARGE, LARGE + 1, LARGE + 2, -LARGE, 2**63 - 1, -(2**63), 0)])


def test_the_rows_tell_the_types_apart(doubles):
    answers = onnxruntimes(double_model(), doubles, "Y")
    assert set(answers) == {11, 12, 21, 22}
    assert answers == [(1 if a <= THRESHOLD else 2) + (10 if b <= 1e300 else 20) for a, b in doubles]


@pytest.mark.parametrize("form", [*BODIES, "recordio"])
def test_doubles(form, double_server, doubles):
    content_type, encode = BODIES.get(form, ("application/x-recordio-protobuf", lambda rows: recordio_of(rows, "float64_tensor")))
    answers = double_server.invoke(encode(doubles), content_type).splitlines()
    assert [float(answer) for answer in answers] == onnxruntimes(double_model(), doubles, "Y")


@pytest.mark.parametrize("form", BODIES)
def test_integers(form, int64_server, integers):
    content_type, encode = BODIES[form]
    answers = int64_server.invoke(encode(integers), content_type).splitlines()
    assert answers == onnxruntimes(int64_model(), integers, "label")
    assert set(answers) == {"low", "high"}


def test_small_integers_in_recordio(int64_server, integers):
    small = integers[(integers[:, 1] > -(2**31)) & (integers[:, 1] < 2**31)]
    answers = int64_server.invoke(recordio_of(small, "int32_tensor"), "application/x-recordio-protobuf").splitlines()
    assert answers == onnxruntimes(int64_model(), small, "label")


@pytest.mark.parametrize("field, found", [("0.5", "0.5"), ("", 'found ""'), ("nan", "nan"), ("9223372036854775808", "9223372036854775808")])
def test_what_is_no_integer_is_refused(field, found, int64_server):
    with pytest.raises(urllib.error.HTTPError) as raised:
        int64_server.invoke(f"1,2\n3,{field}\n")
    line = raised.value.read().decode()
    assert raised.value.code == 400
    assert line.startswith("row 2, column 2: ") and found in line and line.count("\n") == 1, line


def infer(server, rows, datatype):
    tensor = triton.InferInput("X", rows.shape, datatype)
    tensor.set_data_from_numpy(rows)
    with triton.InferenceServerClient(server.grpc) as client:
        return client.get_model_metadata("model"), client.infer("model", [tensor])


def test_doubles_over_grpc(double_server, doubles):
    metadata, answer = infer(double_server, doubles, "FP64")
    assert [(t.name, t.datatype) for t in metadata.inputs] == [("X", "FP64")]
    assert answer.as_numpy(metadata.outputs[0].name).ravel().tolist() == onnxruntimes(double_model(), doubles, "Y")


def test_integers_over_grpc(int64_server, integers):
    metadata, answer = infer(int64_server, integers, "INT64")
    assert [(t.name, t.datatype) for t in metadata.inputs] == [("X", "INT64")]
    assert [label.decode() for label in answer.as_numpy("label")] == onnxruntimes(int64_model(), integers, "label")
    with pytest.raises(InferenceServerException, match="row 1, column 2"):
        infer(int64_server, np.array([[0, 0.5]]), "FP64")
