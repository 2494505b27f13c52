"""Makes supervisord a supervisor that fails, restarts and logs as a container's process 1 should.

supervisord on its own never ends when its programs can't run, always exits 0, may take a second to
restart a program, and stops restarting when the reader of its log stalls. It loads this module through
its extension point for plugins, the `[rpcinterface:...]` section of supervisord.conf:

    log_relay.py     copies the programs' output to our stdout and stderr, never waiting for their reader
    wakeup.py        ends supervisord's wait as soon as there is something to do
    stop_signals.py  loses no signal to stop, however early it comes
    fail_stop.py     decides when restarting can't help any more, and why

Works with supervisor 4.2.5 (Debian bookworm) and 4.3.0. Only what both document or share is used.
"""

import atexit
import os
import shutil
import sys

from fail_stop import FailStop
from log_relay import LogRelay
from stop_signals import StopSignals
from wakeup import Wakeup

# `serve` has put this folder on it, so that supervisord finds this module. A worker may be a Python program too,
# which must not find modules of ours under names of its own.
_, _, theirs = os.environ.pop("PYTHONPATH").partition(":")
if theirs:
    os.environ["PYTHONPATH"] = theirs

# How long the last log lines may take to be read before the process ends without them.
FLUSH_SECONDS = 2.0


class Plugin:
    """What supervisord holds on to. It has no methods, as there is nothing to call over XML-RPC."""

    def __init__(self, supervisord, run_dir):
        self._relay = LogRelay(supervisord)
        wakeup = Wakeup(supervisord)
        self._stop_signals = StopSignals(supervisord)
        self._fail_stop = FailStop(supervisord, run_dir, wakeup.now)
        self._run_dir = run_dir
        atexit.register(self._end)

    def _end(self):
        """Ends supervisord, which would exit 0 by itself, with the verdict's status and reason."""
        shutil.rmtree(self._run_dir, ignore_errors=True)
        verdict = self._fail_stop.verdict
        if verdict:
            self._relay.write_error(verdict.reason + "\n")
        self._relay.flush(FLUSH_SECONDS)
        if verdict:
            sys.stdout.flush()
            os._exit(verdict.status)


def make_plugin(supervisord, run_dir):
    """The factory that `supervisor.rpcinterface_factory` names.

    `run_dir` is the private directory that `serve` made; it holds the workers' sockets, and is removed
    when supervisord ends.
    """
    return Plugin(supervisord, run_dir)
