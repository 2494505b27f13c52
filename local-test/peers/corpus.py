"""The ONNX corpus in trees/tests/corpus: its models, its rows, and the answers that onnxruntime gives to them.

`python local-test/peers/corpus.py [NAME...]` writes the expected answers of these models again, or of all models.
Run it after adding a model or rows, or to see what another version of onnxruntime answers. The corpus's README.md
says how rows and answers are written.
"""

import csv
import io
import pathlib
import sys

import numpy as np
import onnxruntime

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "trees" / "tests" / "corpus"
MODELS = sorted(path.stem for path in FOLDER.glob("*.onnx") if not path.stem.startswith("reject-"))
REFUSED = sorted(path.stem for path in FOLDER.glob("reject-*.onnx"))
TYPES = {"tensor(float)": np.float32, "tensor(double)": np.float64, "tensor(int64)": np.int64}


def files_of_rows(name):
    """The model's files of rows: all have NAME.csv, most have NAME.nan.csv."""
    return [path for path in (FOLDER / f"{name}.csv", FOLDER / f"{name}.nan.csv") if path.exists()]


def expected_of(rows):
    """The file of the answers to the file `rows`."""
    return rows.with_suffix(".expected.csv")


def session_of(name):
    """onnxruntime with one thread: several sum in another order."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3  # it warns of declared shapes, which some exporters get wrong
    file = FOLDER / f"{name}.onnx"
    return onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])


def answers(session, rows):
    """The text of onnxruntime's answers to the file `rows`, as the corpus has it."""
    taken = session.get_inputs()[0]
    with rows.open(newline="") as file:
        fields = [[field or "nan" for field in row] for row in csv.reader(file)]
    outputs = session.run(None, {taken.name: np.array(fields).astype(TYPES[taken.type])})
    *labels, scores = outputs
    if isinstance(scores, list):  # ZipMap's: a dictionary a row, in the order of the class list
        scores = np.array([list(row.values()) for row in scores], dtype=np.float32)
    digits = 17 if scores.dtype == np.float64 else 9
    lines = [[f"{value:.{digits}g}" for value in row] for row in scores.reshape(len(fields), -1)]
    if labels:
        lines = [[str(label), *line] for label, line in zip(labels[0], lines)]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(lines)
    return text.getvalue()


def main():
    for name in sys.argv[1:] or MODELS:
        session = session_of(name)
        for rows in files_of_rows(name):
            expected_of(rows).write_text(answers(session, rows), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
