"""Copies the programs' output to our own stdout and stderr, and never waits for their reader.

supervisord would open /dev/stdout anew for every program and write to it from its only thread. That
fails if stdout is a socket, makes programs overwrite each other's lines if it is a file, and stops
all restarts, and SIGTERM too, while the reader of a pipe stalls. So supervisord.conf keeps no logs and
publishes all output as events; here they become whole lines that a thread of their own writes. Lines that
find the queue full are dropped and counted: a server must go on serving.
"""

import collections
import os
import select
import threading
import time

from supervisor import events, loggers

# Log text that waits for its reader; more is dropped.
QUEUED_BYTES = 1 << 20
# A line longer than this is passed on in pieces.
LINE_BYTES = 1 << 16

STDOUT, STDERR = 1, 2


class LogRelay:
    """Subscribed to the output of all programs and to supervisord's own log, which goes to stderr."""

    def __init__(self, supervisord):
        self._supervisord = supervisord
        self._unfinished = {}  # (program, stream) -> the line that has no end yet
        self._error = Output(STDERR)
        # One queue if both go to one place, so that lines stay in order.
        shared = os.path.sameopenfile(STDOUT, STDERR)
        self._outputs = {
            "stdout": self._error if shared else Output(STDOUT),
            "stderr": self._error,
        }
        events.subscribe(events.ProcessLogEvent, self._on_output)
        events.subscribe(events.ProcessStateExitedEvent, self._on_end)
        events.subscribe(events.ProcessStateStoppedEvent, self._on_end)
        # Not earlier: until then supervisord's logger gives notes on its set-up that nobody asked for.
        events.subscribe(events.SupervisorRunningEvent, self._on_running)

    def write_error(self, text):
        """Appends `text` to stderr."""
        self._error.write(text.encode(errors="replace"))

    def flush(self, seconds):
        """Waits until all is written, at most so long."""
        deadline = time.monotonic() + seconds
        for output in set(self._outputs.values()):
            output.flush(deadline)

    def _on_running(self, _event):
        options = self._supervisord.options
        handler = loggers.StreamHandler(self._error)
        handler.setFormat("%(asctime)s %(levelname)s supervisord: %(message)s\n")
        handler.setLevel(options.loglevel)
        options.logger.addHandler(handler)

    def _on_output(self, event):
        key = (event.process.config.name, event.channel)
        text = self._unfinished.pop(key, b"") + event.data
        end = len(text) if len(text) > LINE_BYTES else text.rfind(b"\n") + 1
        if end < len(text):
            self._unfinished[key] = text[end:]
        if end:
            self._outputs[event.channel].write(text[:end])

    def _on_end(self, event):
        for channel, output in self._outputs.items():
            rest = self._unfinished.pop((event.process.config.name, channel), b"")
            if rest:
                output.write(rest + b"\n")


class Output:
    """A file descriptor with a bounded queue before it and a thread that writes."""

    def __init__(self, descriptor, limit=QUEUED_BYTES):
        self._descriptor = descriptor
        self._limit = limit
        self._queue = collections.deque()
        self._waiting = 0  # bytes queued or being written
        self._dropped = 0  # lines, since the last that was queued
        self._changed = threading.Condition()
        threading.Thread(target=self._run, daemon=True).start()

    def write(self, data):
        """Queues `data`, or drops it if the queue is full."""
        with self._changed:
            if self._waiting + len(data) > self._limit:
                self._dropped += data.count(b"\n")
                return
            if self._dropped:
                note = b"[%d lines of log were dropped: their reader was too slow]\n"
                data = note % self._dropped + data
                self._dropped = 0
            self._queue.append(data)
            self._waiting += len(data)
            self._changed.notify_all()

    def flush(self, deadline=None):
        """Waits until the queue is written or `deadline`, by the monotonic clock, is there. Without a
        deadline it returns at once, as supervisord's logger asks for after each line."""
        if deadline is None:
            return
        with self._changed:
            self._changed.wait_for(
                lambda: not self._waiting, max(0, deadline - time.monotonic())
            )

    def close(self):
        """Nothing to do: supervisord closes its logger before the last lines are written."""

    def _run(self):
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._queue)
                data = self._queue.popleft()
            try:
                write_all(self._descriptor, data)
            except OSError:
                pass  # the reader is gone for good, and with it the only place to say so
            with self._changed:
                self._waiting -= len(data)
                self._changed.notify_all()


def write_all(descriptor, data):
    """Writes all of `data`, even if another process that shares the descriptor made it non-blocking."""
    view = memoryview(data)
    while view:
        try:
            view = view[os.write(descriptor, view) :]
        except BlockingIOError:
            select.select([], [descriptor], [])
