"""A model-worker that serves predictor.py. Not to be edited.

It speaks proto/proto/invocations.proto with the gateway. The event loop takes invocations in and sends answers
back; one thread scores whatever waits, in as few calls of `predict` as possible (scoring.py).
"""

import argparse
import asyncio
import collections
import contextlib
import faulthandler
import gc
import logging
import os
import pathlib
import queue
import signal
import sys
import threading
import time
import traceback

# There is a worker for each CPU: threads below `predict` would only be in each other's way.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import grpc

import logs
import scoring
from invocations_pb2 import AnswerBatch, RequestBatch
from stream import CHUNK, Stream

CALL_INVOCATIONS = 256  # most invocations in one call of predict
GRACE = 1.0  # seconds beyond MODEL_SERVER_TIMEOUT after which scoring ends the process
CONFIG = 78  # the exit status that says that a restart can't help
log = logging.getLogger("worker")


class Worker:
    def __init__(self, scorer, timeout, run_dir):
        self.scorer, self.timeout = scorer, timeout
        self.note = run_dir / f"suspect-{os.getpid()}"
        self.waiting = queue.SimpleQueue()  # lists of invocations; None ends the thread
        self.streams = set()
        self.is_draining = False
        self.current = None  # when the present call began, and its invocations

    def score_all(self):
        """The scoring thread."""
        while (waiting := self.waiting.get()) is not None:
            while not self.waiting.empty() and not self.is_draining:
                waiting += self.waiting.get()
            for group in self.groups(waiting):
                self.loop.call_soon_threadsafe(self.deliver, self.score(group))

    def groups(self, waiting):
        """What is scored in one call: invocations of one content type, small ones first. Large payloads, suspects
        and what goes to predict_bytes are alone."""
        groups = collections.defaultdict(list)
        for invocation in waiting:
            head = invocation.head
            is_alone = len(invocation.body) > CHUNK or head.suspect or self.scorer.is_own(head)
            groups[invocation if is_alone else head.content_type].append(invocation)
        for group in sorted(groups.values(), key=lambda group: len(group) * len(group[0].body)):
            for first in range(0, len(group), CALL_INVOCATIONS):
                yield group[first : first + CALL_INVOCATIONS]

    def score(self, group):
        """Pairs of an invocation and its answer. A suspect's id is in the note while it is scored."""
        if self.is_draining:
            return [(invocation, ("GIVE_BACK", "", b"")) for invocation in group]
        group = [invocation for invocation in group if invocation.id in invocation.stream.wanted]
        if not group:
            return []
        is_suspect = group[0].head.suspect
        if is_suspect:
            self.note.write_bytes(group[0].id.to_bytes(8, "little"))
        self.current = time.monotonic(), group
        answers = self.scorer.answer(group)
        self.current = None
        if is_suspect:
            self.note.write_bytes(b"")
        return answers

    def deliver(self, answers):
        for invocation, answer in answers:
            invocation.stream.answer(invocation.id, *answer)

    async def exchange(self, _, context):
        stream = Stream(self, context)
        self.streams.add(stream)
        try:
            await stream.serve()
        finally:
            self.streams.discard(stream)

    async def serve(self, socket):
        """Serves until SIGTERM; then finishes the call of predict that runs, and gives the rest back."""
        self.loop, stop = asyncio.get_running_loop(), asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            self.loop.add_signal_handler(number, stop.set)
        thread = threading.Thread(target=self.score_all, daemon=True)
        thread.start()
        server = grpc.aio.server(options=[("grpc.max_receive_message_length", -1)])
        method = grpc.stream_stream_rpc_method_handler(self.exchange, RequestBatch.FromString, AnswerBatch.SerializeToString)
        service = grpc.method_handlers_generic_handler("invocations.v1.Invocations", {"Exchange": method})
        server.add_generic_rpc_handlers([service])
        socket.unlink(missing_ok=True)
        server.add_insecure_port(f"unix:{socket}")
        await server.start()
        log.info("worker listens on %s", socket)
        while not stop.is_set():
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(stop.wait(), 0.25)
            self.check(thread)
        self.is_draining = True
        for stream in self.streams:
            for id in stream.partial:
                stream.answer(id, "GIVE_BACK", "", b"")
        self.waiting.put(None)
        await asyncio.to_thread(thread.join)
        for stream in self.streams:
            stream.close()
        await server.stop(GRACE)

    def check(self, thread):
        """Ends the process if it hangs: a thread can't be ended alone. faulthandler writes where each thread is."""
        began, group = self.current or (time.monotonic(), [])
        is_late = time.monotonic() - began > self.timeout + GRACE
        if is_late or not thread.is_alive():
            ids = ", ".join(invocation.head.inference_id for invocation in group[:10])
            why = f"a call takes longer than {self.timeout} s" if is_late else "the scoring thread has ended"
            log.error("%s; this process ends inference_id=%s", why, ids)
            os.abort()


def main():
    parser = argparse.ArgumentParser(description="Serves predictor.py on worker-INDEX.sock in MODEL_SERVER_RUN_DIR.")
    parser.add_argument("--index", type=int, default=0, help="which worker of the pool this is, counted from 0")
    index = parser.parse_args().index
    faulthandler.enable()
    logs.start()
    try:
        scorer = scoring.load()
        timeout = int(os.environ.get("MODEL_SERVER_TIMEOUT") or 60)
    except BaseException as error:
        traceback.print_exc()
        print("worker.py:", " ".join(f"{type(error).__name__}: {error}".split()), file=sys.stderr)
        sys.exit(CONFIG)
    with contextlib.suppress(OSError):  # if memory runs out, the kernel should end a worker, not the gateway
        pathlib.Path("/proc/self/oom_score_adj").write_text("500")
    gc.freeze()  # what is loaded stays: nothing to look through again and again
    run_dir = pathlib.Path(os.environ.get("MODEL_SERVER_RUN_DIR") or "/tmp/model-server")
    asyncio.run(Worker(scorer, timeout, run_dir).serve(run_dir / f"worker-{index}.sock"))


if __name__ == "__main__":
    main()
