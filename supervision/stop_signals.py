"""Sees to it that no signal to stop is lost, however early it comes.

- Process 1 of a container ignores a signal that it has no handler for, and supervisord takes a while until it
  has its own. So `entrypoint` starts it with these signals blocked. They wait, and when all is set up they are
  let in; if one has come by then, nothing is started at all.
- A child has supervisord's handlers until it has become the program to run, and they would swallow what
  supervisord sends to stop it, which then waits for `stopwaitsecs`. So a child begins with the default
  handlers, with the signals blocked until it has.
"""

import os
import signal

from supervisor import events
from supervisor.states import SupervisorStates

# Those that `entrypoint` blocks.
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class StopSignals:
    """Subscribed to the moment at which supervisord has its handlers, and has started nothing yet."""

    def __init__(self, supervisord):
        self._supervisord = supervisord
        events.subscribe(events.SupervisorRunningEvent, self._on_running)

    def _on_running(self, _event):
        if signal.sigpending().intersection(STOP_SIGNALS):
            self._supervisord.options.mood = SupervisorStates.SHUTDOWN
        let_in()
        os.register_at_fork(
            before=hold_back, after_in_parent=let_in, after_in_child=default
        )


def hold_back():
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)


def let_in():
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)


def default():
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    let_in()
