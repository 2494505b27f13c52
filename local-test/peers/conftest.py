"""Jobs trained and models served by the real binaries, for the tests in this folder."""

import csv
import gzip
import io
import json
import os
import pathlib
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

# On small data a second thread of scikit-learn, XGBoost or LightGBM only waits. Read when numpy is imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "local-test"))

from page import blocks, examples, is_as_printed

BINARIES = pathlib.Path(os.environ["BINARIES"])
DEADLINE = 60


class Job:
    """A training job's directory tree, and its data as numpy arrays."""

    def __init__(self, directory, labels, features, hyperparameters):
        self.directory = pathlib.Path(directory)
        self.labels = np.asarray(labels)
        self.features = np.asarray(features, dtype=np.float32)
        config = self.directory / "input" / "config"
        for folder in (config, self.directory / "model", self.directory / "output"):
            folder.mkdir(parents=True)
        strings = {name: str(value) for name, value in hyperparameters.items()}
        (config / "hyperparameters.json").write_text(json.dumps(strings))
        self.write_rows("training/rows.csv", self.labels, self.features)

    def write_rows(self, name, labels, features):
        """A file of a channel, `CHANNEL/NAME`; float32's shortest decimal forms, `nan` if missing."""
        path = self.directory / "input" / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with (gzip.open if path.suffix == ".gz" else open)(path, "wt", newline="") as file:
            rows = csv.writer(file)
            for label, row in zip(labels, np.asarray(features, dtype=np.float32)):
                rows.writerow([label, *(np.format_float_positional(v, unique=True) for v in row)])

    def train(self, trainer="trainer", **settings):
        environment = {**os.environ, "SAGEMAKER_BASE_DIR": str(self.directory), **settings}
        done = subprocess.run([BINARIES / trainer], env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        self.stdout = done.stdout
        self.stderr = done.stderr
        return self

    @property
    def model(self):
        return self.directory / "model" / "model.onnx"


class Server:
    """`serve` on free ports."""

    def __init__(self, directory, log, **settings):
        self.grpc_port = free_port()
        environment = {
            **os.environ,
            "SAGEMAKER_BASE_DIR": str(directory),
            "MODEL_SERVER_BIN_DIR": str(BINARIES),
            "SAGEMAKER_BIND_TO_PORT": "0",
            "MODEL_SERVER_WORKERS": "2",
            "MODEL_SERVER_GRPC_PORT": str(self.grpc_port),
            **settings,
        }
        self.log = pathlib.Path(log)
        with open(self.log, "wb") as file:
            self.process = subprocess.Popen([TOP / "serve"], env=environment, stdin=subprocess.DEVNULL, stdout=file, stderr=file)
        try:
            self.http_port = until(self.find_port, self.log)
            until(self.is_ready, self.log)
        except BaseException:
            self.process.terminate()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def find_port(self):
        assert self.process.poll() is None, self.log.read_text()
        found = re.search(r"address=0\.0\.0\.0:(\d+)", self.log.read_text())
        return found and int(found[1])

    def is_ready(self):
        assert self.process.poll() is None, self.log.read_text()
        try:
            return urllib.request.urlopen(f"http://127.0.0.1:{self.http_port}/ping", timeout=5).status == 200
        except OSError:
            return False

    @property
    def grpc(self):
        return f"127.0.0.1:{self.grpc_port}"

    def invoke(self, body, content_type="text/csv", **headers):
        """The answer's text."""
        return self.invoke_bytes(body, content_type, **headers).decode()

    def invoke_bytes(self, body, content_type="text/csv", **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.http_port}/invocations",
            data=body.encode() if isinstance(body, str) else body,
            headers={"Content-Type": content_type, **headers},
        )
        with urllib.request.urlopen(request, timeout=DEADLINE) as answer:
            return answer.read()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(DEADLINE) == 0, self.log.read_text()


def lay_out_model(directory, model, name="model.onnx"):
    """A model file where `serve` looks for it."""
    (directory / "model").mkdir(parents=True)
    (directory / "model" / name).write_bytes(model)


