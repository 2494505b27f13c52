"""Lines stay whole, and no reader of the log can stop the supervision."""

import os
import re
import time
import unittest
from unittest import mock

import log_relay
from supervisor import events
from supervisor_fakes import Supervisord


def soon():
    return time.monotonic() + 10


class OutputTest(unittest.TestCase):
    def setUp(self):
        self.reader, self.writer = os.pipe()
        self.addCleanup(os.close, self.reader)

    def test_a_stalled_reader_costs_lines_and_no_time(self):
        output = log_relay.Output(self.writer, limit=200_000)
        line = b"x" * 99 + b"\n"
        started = time.monotonic()
        for _ in range(10_000):
            output.write(line)
        self.assertLess(time.monotonic() - started, 5)
        output.flush(time.monotonic() + 0.01)  # gives up

        read = self.read_until(lambda text: text.count(b"\n") >= 2000)
        output.flush(soon())
        output.write(b"last\n")
        read += self.read_until(lambda text: text.endswith(b"last\n"))
        # Every line is there, or counted in a note where it would be.
        dropped = [int(n) for n in re.findall(rb"\[(\d+) lines of log were dropped", read)]
        self.assertGreater(sum(dropped), 5000)
        self.assertEqual(read.count(line) + sum(dropped), 10_000)

    def test_a_closed_reader_is_no_error(self):
        reader, writer = os.pipe()
        output = log_relay.Output(writer)
        os.close(reader)
        output.write(b"line\n")
        output.flush(soon())
        os.close(writer)

    def test_a_non_blocking_descriptor_loses_nothing(self):
        os.set_blocking(self.writer, False)
        output = log_relay.Output(self.writer)
        output.write(b"y" * 500_000 + b"\n")
        read = self.read_until(lambda text: text.endswith(b"\n"))
        self.assertEqual(len(read), 500_001)

    def read_until(self, is_enough):
        text = b""
        while not is_enough(text):
            text += os.read(self.reader, 1 << 20)
        return text


class LinesTest(unittest.TestCase):
    def setUp(self):
        self.addCleanup(events.clear)
        self.supervisord = Supervisord()
        self.relay = log_relay.LogRelay(self.supervisord)
        self.written = []
        recorder = mock.Mock()
        recorder.write = self.written.append
        self.relay._outputs = {"stdout": recorder, "stderr": recorder}
        self.first, self.second = (
            self.supervisord.process(f"model-worker_{n}") for n in (0, 1)
        )

    def text(self):
        return b"".join(self.written)

    def test_the_lines_of_two_processes_do_not_mix(self):
        self.first.says(b"one ")
        self.second.says(b"two\nthr")
        self.first.says(b"line\n")
        self.second.says(b"ee\n")
        self.assertEqual(self.text(), b"two\none line\nthree\n")

    def test_stdout_and_stderr_of_a_process_do_not_mix(self):
        self.first.says(b"err ")
        self.first.says(b"out\n", events.ProcessLogStdoutEvent)
        self.first.says(b"line\n")
        self.assertEqual(self.text(), b"out\nerr line\n")

    def test_what_a_process_says_last_needs_no_line_end(self):
        self.first.says(b"died here")
        self.first.exit(1)
        self.assertEqual(self.text(), b"died here\n")

    def test_a_line_without_end_is_not_kept_forever(self):
        piece = b"z" * log_relay.LINE_BYTES
        self.first.says(piece)
        self.first.says(piece)
        self.assertEqual(self.text(), piece * 2)


if __name__ == "__main__":
    unittest.main()
