"""Ends supervisord's wait as soon as there is something to do.

supervisord's loop polls its programs' pipes for up to a second and looks at signals and at dead programs
only after that. A pipe of our own among them, which the interpreter writes to at every signal
(`signal.set_wakeup_fd`), makes it look at once: SIGTERM and SIGCHLD are acted on within milliseconds.

Process 1 of a container ignores signals that it has no handler for, and supervisord takes a while until it
has its own. So `entrypoint` starts it with the signals to stop blocked; they wait until they are let in here.
"""

import os
import signal

from supervisor import events

# The signals that `entrypoint` blocks.
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Wakeup:
    """A pipe in supervisord's poll set. The methods without an underscore up to `handle_error` are those
    that supervisord's loop calls on whatever it polls."""

    def __init__(self, supervisord):
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._reader, False)
        os.set_blocking(self._writer, False)
        supervisord.options.get_socket_map()[self._reader] = self
        signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)
        # supervisord has its handlers by then, and has started nothing that would inherit the blocking.
        events.subscribe(events.SupervisorRunningEvent, self._let_stop_signals_in)

    def now(self):
        """Lets the loop go round once more without waiting."""
        try:
            os.write(self._writer, b"\0")
        except BlockingIOError:
            pass  # full: the loop is going round anyway

    def _let_stop_signals_in(self, _event):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)

    def readable(self):
        return True

    def writable(self):
        return False

    def handle_read_event(self):
        # One byte a round, as supervisord takes one signal a round.
        try:
            os.read(self._reader, 1)
        except BlockingIOError:
            pass

    def handle_write_event(self):
        pass

    def handle_error(self):
        pass

    def close(self):
        pass
