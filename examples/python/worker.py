"""A model-worker that serves predictor.py. Not to be edited.

It speaks proto/proto/invocations.proto with the gateway (stream.py). The event loop takes invocations in and sends
answers back; one thread scores whatever waits, in as few calls of `predict` as possible (scoring.py, formats.py).
"""

import argparse
import asyncio
import collections
import concurrent.futures
import contextlib
import faulthandler
import gc
import logging
import os
import pathlib
import queue
import signal
import sys
import time

# There is a worker for each CPU: threads below `predict` would only be in each other's way.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import grpc

import logs
import scoring
from invocations_pb2 import AnswerBatch, RequestBatch
from stream import CHUNK, Stream

CALL_INVOCATIONS = 256  # most invocations in one call of predict
GRACE = 1.0  # seconds beyond MODEL_SERVER_TIMEOUT after which a call ends the process
CHECK_SECONDS = 0.25
CONFIG = 78  # the exit status that says that a restart can't help
log = logging.getLogger("worker")


class Worker:
    def __init__(self, scorer, timeout, run_dir):
        self.scorer, self.timeout = scorer, timeout
        self.note = run_dir / f"suspect-{os.getpid()}"
        self.streams = set()
        self.waiting = queue.SimpleQueue()  # lists of invocations; None ends the scoring thread
        self.groups = collections.deque()  # what the scoring thread has taken and not begun
        self.current = None  # when the present call began, and its invocations
        self.is_ending = False  # after SIGTERM
        self.is_open = True  # False if what has not begun is given back

    # === on the scoring thread ===

    def score_all(self):
        while (waiting := self.waiting.get()) is not None:
            self.groups.extend(self.grouped([*waiting, *self.all_waiting()]))
            while group := self.next_group():
                self.loop.call_soon_threadsafe(self.deliver, self.score(group))

    def next_group(self):
        """Both threads take groups."""
        with contextlib.suppress(IndexError):
            return self.groups.popleft()

    def all_waiting(self):
        waiting = []
        with contextlib.suppress(queue.Empty):
            while True:
                waiting.append(self.waiting.get_nowait())
        if None in waiting:
            self.waiting.put(None)
        return [invocation for invocations in waiting for invocation in invocations or ()]

    def grouped(self, invocations):
        """What is scored in one call: invocations of one content type, small ones first. Large payloads, suspects
        and what goes to predict_bytes are alone."""
        groups = collections.defaultdict(list)
        for invocation in invocations:
            head = invocation.head
            is_alone = len(invocation.body) > CHUNK or head.suspect or self.scorer.is_own(head)
            groups[invocation if is_alone else head.content_type].append(invocation)
        for group in sorted(groups.values(), key=lambda group: len(group) * len(group[0].body)):
            for first in range(0, len(group), CALL_INVOCATIONS):
                yield group[first : first + CALL_INVOCATIONS]

    def score(self, group):
        """Pairs of an invocation and its answer."""
        group = [invocation for invocation in group if invocation.is_wanted()]
        if not group:
            return []
        self.current = time.monotonic(), group
        with self.noted(group[0]):
            answers = self.scorer.answer(group)
        self.current = None
        return answers

    @contextlib.contextmanager
    def noted(self, invocation):
        """While a suspect is scored, its id is in the note. If the note can't be written, the suspect is innocent."""
        if not invocation.head.suspect:
            yield
            return
        with contextlib.suppress(OSError):
            self.note.write_bytes(invocation.id.to_bytes(8, "little"))
        yield
        with contextlib.suppress(OSError):
            self.note.write_bytes(b"")

    # === on the event loop ===

    def take(self, invocations):
        self.waiting.put(invocations)
        if not self.is_open:
            self.give_back()

    def deliver(self, answers):
        for invocation, answer in answers:
            invocation.stream.answer(invocation.id, *answer)

    def give_back(self):
        """Gives what has not begun to other workers."""
        unbegun = self.all_waiting()
        while group := self.next_group():
            unbegun += group
        self.deliver((invocation, ("GIVE_BACK", "", b"")) for invocation in unbegun)

    async def watch(self, task, event):
        """Waits for `event`. Ends the process if it hangs, as a thread can't be ended alone; faulthandler writes where
        each thread is. Long before, other workers get what waits behind the call."""
        event = asyncio.ensure_future(event)
        while not (await asyncio.wait([event], timeout=CHECK_SECONDS))[0]:
            began, group = self.current or (time.monotonic(), [])
            seconds = time.monotonic() - began
            self.is_open = not self.is_ending and seconds < self.timeout / 2
            if not self.is_open:
                self.give_back()
            has_failed = task.done() and not self.is_ending
            if has_failed or seconds > self.timeout + GRACE:
                why = repr(task.exception()) if has_failed else f"a call takes longer than {self.timeout} s"
                ids = ", ".join(invocation.head.inference_id for invocation in group[:10])
                log.error("%s; this process ends inference_id=%s", why, ids)
                os.abort()

    async def exchange(self, _, context):
        stream = Stream(context, self.take)
        self.streams.add(stream)
        try:
            await stream.serve()
        finally:
            self.streams.discard(stream)

    async def serve(self, socket, thread):
        """Serves until SIGTERM; then finishes the present call and gives the rest back."""
        self.loop, stop = asyncio.get_running_loop(), asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            self.loop.add_signal_handler(number, stop.set)
        server = grpc.aio.server(options=[("grpc.max_receive_message_length", -1)])
        codec = RequestBatch.FromString, AnswerBatch.SerializeToString
        methods = {"Exchange": grpc.stream_stream_rpc_method_handler(self.exchange, *codec)}
        server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("invocations.v1.Invocations", methods)])
        socket.unlink(missing_ok=True)
        server.add_insecure_port(f"unix:{socket}")
        await server.start()
        log.info("worker listens socket=%s", socket)
        task = thread.submit(self.score_all)
        await self.watch(task, stop.wait())
        self.is_ending, self.is_open = True, False
        self.give_back()
        for stream in self.streams:
            for id in list(stream.partial):
                stream.answer(id, "GIVE_BACK", "", b"")
        self.waiting.put(None)
        await self.watch(task, asyncio.wrap_future(task))
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.gather(*(stream.idle.wait() for stream in self.streams)), GRACE)
        # At once: to tidy up would end the streams first, and what is on them by now would count as their failure.
        sys.stdout.flush()
        os._exit(0)


def main():
    parser = argparse.ArgumentParser(description="Serves predictor.py on worker-INDEX.sock in MODEL_SERVER_RUN_DIR.")
    parser.add_argument("--index", type=int, default=0, help="which worker of the pool this is, counted from 0")
    index = parser.parse_args().index
    faulthandler.enable()
    logs.start()
    thread = concurrent.futures.ThreadPoolExecutor(1)  # of all that predictor.py does
    try:
        scorer, timeout = thread.submit(scoring.load).result(), scoring.timeout()
    except scoring.NotServable as error:
        print("worker.py:", " ".join(str(error).split()), file=sys.stderr)
        sys.exit(CONFIG)
    with contextlib.suppress(OSError):  # if memory runs out, the kernel should end a worker, not the gateway
        pathlib.Path("/proc/self/oom_score_adj").write_text("500")
    gc.freeze()  # what has been loaded stays: the collector need not look at it again and again
    run_dir = pathlib.Path(os.environ.get("MODEL_SERVER_RUN_DIR") or "/tmp/model-server")
    asyncio.run(Worker(scorer, timeout, run_dir).serve(run_dir / f"worker-{index}.sock", thread))


if __name__ == "__main__":
    main()
