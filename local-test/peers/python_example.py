"""examples/python as a user has it: a folder with the worker, a predictor.py and the generated messages."""

import contextlib
import dataclasses
import functools
import http.client
import os
import pathlib
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

import grpc

from conftest import DEADLINE, TOP, Server, until

EXAMPLE = TOP / "examples/python"


@functools.cache
def generated():
    """The folder of the generated messages, made as docs/python.md says."""
    folder = tempfile.TemporaryDirectory(prefix="messages-")
    command = [sys.executable, "-m", "grpc_tools.protoc", f"-I{TOP}/proto/proto", f"--python_out={folder.name}", "invocations.proto"]
    subprocess.run(command, check=True)
    return folder


def lay_out(directory, predictor=None):
    """The example's files, with another predictor.py if there is one."""
    directory.mkdir(parents=True, exist_ok=True)
    for file in [*EXAMPLE.glob("*.py"), *pathlib.Path(generated().name).glob("*.py")]:
        shutil.copy(file, directory)
    if predictor is not None:
        (directory / "predictor.py").write_text(predictor)
    (directory / "ml/model").mkdir(parents=True, exist_ok=True)
    return directory


def serve(directory, **settings):
    """`serve` with the worker of `directory`, for a `with` statement."""
    defaults = {
        "MODEL_SERVER_WORKER_COMMAND": f"{sys.executable} {directory}/worker.py",
        "MODEL_SERVER_GRPC_PORT": "",
    }
    log = directory / f"log-{len(list(directory.glob('log-*')))}"
    return Server(directory / "ml", log, **{**defaults, **settings})


def workers(directory):
    """The process ids of the workers of `directory` that have loaded the model."""
    found = []
    for process in pathlib.Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            is_worker = f"{directory}/worker.py".encode() in (process / "cmdline").read_bytes().split(b"\0")
            # Written once the model is loaded.
            if is_worker and (process / "oom_score_adj").read_text() == "500\n":
                found.append(int(process.name))
    return found


def train(directory, **environment):
    """Runs train.py; what it printed on stdout and stderr, and its exit status."""
    environment = {**os.environ, "SAGEMAKER_BASE_DIR": str(directory), **environment}
    return subprocess.run([sys.executable, EXAMPLE / "train.py"], env=environment, capture_output=True, text=True, timeout=DEADLINE, check=False)


class Gateway:
    """A worker.py that runs by itself, and the gateway's part of the protocol, played by a test."""

    def __init__(self, directory, **settings):
        sys.path.insert(0, generated().name)
        self.messages = __import__("invocations_pb2")
        self.directory, self.log = directory, directory / "log"
        # A socket's path has at most 107 bytes.
        self.run_dir = tempfile.TemporaryDirectory(prefix="worker-")
        environment = {**os.environ, "SAGEMAKER_BASE_DIR": str(directory / "ml"), "MODEL_SERVER_RUN_DIR": self.run_dir.name, **settings}
        with self.log.open("w") as log:
            self.process = subprocess.Popen([sys.executable, directory / "worker.py"], env=environment, stdout=log, stderr=log)

    def __enter__(self):
        until(self.is_listening, self.log)
        self.channel = grpc.insecure_channel(f"unix:{self.run_dir.name}/worker-0.sock")
        codec = self.messages.RequestBatch.SerializeToString, self.messages.AnswerBatch.FromString
        self.exchange = self.channel.stream_stream("/invocations.v1.Invocations/Exchange", *codec)
        self.open()
        return self

    def __exit__(self, *_):
        self.requests.put(None)
        self.channel.close()
        self.process.kill()
        self.process.wait(DEADLINE)
        self.run_dir.cleanup()

    def is_listening(self):
        assert self.process.poll() is None, self.log.read_text()
        return "worker listens" in self.log.read_text()

    def open(self):
        """Opens a stream; the one before is left to itself."""
        self.requests = queue.SimpleQueue()
        self.answers = self.exchange(iter(self.requests.get, None), timeout=DEADLINE)
        # Before anything is sent: a worker that does not send its headers hangs here.
        self.answers.initial_metadata()

    def frame(self, id, body=b"", head=None, **fields):
        if head is not None:
            fields["head"] = self.messages.RequestHead(**{"content_type": "text/csv", "inference_id": f"of-{id}", **head})
        return self.messages.RequestFrame(id=id, body=body, **fields)

    def send(self, *frames, probe=0):
        self.requests.put(self.messages.RequestBatch(frames=frames, probe=probe))

    def batch(self):
        return next(self.answers)

    def answer(self, count):
        """The next `count` answers, by id: (name of the outcome, body)."""
        answers, heads, bodies = {}, {}, {}
        while len(answers) < count:
            for frame in self.batch().frames:
                if frame.HasField("head"):
                    heads[frame.id] = frame.head
                bodies[frame.id] = bodies.get(frame.id, b"") + frame.body
                if not frame.more:
                    outcome = self.messages.Outcome.Name(heads[frame.id].outcome)
                    answers[frame.id] = (outcome, bodies[frame.id])
        return answers

    def probe(self, number):
        """Sends a probe and waits for its answer."""
        self.send(probe=number)
        while self.batch().probe != number:
            pass


@dataclasses.dataclass
class Load:
    """Clients that keep asking, each on a connection of its own, and check each answer against its own row."""

    port: int
    questions: list  # pairs of a payload and its answer
    connections: int = 32
    refused: int = 0
    failed: list = dataclasses.field(default_factory=list)
    seconds: list = dataclasses.field(default_factory=list)

    def __enter__(self):
        self.stop = threading.Event()
        self.answered_to = [0] * self.connections  # right answers to each client
        self.clients = [threading.Thread(target=self.ask, args=(number,)) for number in range(self.connections)]
        for client in self.clients:
            client.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        for client in self.clients:
            client.join()

    @property
    def answered(self):
        return sum(self.answered_to)

    def ask(self, client):
        connection, number = None, client
        while not self.stop.is_set():
            body, expected = self.questions[number % len(self.questions)]
            number += 1
            began = time.monotonic()
            try:
                is_new = connection is None
                connection = connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE)
                if is_new:
                    connection.connect()
                connection.request("POST", "/invocations", body, {"Content-Type": "text/csv"})
                response = connection.getresponse()
                answer = response.read()
            except ConnectionRefusedError:
                self.refused += 1
                return
            except (OSError, http.client.HTTPException) as error:
                connection = None
                if is_new:
                    self.failed.append(repr(error))
                continue  # an idle connection that the server has closed: what was sent on it was not accepted
            if response.will_close:
                connection = None
            if (response.status, answer) == (200, expected):
                self.answered_to[client] += 1
                self.seconds.append(time.monotonic() - began)
            else:
                self.failed.append((response.status, answer))

    def report(self):
        seconds = sorted(self.seconds)
        p99, longest = seconds[int(0.99 * len(seconds))], seconds[-1]
        return f"{self.answered} right answers, {len(self.failed)} failed, p99 {p99:.3f} s, longest {longest:.3f} s"
