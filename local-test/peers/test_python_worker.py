"""examples/python: what it trains, what it answers, and what it makes of bad payloads and bad predictors."""

import concurrent.futures
import http.client
import json
import os
import pickle
import re
import signal
import subprocess
import sys
import urllib.error

import numpy as np
import pytest

import python_example
from conftest import DEADLINE, TOP, csv_of, leaves, npy_of, until

JSON = "application/json"
OWN = "application/octet-stream"


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    directory = python_example.lay_out(tmp_path_factory.mktemp("python"))
    channel = directory / "ml/input/data/training"
    channel.mkdir(parents=True)
    config = directory / "ml/input/config"
    config.mkdir()
    (config / "hyperparameters.json").write_text('{"max_leaf_nodes": "16"}')
    (channel / "leaves.csv").write_bytes((TOP / "local-test/test-dir/input/data/training/leaf_train.csv").read_bytes())
    done = python_example.train(directory / "ml")
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"train:accuracy=0\.9\d*;\n", done.stdout)
    return directory


@pytest.fixture(scope="module")
def model(directory):
    return pickle.loads((directory / "ml/model/model.pickle").read_bytes())


@pytest.fixture(scope="module")
def server(directory):
    with python_example.serve(directory) as server:
        yield server


@pytest.fixture(scope="module")
def rows():
    return leaves("test")[1]


@pytest.fixture(scope="module")
def labels(model, rows):
    """The species that the pipeline itself says."""
    return model.predict(rows).tolist()


def refused(server, body, content_type="text/csv", **headers):
    """Status and line of a refusal."""
    with pytest.raises(urllib.error.HTTPError) as raised:
        server.invoke_bytes(body, content_type, **headers)
    return raised.value.code, raised.value.read().decode()


# === answers ===


CSV_FORMS = {
    "plain": lambda rows: csv_of(rows),
    "no line end": lambda rows: csv_of(rows)[:-1],
    "CRLF, blank lines": lambda rows: "\n" + csv_of(rows).replace("\n", "\r\n\r\n"),
    "quotes and blanks": lambda rows: "".join(",".join(f' "{value}"' for value in row) + "\n" for row in rows.astype(float).tolist()),
    "header": lambda rows: ",".join(f"f{i}" for i in range(rows.shape[1])) + "\n" + csv_of(rows),
    "byte order mark": lambda rows: "\ufeff" + csv_of(rows),
}


@pytest.mark.parametrize("form", CSV_FORMS.values(), ids=CSV_FORMS)
def test_csv(server, rows, labels, form):
    assert server.invoke(form(rows), "text/csv; charset=utf-8").splitlines() == labels


def test_csv_with_a_header_that_looks_like_a_row(server, rows, labels):
    body = ",".join(map(str, range(rows.shape[1]))) + "\n" + csv_of(rows)
    assert server.invoke(body, "TEXT/CSV; header=present").splitlines() == labels


JSON_FORMS = {
    "instances of arrays": lambda rows: {"instances": rows.tolist()},
    "instances of features": lambda rows: {"instances": [{"features": row} for row in rows.tolist()]},
    "inputs": lambda rows: {"inputs": rows.tolist()},
    "bare array": lambda rows: rows.tolist(),
}


@pytest.mark.parametrize("form", JSON_FORMS.values(), ids=JSON_FORMS)
def test_json(server, rows, labels, form):
    assert server.invoke(json.dumps(form(rows)), JSON).splitlines() == labels


def test_a_json_record_alone(server, rows, labels):
    for record in (rows[0].tolist(), {"features": rows[0].tolist()}):
        assert server.invoke(json.dumps(record), JSON) == labels[0] + "\n"


def test_json_lines(server, rows, labels):
    body = "".join(json.dumps(row) + "\n" for row in rows.tolist())
    for content_type in ("application/jsonlines", "application/x-jsonlines"):
        assert server.invoke(body, content_type).splitlines() == labels


