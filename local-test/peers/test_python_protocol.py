"""examples/python/worker.py and the gateway's protocol, with a test in the gateway's place."""

import os
import signal

import grpc
import pytest

import python_example
from conftest import DEADLINE, until

# Answers, for each row, how many rows the call has; notes all calls. A call with a negative number waits until
# the test opens the FIFO.
COUNTING = """
import os, threading

def load(model_dir):
    global folder, thread
    folder, thread = os.path.dirname(model_dir), threading.get_ident()
    return 1

def predict(rows):
    assert threading.get_ident() == thread
    with open(f"{folder}/calls", "a") as calls:
        calls.write(",".join("%d" % value for value in rows[:, 0]) + "\\n")
    if rows.min() < 0:
        open(f"{folder}/fifo").close()
    if rows.max() == 13:
        raise ValueError
    return ["x" * int(rows[0, 0])] if rows.max() > 1000 else [len(rows)] * len(rows)
"""


@pytest.fixture
def gateway(tmp_path):
    directory = python_example.lay_out(tmp_path / "python", COUNTING)
    os.mkfifo(directory / "ml/fifo")
    with python_example.Gateway(directory, MODEL_SERVER_TIMEOUT="4") as gateway:
        yield gateway


def calls(gateway):
    path = gateway.directory / "ml/calls"
    return path.read_text().splitlines() if path.exists() else []


def block(gateway, id=1):
    """Sends an invocation whose call of predict waits until `release`, and waits until it does."""
    gateway.send(gateway.frame(id, b"-1", head={}))
    until(lambda: "-1" in calls(gateway), gateway.log)


def release(gateway):
    with open(gateway.directory / "ml/fifo", "w"):
        pass


def test_a_batch_is_one_call_of_predict(gateway):
    gateway.send(*(gateway.frame(id, b"%d" % id, head={}) for id in range(1, 6)))
    assert gateway.answer(5) == {id: ("OK", b"5\n") for id in range(1, 6)}
    assert calls(gateway) == ["1,2,3,4,5"]


def test_what_waits_during_a_call_is_the_next_call(gateway):
    block(gateway)
    for id in (2, 3):
        gateway.send(gateway.frame(id, b"%d\n%d" % (id, id), head={}))
    gateway.send(gateway.frame(4, b"[4]", head={"content_type": "application/json"}))
    gateway.probe(9)  # what was sent before it has arrived
    release(gateway)
    assert gateway.answer(4) == {1: ("OK", b"1\n"), 2: ("OK", b"4\n4\n"), 3: ("OK", b"4\n4\n"), 4: ("OK", b"1\n")}
    assert calls(gateway) == ["-1", "4", "2,2,3,3"]


def test_only_those_at_fault_are_refused(gateway):
    bodies = {1: b"1", 2: b"x", 3: b"3", 4: b"13", 5: b"5", 6: b"1,2", 7: b"7"}
    gateway.send(*(gateway.frame(id, body, head={}) for id, body in bodies.items()))
    answers = gateway.answer(7)
    assert [answers[id][0] for id in bodies] == ["OK", "BAD_PAYLOAD", "OK", "INTERNAL", "OK", "BAD_PAYLOAD", "OK"]
    assert answers[2][1].startswith(b'row 1, column 1: found "x"') or b"header" in answers[2][1]
    # The unreadable ones cost no call; the guilty one is found by halving.
    assert calls(gateway) == ["1,3,13,5,7", "1,3", "13,5,7", "13", "5,7"]


def test_probes_are_answered_during_a_call(gateway):
    block(gateway)
    for number in range(1, 6):
        gateway.probe(number)
    release(gateway)
    assert gateway.answer(1) == {1: ("OK", b"1\n")}


def test_bodies_in_chunks(gateway):
    gateway.send(gateway.frame(1, b"1\n2", head={"content_length": 7}, more=True), gateway.frame(2, b"5\n", head={}, more=True))
    gateway.send(gateway.frame(1, b"\n3", more=True), gateway.frame(3, b"7", head={}))
    gateway.send(gateway.frame(2, b"6"), gateway.frame(1, b"\n4"))
    answers = gateway.answer(3)
    rows = {id: len(body.splitlines()) for id, (_, body) in answers.items()}
    assert rows == {1: 4, 2: 2, 3: 1}


