"""Ends supervisord's wait as soon as there is something to do.

supervisord's loop polls its programs' pipes for up to a second and looks at signals and at dead programs
only after that. A pipe of our own among them, which the interpreter writes to at every signal
(`signal.set_wakeup_fd`), makes it look at once: SIGTERM and SIGCHLD are acted on within milliseconds.
"""

import os
import signal


class Wakeup:
    """A pipe in supervisord's poll set. The methods without an underscore up to `handle_error` are those
    that supervisord's loop calls on whatever it polls."""

    def __init__(self, supervisord):
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._reader, False)
        os.set_blocking(self._writer, False)
        supervisord.options.get_socket_map()[self._reader] = self
        signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)

    def now(self):
        """Lets the loop go round once more without waiting."""
        try:
            os.write(self._writer, b"\0")
        except BlockingIOError:
            pass  # full: the loop is going round anyway

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
