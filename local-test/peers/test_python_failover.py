"""examples/python behind the gateway: workers that are killed, stopped, told to end, and that hang, under load."""

import os
import random
import re
import signal
import time
import urllib.error

import pytest

import python_example
from conftest import DEADLINE, TOP, leaves, until
from python_example import Load, workers


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder with the example and its model, and pairs of a payload and its answer."""
    directory = python_example.lay_out(tmp_path_factory.mktemp("python"))
    channel = directory / "ml/input/data/training"
    channel.mkdir(parents=True)
    (channel / "leaves.csv").write_bytes((TOP / "local-test/test-dir/input/data/training/leaf_train.csv").read_bytes())
    done = python_example.train(directory / "ml")
    assert done.returncode == 0, done.stderr
    import pickle

    model = pickle.loads((directory / "ml/model/model.pickle").read_bytes())
    rows = (TOP / "local-test/payload.csv").read_text().splitlines(keepends=True)
    return directory, [(row, f"{label}\n".encode()) for row, label in zip(rows, model.predict(leaves("test")[1]))]


def serve(trained, **settings):
    directory, questions = trained
    server = python_example.serve(directory, **settings)
    server.directory, server.questions = directory, questions
    return server


def answers_all(server, load):
    """Waits until every client has an answer more, so that nothing that a worker has lost before is in flight: what
    has lost two workers is refused, by design."""
    seen = list(load.answered_to)
    until(lambda: all(now > before for now, before in zip(load.answered_to, seen)), server.log)


def two_workers(server, gone=()):
    """Waits until there are two workers, none of them among `gone`; returns them."""

    def two():
        found = workers(server.directory)
        return len(found) == 2 and not set(found) & set(gone) and sorted(found)

    return until(two, server.log)


def test_workers_killed_every_second_fail_no_response(trained):
    with serve(trained) as server:
        with Load(server.http_port, server.questions) as load:
            end = time.monotonic() + 20
            kills = 0
            while time.monotonic() < end:
                answers_all(server, load)
                os.kill(random.choice(workers(server.directory)), signal.SIGKILL)
                kills += 1
                time.sleep(1)  # the rate of the kills
        print(f"{kills} x kill -9: {load.report()}")
    assert not load.failed, load.failed[:3]
    assert load.answered > 1000


def test_both_workers_killed_at_once_fail_no_response(trained):
    with serve(trained) as server, Load(server.http_port, server.questions) as load:
        for _ in range(3):
            answers_all(server, load)
            gone = two_workers(server)
            for worker in gone:
                os.kill(worker, signal.SIGKILL)
            two_workers(server, gone)
        answers_all(server, load)
    print(f"3 x both killed: {load.report()}")
    assert not load.failed, load.failed[:3]


def test_a_stopped_worker_is_left_out_and_replaced(trained):
    with serve(trained, MODEL_SERVER_TIMEOUT="10") as server, Load(server.http_port, server.questions) as load:
        answers_all(server, load)
        stopped = two_workers(server)[0]
        until(lambda: server.log.read_text().count("worker connected") == 2, server.log)
        os.kill(stopped, signal.SIGSTOP)
        answers_all(server, load)
        two_workers(server, [stopped])
        answers_all(server, load)
    print(f"kill -STOP: {load.report()}")
    assert not load.failed, load.failed[:3]


def test_a_worker_that_is_told_to_end_loses_nothing(trained):
    with serve(trained) as server, Load(server.http_port, server.questions) as load:
        answers_all(server, load)
        ended = two_workers(server)[0]
        os.kill(ended, signal.SIGTERM)
        two_workers(server, [ended])
        answers_all(server, load)
    assert not load.failed, load.failed[:3]
    assert re.search(r"exited: model-worker_[01] \(exit status 0; not expected\)", server.log.read_text())


def test_sigterm_under_load_answers_everything_accepted(trained):
    server = serve(trained)
    with Load(server.http_port, server.questions) as load:
        answers_all(server, load)
        server.process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        assert server.process.wait(DEADLINE) == 0, server.log.read_text()
        print(f"SIGTERM under load: exit after {time.monotonic() - began:.2f} s, {load.report()}")
        until(lambda: load.refused == load.connections, server.log)
    assert not load.failed, load.failed[:3]


# A row that is not 0 hangs: 1 lets other threads of the process run, 2 holds the interpreter lock.
HANGING = """
import ctypes, time

def load(model_dir):
    return 1

def predict(rows):
    if rows.max() == 1:
        time.sleep(3600)
    if rows.max() >= 2:
        ctypes.PyDLL(None).usleep(int(rows.max() * 1e6))
    return ["fine"] * len(rows)
"""


@pytest.mark.parametrize("row", ["1", "3600"], ids=["without the lock", "with the lock"])
def test_a_hang_gets_504_and_the_worker_is_replaced(tmp_path, row):
    directory = python_example.lay_out(tmp_path / "python", HANGING)
    with python_example.serve(directory, MODEL_SERVER_TIMEOUT="4") as server:
        server.directory = directory
        with Load(server.http_port, [("0", b"fine\n")], 1) as load:
            answers_all(server, load)
            before = two_workers(server)
            with pytest.raises(urllib.error.HTTPError) as raised:
                server.invoke(row)
            assert raised.value.code in (504, 502), raised.value.read()
            until(lambda: set(before) - set(workers(directory)), server.log)
            two_workers(server)
            answers_all(server, load)
    print(f"a hang: {raised.value.code}, beside it {load.report()}")
    assert [failure for failure in load.failed if failure[0] != 504] == []


def test_a_predictor_that_holds_the_lock_is_waited_for(tmp_path):
    directory = python_example.lay_out(tmp_path / "python", HANGING)
    with python_example.serve(directory, MODEL_SERVER_PROBE_TIMEOUT="5") as server:
        server.directory = directory
        before = two_workers(server)
        assert server.invoke("2.5") == "fine\n"
        assert two_workers(server) == before
        assert "probe" not in server.log.read_text()