def test_large_answers_travel_in_chunks_and_take_turns(gateway):
    large = 15 << 20
    block(gateway)
    # Suspects are alone, in this order.
    for id, body in [(2, b"%d" % large), (3, b"%d" % (large + 1)), (4, b"0000000000")]:
        gateway.send(gateway.frame(id, body, head={"suspect": True}))
    gateway.probe(9)
    release(gateway)
    until(lambda: len(calls(gateway)) == 4, gateway.log)  # the large answers wait for a reader
    ids, length = [], {1: 0, 2: 0, 3: 0, 4: 0}
    unfinished = set(length)
    while unfinished:
        batch = gateway.batch()
        assert batch.ByteSize() < 4 << 20
        for frame in batch.frames:
            assert len(frame.body) <= 64 << 10
            assert frame.HasField("head") == (frame.id not in ids)
            if frame.HasField("head"):
                assert frame.head.content_length == {1: 2, 2: large + 1, 3: large + 2, 4: 2}[frame.id]
            ids.append(frame.id)
            length[frame.id] += len(frame.body)
            if not frame.more:
                unfinished.remove(frame.id)
    assert length == {1: 2, 2: large + 1, 3: large + 2, 4: 2}
    assert ids.index(4) < len(ids) // 2, "the small answer waited for a large one"
    assert ids.index(3) < len(ids) // 2, "a large answer waited for the other"


def test_cancelled_invocations_are_not_scored_nor_answered(gateway):
    block(gateway)
    gateway.send(gateway.frame(2, b"2", head={}), gateway.frame(3, b"3", head={}), gateway.frame(4, b"4", head={}, more=True))
    gateway.send(gateway.frame(2, cancel=True), gateway.frame(4, cancel=True), gateway.frame(77, cancel=True), gateway.frame(1, cancel=True))
    gateway.probe(9)
    release(gateway)
    assert gateway.answer(1) == {3: ("OK", b"1\n")}
    assert calls(gateway) == ["-1", "3"]
    # The beginning of 4 is forgotten too: this can't be its end.
    gateway.send(gateway.frame(4, b"4"))
    assert list(gateway.answers) == []


def test_a_suspect_is_alone_and_in_the_note_while_it_is_scored(gateway):
    note = gateway.directory.__class__(gateway.run_dir.name) / f"suspect-{gateway.process.pid}"
    gateway.send(gateway.frame(6, b"6", head={}), gateway.frame(7, b"-1", head={"suspect": True}), gateway.frame(8, b"8", head={}))
    until(lambda: "-1" in calls(gateway), gateway.log)
    assert note.read_bytes() == (7).to_bytes(8, "little")
    release(gateway)
    assert gateway.answer(3)[7] == ("OK", b"1\n")
    assert sorted(calls(gateway)) == ["-1", "6,8"]
    gateway.send(gateway.frame(9, b"9", head={}))
    gateway.answer(1)
    assert note.read_bytes() == b""


def test_sigterm_gives_back_what_has_not_begun(gateway):
    block(gateway)
    gateway.send(gateway.frame(2, b"2", head={}), gateway.frame(3, b"3", head={}, more=True))
    gateway.probe(9)
    gateway.process.send_signal(signal.SIGTERM)
    assert gateway.answer(2) == {2: ("GIVE_BACK", b""), 3: ("GIVE_BACK", b"")}
    gateway.send(gateway.frame(4, b"4", head={}), gateway.frame(3, b"3"))
    assert gateway.answer(1) == {4: ("GIVE_BACK", b"")}
    release(gateway)
    assert gateway.answer(1) == {1: ("OK", b"1\n")}
    with pytest.raises(grpc.RpcError) as raised:
        gateway.batch()
    # The connection ends, not only the stream.
    assert raised.value.code() == grpc.StatusCode.UNAVAILABLE
    assert gateway.process.wait(DEADLINE) == 0
    assert gateway.log.read_text().count("\n") == 1
    assert calls(gateway) == ["-1"]


def test_a_stream_that_breaks_the_protocol_is_ended_and_the_next_one_works(gateway):
    gateway.send(gateway.frame(5, b"5"))
    assert list(gateway.answers) == []
    assert "the first frame of invocation 5 has no head" in gateway.log.read_text()
    gateway.open()
    gateway.send(gateway.frame(1, b"1", head={}))
    assert gateway.answer(1) == {1: ("OK", b"1\n")}


def test_a_stream_that_is_lost_takes_its_invocations_with_it(gateway):
    block(gateway)
    gateway.send(gateway.frame(2, b"2", head={}))
    gateway.probe(9)
    gateway.answers.cancel()
    gateway.open()
    gateway.send(gateway.frame(3, b"3", head={}))
    gateway.probe(9)
    release(gateway)
    assert gateway.answer(1) == {3: ("OK", b"1\n")}
    assert calls(gateway) == ["-1", "3"]


def test_a_call_that_hangs_ends_the_process_and_what_waits_goes_elsewhere(gateway):
    block(gateway)
    gateway.send(gateway.frame(2, b"2", head={}))
    assert gateway.answer(1) == {2: ("GIVE_BACK", b"")}
    assert gateway.process.wait(DEADLINE) == -signal.SIGABRT
    log = gateway.log.read_text()
    assert "ERROR worker: a call takes longer than 4 s; this process ends inference_id=of-1" in log
    assert 'predictor.py", line 14 in predict' in log
