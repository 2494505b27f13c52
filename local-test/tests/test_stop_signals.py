"""Signals to stop that come before supervisord, or a child of it, is ready for them."""

import os
import signal
import subprocess
import sys
import unittest

PROGRAM = """
import os, signal, types
from supervisor import events
from supervisor.states import SupervisorStates
import stop_signals

stop_signals.hold_back()  # as entrypoint does
options = types.SimpleNamespace(mood=SupervisorStates.RUNNING)
stop_signals.StopSignals(types.SimpleNamespace(options=options))
if EARLY:
    os.kill(os.getpid(), signal.SIGTERM)
received = []
signal.signal(signal.SIGTERM, lambda *_: received.append("TERM"))
events.notify(events.SupervisorRunningEvent())
print(options.mood == SupervisorStates.SHUTDOWN, received)
if not EARLY:
    child = os.fork()
    if child == 0:
        os.kill(os.getpid(), signal.SIGTERM)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    print(os.WIFSIGNALED(status), signal.pthread_sigmask(signal.SIG_BLOCK, []))
"""


def run(early):
    """In a process of its own, as hooks at fork stay for good."""
    program = PROGRAM.replace("EARLY", str(early))
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ,
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=lambda: signal.pthread_sigmask(signal.SIG_SETMASK, []),
    )
    return done.stdout.splitlines()


class StopSignalsTest(unittest.TestCase):
    def test_a_signal_that_came_too_early_shuts_down_before_anything_starts(self):
        self.assertEqual(run(early=True), ["True ['TERM']"])

    def test_a_child_that_is_told_to_stop_at_once_does(self):
        self.assertEqual(run(early=False), ["False []", "True set()"])


if __name__ == "__main__":
    unittest.main()
