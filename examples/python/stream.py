"""The gateway's stream: frames in, frames out. Not to be edited."""

import asyncio
import collections
import logging

import grpc

from invocations_pb2 import AnswerBatch, Outcome

CHUNK = 64 << 10  # longest body of a frame, in bytes
BATCH_BYTES = 128 << 10  # a batch takes small answers until it has this many bytes
OUTCOMES = dict(Outcome.items())
log = logging.getLogger("worker")


class Invocation:
    __slots__ = ("body", "head", "id", "stream")

    def __init__(self, stream, frame):
        self.stream, self.id, self.head, self.body = stream, frame.id, frame.head, frame.body

    def is_wanted(self):
        return self.id in self.stream.wanted


class Stream:
    """One stream. The gateway opens another when it has lost it; ids are a stream's own."""

    def __init__(self, context, take):
        self.context, self.take = context, take
        self.partial = {}  # id -> an invocation of which more is to come, and the chunks of its body
        self.wanted = set()  # ids that the gateway waits for
        self.small, self.large = collections.deque(), collections.deque()  # answers that are yet to be sent
        self.probe = 0
        self.is_closing, self.wake = False, asyncio.Event()
        self.idle = asyncio.Event()  # all answers are sent
        self.idle.set()

    async def serve(self):
        # Now, not with the first answer: the gateway waits for it.
        await self.context.send_initial_metadata(())
        reader = asyncio.create_task(self.read())
        try:
            while not self.is_closing or self.small or self.large:
                await self.wake.wait()
                self.wake.clear()
                while self.small or self.large or self.probe:
                    await self.context.write(self.next_batch())
                self.idle.set()
        finally:
            reader.cancel()
            self.wanted.clear()

    async def read(self):
        try:
            while (batch := await self.context.read()) is not grpc.aio.EOF:
                if batch.probe:
                    self.probe = batch.probe
                    self.wake.set()
                if whole := list(self.accept(batch.frames)):
                    self.take(whole)
        except KeyError as error:
            log.error("the gateway breaks the protocol: the first frame of invocation %s has no head", error)
        self.is_closing = True
        self.wake.set()

    def accept(self, frames):
        """The invocations that these frames complete."""
        for frame in frames:
            if frame.cancel:
                self.partial.pop(frame.id, None)
                self.wanted.discard(frame.id)
            elif frame.HasField("head"):
                self.wanted.add(frame.id)
                if frame.more:
                    self.partial[frame.id] = Invocation(self, frame), [frame.body]
                else:
                    yield Invocation(self, frame)
            else:
                invocation, chunks = self.partial[frame.id]
                chunks.append(frame.body)
                if not frame.more:
                    del self.partial[frame.id]
                    invocation.body = b"".join(chunks)
                    yield invocation

    def answer(self, id, outcome, content_type, body):
        if id in self.wanted:
            self.wanted.remove(id)
            answers = self.small if len(body) <= CHUNK else self.large
            answers.append((id, (OUTCOMES[outcome], content_type, len(body)), body))
            self.idle.clear()
            self.wake.set()

    def next_batch(self):
        """All small answers that fit, and a chunk of one of the large ones, which take turns."""
        batch, size, self.probe = AnswerBatch(probe=self.probe), 0, 0
        while self.small and size < BATCH_BYTES:
            size += 64 + self.add_chunk(batch, self.small)
        if self.large:
            self.add_chunk(batch, self.large)
        return batch

    def add_chunk(self, batch, answers):
        id, head, body = answers.popleft()
        frame = batch.frames.add()
        frame.id, frame.body = id, bytes(body[:CHUNK])
        if head:
            frame.head.outcome, frame.head.content_type, frame.head.content_length = head
        if len(body) > CHUNK:
            frame.more = True
            answers.append((id, None, memoryview(body)[CHUNK:]))
        return len(frame.body)
