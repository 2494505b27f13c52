"""Decides when restarting can't help any more, and why.

A program (the gateway, or the pool of workers) is lost when each of its processes is beyond restarting:

- it exited with 78 (EX_CONFIG, the one code in `exitcodes`): an unusable setting, or a model file that
  does not load;
- supervisord could not start it and gave up (FATAL);
- it crash-loops: it ended `FAILED_STARTS` times in a row before it had come up, and has not come up since.

A process has come up when it has lived for `UP_SECONDS`; a worker not before its socket is there, however
long the model takes to load. A worker that had its socket and was ended by a signal had come up too, however
young it was: killing workers that work, at whatever rate, is no crash loop. A worker that a signal ends while it
loads counts for a quarter of a failed start: it may have been killed by hand, again and again if the model takes
long to load, or it may lack memory. What had come up is restarted at once, and so is a first failed start; after
more in a row supervisord is held back for a growing while.

When a program is lost supervisord is shut down, and the last line of stderr says why.
"""

import collections
import os
import threading
import time

from supervisor import events
from supervisor.states import ProcessStates, SupervisorStates

# Starts that fail in a row before a process counts as crash-looping.
FAILED_STARTS = 5
# What a worker that a signal ended before it had come up counts for.
KILLED_START = 0.25
UP_SECONDS = 1.0
# The wait after a second failed start in a row; it doubles with each further one.
FIRST_WAIT_SECONDS = 0.25
LONGEST_WAIT_SECONDS = 8.0
# A drain has no point when nobody can answer: what still runs gets this long to end.
STOP_SECONDS = 1
# What is kept of a process's stderr, to find its last line in.
TAIL_BYTES = 8192
# What supervisor takes for the exit status of a process that a signal ended.
KILLED = -1
# Exit status if the lost process gave none of its own.
FAILURE = 1

Verdict = collections.namedtuple("Verdict", "status reason")


class FailStop:
    """Subscribed to the ends of all processes. `verdict` is None until a program is lost."""

    def __init__(self, supervisord, run_dir, wake):
        self.verdict = None
        self._supervisord = supervisord
        self._run_dir = run_dir
        self._wake = wake  # lets supervisord's loop go round without waiting
        self._failed_starts = collections.Counter()  # in a row
        self._ends = collections.Counter()  # in a row, each for one
        self._useless = {}  # process name -> exit status that says a restart can't help
        self._tails = {}  # process name -> the end of its stderr
        events.subscribe(events.ProcessStateStartingEvent, self._on_starting)
        events.subscribe(events.ProcessLogStderrEvent, self._on_stderr)
        events.subscribe(events.ProcessStateExitedEvent, self._on_exited)
        events.subscribe(events.ProcessStateFatalEvent, self._on_fatal)

    def _on_starting(self, event):
        name = event.process.config.name
        self._tails[name] = b""
        self._useless.pop(name, None)
        # Its socket must mean this process, not the one before.
        try:
            os.remove(self._socket(event.process))
        except OSError:
            pass

    def _on_stderr(self, event):
        name = event.process.config.name
        self._tails[name] = (self._tails.get(name, b"") + event.data)[-TAIL_BYTES:]

    def _on_exited(self, event):
        process = event.process
        name = process.config.name
        if event.expected:
            self._useless[name] = process.exitstatus
        elif self._came_up(process):
            self._failed_starts.pop(name, None)
            self._ends.pop(name, None)
            self._wake()
        else:
            was_killed = self._is_worker(process) and self._was_killed(process)
            self._failed_starts[name] += KILLED_START if was_killed else 1
            self._ends[name] += 1
            self._hold_back(process, wait_after(self._failed_starts[name]))
        self._judge(process)

    def _on_fatal(self, event):
        self._judge(event.process)

    def _hold_back(self, process, seconds):
        """Keeps supervisord from restarting `process` for so long. Its own way to wait, the BACKOFF
        state, would also hold back what had come up and then died young."""
        config = process.config
        policy, config.autorestart = config.autorestart, False

        def let_go():
            config.autorestart = policy
            self._wake()

        timer = threading.Timer(seconds, let_go)
        timer.daemon = True
        timer.start()

    def _judge(self, ended):
        """Shuts supervisord down if the program that `ended` belongs to is lost."""
        if self.verdict or self._supervisord.options.mood != SupervisorStates.RUNNING:
            return
        if not all(map(self._is_beyond_restarting, ended.group.processes.values())):
            return
        name = ended.config.name
        self.verdict = Verdict(
            self._useless.get(name, FAILURE), f"serve: {name} {self._why(ended)}"
        )
        for group in self._supervisord.process_groups.values():
            for process in group.processes.values():
                process.config.stopwaitsecs = STOP_SECONDS
        self._supervisord.options.mood = SupervisorStates.SHUTDOWN
        self._wake()

    def _is_beyond_restarting(self, process):
        name = process.config.name
        if name in self._useless or process.state == ProcessStates.FATAL:
            return True
        if self._failed_starts[name] < FAILED_STARTS:
            return False
        return process.state == ProcessStates.EXITED or not self._came_up(process)

    def _came_up(self, process):
        is_old = time.time() - process.laststart >= UP_SECONDS
        if not self._is_worker(process):
            return is_old
        return os.path.exists(self._socket(process)) and (is_old or self._was_killed(process))

    def _was_killed(self, process):
        return process.state == ProcessStates.EXITED and process.exitstatus == KILLED

    def _is_worker(self, process):
        return process.group.config.name == "model-worker"

    def _socket(self, process):
        """The socket of a worker, by the index at the end of the process's name."""
        index = process.config.name.rpartition("_")[2]
        return os.path.join(self._run_dir, f"worker-{index}.sock")

    def _why(self, process):
        name = process.config.name
        if name in self._useless:
            how = f"exited with status {self._useless[name]}, which a restart can't help"
        elif process.state == ProcessStates.FATAL:
            how = f"could not be started: {process.spawnerr}"
        else:
            how = f"ended {self._ends[name]} times in a row before it was up"
        last = last_line(self._tails.get(name, b""))
        return f"{how}: {last}" if last else how


def wait_after(failed_starts):
    """Seconds until the next start after this many failed starts in a row."""
    if failed_starts < 2:
        return 0.0
    # The exponent is bounded as a worker may fail for as long as the others live.
    return min(FIRST_WAIT_SECONDS * 2 ** min(int(failed_starts) - 2, 16), LONGEST_WAIT_SECONDS)


def last_line(text):
    """The last line that says something: not empty, and not a panic's hint on backtraces."""
    lines = text.decode(errors="replace").split("\n")
    said = [line.strip() for line in lines]
    said = [line for line in said if line and not line.startswith("note: ")]
    return said[-1] if said else ""
