"""Every model of the ONNX corpus, served: onnxruntime's answers over HTTP, and each bad file refused at the start.

The corpus is not part of this repository: it lies in `shared/onnx/corpus` beside the checkout. Its README tells
how rows and answers are written.
"""

import csv
import io
import json

import numpy as np
import onnx
import pytest

from conftest import TOP, refusal, serve_file

CORPUS = TOP.parent / "shared" / "onnx" / "corpus"
MODELS = sorted(path.stem for path in CORPUS.glob("*.onnx"))
# It ends in an Exp node, which onnxruntime's vectorised code rounds differently.
INEXACT = {"t2-lgb-poisson": 2e-7}


def test_the_corpus_is_there():
    assert len([name for name in MODELS if not name.startswith("reject-")]) >= 62, f"the ONNX corpus is missing: {CORPUS}"


@pytest.mark.parametrize("name", [name for name in MODELS if not name.startswith("reject-")])
def test_the_answers_are_onnxruntimes(name, tmp_path):
    file = (CORPUS / f"{name}.onnx").read_bytes()
    output = onnx.load_from_string(file).graph.output[-1].type
    kind = np.float64 if output.tensor_type.elem_type == onnx.TensorProto.DOUBLE else np.float32
    is_classifier = any(node.op_type == "TreeEnsembleClassifier" for node in onnx.load_from_string(file).graph.node)
    keys = "predicted_label,raw_scores" if is_classifier else "predicted_score"
    with serve_file(tmp_path, file) as server:
        for rows in ("", ".nan"):
            given = CORPUS / f"{name}{rows}.csv"
            if not given.exists():
                continue
            lines = (CORPUS / f"{name}{rows}.expected.csv").read_text().splitlines()
            expected = list(csv.reader(lines))
            headers = {"Accept": "application/json", "X-Amzn-SageMaker-Custom-Attributes": f"output={keys}"}
            body = given.read_bytes()
            records = json.loads(server.invoke(body, "text/csv; header=absent", **headers))["predictions"]
            assert len(records) == len(expected)
            values = np.array([record[keys.split(",")[-1]] for record in records], dtype=kind).reshape(len(records), -1)
            theirs = np.array([line[is_classifier:] for line in expected], dtype=kind)
            assert values.shape == theirs.shape
            assert (np.abs(values - theirs) <= INEXACT.get(name, 0) * np.abs(theirs)).all()
            if is_classifier:
                assert [str(record["predicted_label"]) for record in records] == [line[0] for line in expected]
                # As text too, quoted where it must be.
                labels = csv.reader(io.StringIO(server.invoke(body, "text/csv; header=absent")))
                assert [line[0] for line in labels] == [line[0] for line in expected]


@pytest.mark.parametrize("name", [name for name in MODELS if name.startswith("reject-")])
def test_a_bad_file_is_refused(name, tmp_path):
    assert str(tmp_path / "model" / "model.onnx") in refusal(tmp_path, (CORPUS / f"{name}.onnx").read_bytes())
