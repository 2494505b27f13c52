"""Every model of the ONNX corpus, served: it answers as onnxruntime does, and a bad file is refused at the start."""

import csv
import io
import json

import numpy as np
import onnx
import pytest

import corpus
from conftest import refusal, serve_file

# They have an Exp or Sigmoid node, which onnxruntime's vectorised code rounds differently.
INEXACT = dict.fromkeys(["skl-ada-3c-str", "skl-gb-exponential-bin-str", "t2-lgb-poisson"], 2e-7)


def test_the_corpus_is_whole():
    assert len(corpus.MODELS) >= 96
    assert len(corpus.REFUSED) >= 16


@pytest.mark.parametrize("name", corpus.MODELS)
def test_the_expected_answers_are_onnxruntimes(name):
    session = corpus.session_of(name)
    for rows in corpus.files_of_rows(name):
        assert corpus.answers(session, rows) == corpus.expected_of(rows).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", corpus.MODELS)
def test_the_served_answers_are_the_expected_ones(name, tmp_path):
    file = (corpus.FOLDER / f"{name}.onnx").read_bytes()
    output = onnx.load_from_string(file).graph.output[-1].type
    kind = np.float64 if output.tensor_type.elem_type == onnx.TensorProto.DOUBLE else np.float32
    is_classifier = any(node.op_type == "TreeEnsembleClassifier" for node in onnx.load_from_string(file).graph.node)
    keys = "predicted_label,raw_scores" if is_classifier else "predicted_score"
    with serve_file(tmp_path, file) as server:
        for rows in corpus.files_of_rows(name):
            expected = list(csv.reader(corpus.expected_of(rows).read_text(encoding="utf-8").splitlines()))
            headers = {"Accept": "application/json", "X-Amzn-SageMaker-Custom-Attributes": f"output={keys}"}
            body = rows.read_bytes()
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


@pytest.mark.parametrize("name", corpus.REFUSED)
def test_a_bad_file_is_refused(name, tmp_path):
    assert str(tmp_path / "model" / "model.onnx") in refusal(tmp_path, (corpus.FOLDER / f"{name}.onnx").read_bytes())