def serve_file(directory, model, name="model.onnx", **settings):
    """A server of this model file, for a `with` statement."""
    lay_out_model(directory, model, name)
    return Server(directory, directory / "log", MODEL_SERVER_WORKERS="1", **settings)


def refusal(directory, model, worker="model-worker", name="model.onnx"):
    """What a worker says about a model file that it does not load."""
    lay_out_model(directory, model, name)
    # A worker that took the file would end all the same: there is no directory for its socket.
    environment = {**os.environ, "SAGEMAKER_BASE_DIR": str(directory), "MODEL_SERVER_RUN_DIR": str(directory / "none")}
    done = subprocess.run([BINARIES / worker], env=environment, capture_output=True, text=True, timeout=DEADLINE, check=False)
    assert done.returncode == 78 and done.stderr.count("\n") == 1, done
    return done.stderr


# Below those that the system gives to outgoing connections.
PORTS = range(20_000, 32_000)


def free_port():
    """A port that nobody listens on, and that no other pytest worker is about to take."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    share = len(PORTS) // int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    for port in random.sample(PORTS[worker * share : (worker + 1) * share], share):
        with socket.socket() as listener:
            try:
                listener.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError(f"all ports of {PORTS} are taken")


def until(condition, log):
    deadline = time.monotonic() + DEADLINE
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"not within {DEADLINE} s: {condition.__name__}\n{log.read_text()}")


def leaves(name):
    """Species and features of `leaf_train` or of the payload."""
    if name == "train":
        rows = np.loadtxt(TOP / "local-test/test-dir/input/data/training/leaf_train.csv", delimiter=",", dtype=str)
        return rows[:, 0], rows[:, 1:].astype(np.float32)
    labels = np.loadtxt(TOP / "local-test/payload-labels.csv", delimiter=",", dtype=str)
    return labels, np.loadtxt(TOP / "local-test/payload.csv", delimiter=",", dtype=np.float32)


def csv_of(rows):
    file = io.StringIO()
    np.savetxt(file, rows, delimiter=",", fmt="%.9g")
    return file.getvalue()


def npy_of(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def blocks_of(page, kind):
    """The text of each block of this kind on a page."""
    return [text for info, _, text in blocks((TOP / page).read_text()) if info == kind]


def console_examples(page):
    """Pairs of a command and the lines that it prints, from the page's first console block."""
    return [pytest.param(*example, id=str(number)) for number, example in enumerate(examples(blocks_of(page, "console")[0]))]


def check_console(command, lines, server):
    """Runs a command of a page that talks to port 8080, and compares what it prints."""
    command = command.replace("http://localhost:8080", f"http://127.0.0.1:{server.http_port}")
    done = subprocess.run(["bash", "-c", command], cwd=TOP, capture_output=True, text=True, timeout=DEADLINE, check=True)
    assert is_as_printed(done.stdout, lines), done.stdout


@pytest.fixture(scope="session")
def lay_out_job():
    """Lays out a job that is yet to train: (labels, features, **hyperparameters) -> Job."""
    directories = []

    def make(labels, features, **hyperparameters):
        directories.append(tempfile.TemporaryDirectory(prefix="peers-"))
        return Job(directories[-1].name, labels, features, hyperparameters)

    yield make
    for directory in directories:
        directory.cleanup()


@pytest.fixture(scope="session")
def make_job(lay_out_job):
    """Makes and trains a job: (labels, features, **hyperparameters) -> Job."""
    return lambda *data, **hyperparameters: lay_out_job(*data, **hyperparameters).train()


@pytest.fixture(scope="session")
def serve(tmp_path_factory):
    """Serves a job's model: (Job, **settings) -> Server."""
    servers = []

    def start(job, **settings):
        log = tmp_path_factory.mktemp("serve") / "log"
        servers.append(Server(job.directory, log, **settings))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture(scope="session")
def leaf_job(make_job):
    return make_job(*leaves("train"))


@pytest.fixture(scope="session")
def leaf_server(leaf_job, serve):
    return serve(leaf_job)