@pytest.mark.parametrize("dtype", ["<f4", ">f4", "<f8"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_npy(server, rows, labels, dtype, order):
    assert server.invoke_bytes(npy_of(np.asarray(rows, dtype, order)), "application/x-npy").decode().splitlines() == labels


def test_missing_values_are_nan(server, model, rows):
    holes = rows.copy()
    holes[::2, 3] = np.nan
    expected = model.predict(holes).tolist()
    for missing in ("", "NaN", "NA", "null"):
        assert server.invoke(csv_of(holes).replace("nan", missing)).splitlines() == expected
    assert server.invoke(json.dumps(holes.tolist()).replace("NaN", "null"), JSON).splitlines() == expected
    assert server.invoke(npy_of(holes), "application/x-npy").splitlines() == expected


def test_accept(server, rows, labels):
    body = csv_of(rows)
    predictions = {"predictions": [{"predicted_label": label} for label in labels]}
    for accept in ("application/json", "APPLICATION/JSON", "text/csv;q=0.5, application/json", "application/*", "image/png, application/json;q=0.1"):
        assert json.loads(server.invoke(body, Accept=accept)) == predictions, accept
    for accept in ("", "*/*", "text/*", "text/csv, application/json", "application/json;q=0.2, */*"):
        assert server.invoke(body, Accept=accept).splitlines() == labels, accept
    expected = 'Accept "image/png": expected text/csv, application/json\n'
    assert refused(server, body, Accept="image/png") == (406, expected)
    assert refused(server, body, Accept="text/csv;q=0, application/json;q=0")[0] == 406


def test_predict_bytes_answers_the_types_that_it_names(server, model, rows):
    answer = server.invoke_bytes(rows.astype("<f4").tobytes(), OWN)
    assert (np.frombuffer(answer, "<f4").reshape(len(rows), -1) == model.predict_proba(rows).astype("<f4")).all()
    assert refused(server, b"abc", OWN) == (400, "3 bytes, expected rows of 24 float32 values\n")
    assert refused(server, rows.tobytes(), OWN, Accept="text/csv")[0] == 406


def test_what_there_is_no_decoder_for(server, rows):
    types = "text/csv, application/json, application/jsonlines, application/x-jsonlines, application/x-npy, application/octet-stream"
    assert refused(server, b"x", "image/png") == (415, f'Content-Type "image/png": expected {types}\n')
    found = 'Content-Encoding "gzip": expected a payload that is not compressed\n'
    assert refused(server, csv_of(rows), Content_Encoding="gzip") == (415, found)
    assert refused(server, rows.tobytes(), OWN, Content_Encoding="gzip") == (415, found)
    assert server.invoke(csv_of(rows), Content_Encoding="identity")
    assert refused(server, csv_of(rows), X_Amzn_SageMaker_Custom_Attributes="output=path")[0] == 400


def test_large_payloads_and_answers(server, rows, labels):
    many = 700
    assert server.invoke(csv_of(rows) * many).splitlines() == labels * many  # 9 MB in chunks
    answer = server.invoke(npy_of(np.tile(rows, (many * 2, 1))), "application/x-npy", Accept=JSON)
    assert len(answer) > 4 << 20  # more than a message may hold
    assert [one["predicted_label"] for one in json.loads(answer)["predictions"]] == labels * many * 2


def test_ping(server):
    connection = http.client.HTTPConnection("127.0.0.1", server.http_port, timeout=DEADLINE)
    connection.request("GET", "/ping")
    assert connection.getresponse().status == 200


# === bad payloads ===


ROW = ",".join(["0"] * 24)
NUMBER = "expected a finite decimal number or nothing"
BAD = {
    ("text/csv", ""): "the payload is empty, expected at least one row",
    ("text/csv", "\n \n"): "the payload is empty, expected at least one row",
    ("text/csv", "1,2"): "row 1: 2 columns, the model takes 24",
    ("text/csv", f"{ROW}\n{ROW},1\n{ROW}"): "row 2: 25 columns, the model takes 24",
    ("text/csv", f"{ROW}\n1,x{ROW[3:]}\n"): f'row 2, column 2: found "x", {NUMBER}',
    ("text/csv", f"{ROW}\n1,1e39{ROW[3:]}\n"): "row 2, column 2: found a number beyond float32's range, expected a finite one",
    ("text/csv", f"inf{ROW[1:]}"): "row 1, column 1: found a number beyond float32's range, expected a finite one",
    ("text/csv", f"inf,NA{ROW[3:]}"): f'row 1, column 1: found "inf", {NUMBER}',
    ("text/csv", f"1_0{ROW[1:]}"): f'row 1, column 1: found "1_0", {NUMBER}',
    ("text/csv", f"0x1{ROW[1:]}"): f'row 1, column 1: found "0x1", {NUMBER}',
    ("text/csv", f"{'x' * 99}{ROW[1:]}"): f'row 1, column 1: found "{"x" * 40}…", {NUMBER}',
    ("text/csv", f"{'x' * 999}\n"): "the payload is a header line only, expected rows of numbers after it",
    ("text/csv; header=absent", f"{'a,' * 23}b\n{ROW}"): f'row 1, column 1: found "a", {NUMBER}',
    (JSON, "[[1,2"): "malformed JSON: ",
    (JSON, "[" * 200_000): "malformed JSON: ",
    (JSON, "9" * 5000): "malformed JSON: ",
    (JSON, "\udcff"): "malformed JSON: ",
    (JSON, "3"): 'expected {"instances": [...]} or an array of records',
    (JSON, '{"instances": 3}'): 'expected {"instances": [...]} or an array of records',
    (JSON, "[]"): "the payload is empty, expected at least one row",
    (JSON, "[[]]"): "row 1: 0 columns, the model takes 24",
    (JSON, "[[1,2]]"): "row 1: 2 columns, the model takes 24",
    (JSON, f'[[{ROW}], 3]'): 'row 2: expected an array of numbers or {"features": [...]}',
    (JSON, f'[[{ROW}], ["1"{ROW[1:]}]]'): 'row 2, column 1: found "1", expected a number or null',
    (JSON, f"[[true{ROW[1:]}]]"): "row 1, column 1: found true, expected a number or null",
    (JSON, f"[[1e39{ROW[1:]}]]"): "row 1, column 1: found a number beyond float32's range, expected a finite one",
    (JSON, f"[[{'9' * 400}{ROW[1:]}]]"): "found a number beyond float32's range, expected finite ones",
    ("application/jsonlines", f"[{ROW}]\n[{ROW}"): "malformed JSON: ",
}


@pytest.mark.parametrize("content_type, body", BAD)
def test_a_bad_payload_gets_400_and_a_line(server, content_type, body):
    status, line = refused(server, body.encode(errors="surrogateescape"), content_type)
    assert status == 400
    assert line.startswith(BAD[content_type, body]) and line.count("\n") == 1


def test_bad_npy(server, rows):
    good = npy_of(rows)
    huge = good.replace(b"(88, 24)", b"(8%s, 24)" % (b"0" * 12), 1)
    objects = npy_of(np.array([[os.system]], dtype=object))
    texts = npy_of(np.array([["a"]]))
    for body in (b"", b"xyz", good[:-1], good + b"x", good[:60], huge, objects, texts, npy_of(rows[0]), npy_of(rows[None])):
        assert refused(server, body, "application/x-npy") == (400, "expected an npy file of an array (rows, columns) of numbers\n")
    assert refused(server, npy_of(rows[:, :3]), "application/x-npy") == (400, "row 1: 3 columns, the model takes 24\n")
    assert refused(server, npy_of(rows[:0]), "application/x-npy") == (400, "the payload is empty, expected at least one row\n")
    assert refused(server, npy_of(rows.astype(float) * 1e300), "application/x-npy")[0] == 400


def test_payloads_at_random_get_no_5xx(server, rows):
    """Good payloads with some bytes changed, cut out or put in."""
    random = np.random.default_rng(7)
    good = {"text/csv": csv_of(rows[:3]).encode(), JSON: json.dumps(rows[:2].tolist()).encode(), "application/x-npy": npy_of(rows[:2])}
    connection = http.client.HTTPConnection("127.0.0.1", server.http_port, timeout=DEADLINE)
    for turn in range(600):
        content_type = list(good)[turn % 3]
        body = bytearray(good[content_type])
        for _ in range(random.integers(1, 4)):
            at, length = random.integers(len(body)), random.integers(4)
            body[at : at + length] = random.bytes(random.integers(4)) if turn % 2 else random.choice(list(b'",\n[]{}-+.eE0_ N'), 2).astype("u1").tobytes()
        connection.request("POST", "/invocations", bytes(body), {"Content-Type": content_type})
        response = connection.getresponse()
        assert response.status in (200, 400), (content_type, bytes(body), response.read())
        response.read()


# === bad predictors ===


# Does what the first column says, to the whole call; else answers the second column.
FAULTY = """
import os, sys, time
import numpy as np

CONTENT_TYPES = ["application/octet-stream"]

class BadPayload(Exception):
    pass

def load(model_dir):
    return 2

def predict(rows):
    answers = ["row %d" % row for row in rows[:, 1]]
    what = int(rows[:, 0].max())
    if what == 1:
        raise ValueError("a fault of predictor.py")
    if what == 2:
        sys.exit("enough")
    if what == 3:
        raise BadPayload("this row\\nis not for me")
    if what == 4:
        os.abort()
    if what == 5:
        time.sleep(3600)
    return {10: answers[1:], 11: None, 12: np.full(len(rows), np.nan), 13: [{}] * len(rows), 14: np.ones((len(rows), 2)),
            15: ["a", *[1.5] * (len(rows) - 1)] if len(rows) > 1 else [None], 16: "a" * len(rows), 17: rows[:, 1].astype(complex),
            18: ["\\udcff"] * len(rows), 19: [float("inf")] * len(rows),
            30: rows[:, 1], 31: rows[:, 1].astype(np.float64) / 3, 32: rows[:, 1].astype(int), 33: rows[:, 1] > 1,
            34: ['a,"b"\\n'] * len(rows), 35: [""] * len(rows), 36: np.array(["ä", "b"] * len(rows), dtype=object)[:len(rows)],
            37: (np.str_("x") for _ in rows), 38: tuple(np.int64(7) for _ in rows)}.get(what, answers)

def predict_bytes(content_type, body):
    if body == b"raise":
        raise KeyError("k")
    return {b"none": None, b"text": ("text/plain", "not bytes"), b"three": (1, 2, 3), b"control": ("text/\\n", b"")}.get(body, ("text/plain", bytearray(body)))
"""


def line_of(statement):
    return next(number for number, line in enumerate(FAULTY.splitlines(), 1) if statement in line)


@pytest.fixture(scope="module")
def faulty(tmp_path_factory):
    directory = python_example.lay_out(tmp_path_factory.mktemp("faulty"), FAULTY)
    with python_example.serve(directory) as server:
        server.directory = directory
        yield server


ANSWER = "predict of predictor.py returned {}, expected a label or a finite number for each of 1 rows\n"
FAULTS = {
    1: "predict of predictor.py raised ValueError; the log says where\n",
    2: "predict of predictor.py raised SystemExit; the log says where\n",
    10: ANSWER.format("0 answers"),
    11: ANSWER.format("NoneType"),
    12: ANSWER.format("nan for row 1 of 1"),
    13: ANSWER.format("a list of dict"),
    14: ANSWER.format("an array of shape (1, 2)"),
    15: ANSWER.format("a list of NoneType"),
    16: ANSWER.format("str"),
    17: ANSWER.format("a list of complex"),
    18: ANSWER.format("a label that is no Unicode text"),
    19: ANSWER.format("inf for row 1 of 1"),
    37: ANSWER.format("generator"),
}


@pytest.mark.parametrize("what", FAULTS)
def test_a_fault_of_the_predictor_gets_500_and_a_line_that_names_it(faulty, what):
    inference_id = f"fault-{what}"
    assert refused(faulty, f"{what},1", X_Amzn_SageMaker_Inference_Id=inference_id) == (500, FAULTS[what])


def test_the_log_says_which_invocation_failed_and_where(tmp_path):
    directory = python_example.lay_out(tmp_path / "python", FAULTY)
    with python_example.serve(directory) as server:
        assert refused(server, "1,1", X_Amzn_SageMaker_Inference_Id="the-guilty")[0] == 500
        until(lambda: "ValueError: a fault" in server.log.read_text(), server.log)
        log = server.log.read_text()
        line = next(line for line in log.splitlines() if " WARN worker: " in line)
        assert 'failed inference_id="the-guilty" outcome=INTERNAL content_type="text/csv" payload=3: predict of predictor.py' in line
        assert f'predictor.py", line {line_of("raise ValueError")}, in predict' in log


def test_refusals_do_not_fill_the_log(tmp_path):
    directory = python_example.lay_out(tmp_path / "python", FAULTY)
    with python_example.serve(directory, MODEL_SERVER_WORKERS="1") as server:
        for _ in range(30):
            assert refused(server, "1")[0] == 400
        # The last line that there is.
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(DEADLINE)
        assert server.log.read_text().count("INFO worker: refused") == 10


def test_an_error_that_the_predictor_blames_on_the_client_gets_400(faulty):
    assert refused(faulty, "3,1") == (400, "this row is not for me\n")


def test_a_fault_of_predict_bytes(faulty):
    assert faulty.invoke_bytes(b"as it is", OWN) == b"as it is"
    assert refused(faulty, b"raise", OWN) == (500, "predict_bytes of predictor.py raised KeyError; the log says where\n")
    for body in (b"none", b"text", b"three", b"control"):
        line = "predict_bytes of predictor.py returned something else than a content type and bytes\n"
        assert refused(faulty, body, OWN) == (500, line)


@pytest.mark.parametrize(
    "what, csv, predictions",
    [
        (30, "0.1\n", [{"predicted_score": 0.1}]),
        (31, "0.033333333830038704\n", [{"predicted_score": 0.033333333830038704}]),
        (32, "0\n", [{"predicted_label": 0}]),
        (33, "false\n", [{"predicted_label": False}]),
        (34, '"a,""b""\n"\n', [{"predicted_label": 'a,"b"\n'}]),
        (35, '""\n', [{"predicted_label": ""}]),
        (36, "ä\n", [{"predicted_label": "ä"}]),
        (38, "7\n", [{"predicted_label": 7}]),
    ],
)
def test_labels_and_numbers_of_every_kind(faulty, what, csv, predictions):
    assert faulty.invoke(f"{what},0.1") == csv
    assert json.loads(faulty.invoke(f"{what},0.1", Accept=JSON)) == {"predictions": predictions}


def test_what_is_beside_a_fault_is_answered(faulty):
    def ask(number):
        body = "1,7" if number % 8 == 0 else "x,7" if number % 8 == 1 else f"0,{number}"
        try:
            return number, 200, faulty.invoke(body)
        except urllib.error.HTTPError as error:
            return number, error.code, error.read().decode()

    with concurrent.futures.ThreadPoolExecutor(32) as clients:
        for number, status, text in clients.map(ask, range(2000)):
            expected = {0: (500, FAULTS[1]), 1: (400, f'row 1, column 1: found "x", {NUMBER}\n')}
            assert (status, text) == expected.get(number % 8, (200, f"row {number}\n"))


def test_a_payload_that_crashes_every_worker_gets_502(faulty):
    with python_example.Load(faulty.http_port, [("0,7", b"row 7\n")], 8) as load:
        until(lambda: load.answered > 100, faulty.log)
        assert refused(faulty, "4,1")[0] == 502
        seen = load.answered
        until(lambda: load.answered > seen + 100, faulty.log)
    assert not load.failed, load.failed[:3]
    # Where it was: Python's own words.
    place = f'predictor.py", line {line_of("os.abort()")} in predict'
    until(lambda: place in faulty.log.read_text(), faulty.log)


# === a predictor that says no more than it must ===


PLAIN = """
def load(model_dir):
    pass

def predict(rows):
    return rows.sum(axis=1)

def predict_bytes(content_type, body):
    return body[::-1]
"""


def test_columns_and_content_types_need_not_be_told(tmp_path):
    with python_example.serve(python_example.lay_out(tmp_path, PLAIN)) as server:
        assert server.invoke("1,2\n3,4\n") == "3.0\n7.0\n"
        assert server.invoke("[[1, 2, 3]]", JSON) == "6.0\n"
        assert refused(server, "1,2\n3\n") == (400, "row 2: 1 columns, row 1 has 2\n")
        assert refused(server, "[[1, 2], [3]]", JSON) == (400, "row 2: 1 columns, row 1 has 2\n")
        assert server.invoke_bytes(b"abc", "image/png") == b"cba"
        # Rows of several widths in one batch.
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            bodies = [",".join(["1"] * (1 + i % 3)) for i in range(300)]
            answers = list(pool.map(server.invoke, bodies))
        assert answers == [f"{1 + i % 3}.0\n" for i in range(300)]


# === what can't be served or trained ===


def test_a_worker_that_can_not_serve_ends_with_78_and_the_reason_as_its_last_line(tmp_path):
    load = "def load(model_dir):\n    "
    predict = "\ndef predict(rows):\n    return rows[:, 0]\n"
    cases = [
        (None, {}, "predictor.py can't be used: FileNotFoundError: [Errno 2] No such file or directory: "),
        ("import nonsense", {}, "predictor.py can't be used: ModuleNotFoundError: No module named 'nonsense'"),
        ("def load(", {}, "predictor.py can't be used: SyntaxError: "),
        (f"{load}raise OSError('two\\nlines'){predict}", {}, "predictor.py can't be used: OSError: two lines"),
        (f"{load}raise SystemExit(3){predict}", {}, "predictor.py can't be used: SystemExit: 3"),
        (f"{load}return 0{predict}", {}, "load of predictor.py returned 0, expected how many columns a row has"),
        (f"{load}return 2{predict}", {"MODEL_SERVER_TIMEOUT": "x"}, "MODEL_SERVER_TIMEOUT=x: expected a whole number of seconds"),
        (f"{load}return 2{predict}", {"MODEL_SERVER_GRPC_PORT": "9000"}, "MODEL_SERVER_GRPC_PORT is set, but a worker in Python takes no direct calls"),
        (f"{load}return 2{predict}", {"SAGEMAKER_INFERENCE_OUTPUT": "path"}, "SAGEMAKER_INFERENCE_OUTPUT is set, but what predictor.py answers can't be chosen"),
        (
            f"{load}return 2{predict}",
            {"SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT": "image/png"},
            "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT can't be used: Accept \"image/png\": expected text/csv, application/json",
        ),
    ]
    for number, (predictor, settings, reason) in enumerate(cases):
        directory = python_example.lay_out(tmp_path / str(number), predictor)
        environment = {**os.environ, "SAGEMAKER_BASE_DIR": str(directory / "ml"), "MODEL_SERVER_RUN_DIR": str(tmp_path), **settings}
        command = [sys.executable, directory / "worker.py"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=DEADLINE, check=False)
        assert done.returncode == 78, done.stderr
        assert done.stderr.splitlines()[-1].startswith(f"worker.py: {reason}")


def test_serve_ends_with_the_workers_reason(tmp_path):
    directory = python_example.lay_out(tmp_path / "python")
    with pytest.raises(AssertionError, match="returncode: 78"):
        python_example.serve(directory)
    last = (directory / "log-0").read_text().splitlines()[-1]
    assert last.startswith("serve: model-worker") and "status 78" in last and "worker.py: predictor.py can't be used: FileNotFoundError" in last


def test_a_job_that_fails_says_why(tmp_path):
    done = python_example.train(tmp_path)
    assert done.returncode == 1
    reason = f"ValueError: {tmp_path}/input/data/training: found no file, expected CSV with the label in the first column"
    assert (tmp_path / "output/failure").read_text() == reason
    channel = tmp_path / "input/data/training"
    channel.mkdir(parents=True)
    (channel / "a.csv").write_text("1,2,3\n1,2\n")
    assert python_example.train(tmp_path).returncode == 1
    assert (tmp_path / "output/failure").read_text().startswith(f"ValueError: {channel}/a.csv: ")
    assert not list((tmp_path / "model").glob("*")) if (tmp_path / "model").exists() else True
