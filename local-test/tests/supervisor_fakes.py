"""Stand-ins for the parts of supervisord that the plugin sees."""

import types

from supervisor import events
from supervisor.states import ProcessStates, SupervisorStates


class Process:
    """A supervised process; the methods publish what supervisord would."""

    def __init__(self, name, group):
        self.config = types.SimpleNamespace(
            name=name, autorestart="unexpected", stopwaitsecs=27
        )
        self.group = group
        self.state = ProcessStates.STOPPED
        self.laststart = 0.0
        self.exitstatus = None
        self.spawnerr = None
        self.pid = 0

    def start(self, at):
        self.state, self.laststart = ProcessStates.STARTING, at
        self.backoff = 0
        events.notify(events.ProcessStateStartingEvent(self, ProcessStates.STOPPED))

    def says(self, data, event=events.ProcessLogStderrEvent):
        events.notify(event(self, self.pid, data))

    def exit(self, status):
        self.state, self.exitstatus = ProcessStates.EXITED, status
        events.notify(
            events.ProcessStateExitedEvent(
                self, ProcessStates.RUNNING, expected=status == 78
            )
        )

    def give_up(self, why):
        self.state, self.spawnerr = ProcessStates.FATAL, why
        events.notify(events.ProcessStateFatalEvent(self, ProcessStates.BACKOFF))


class Supervisord:
    """One gateway, and as many workers as asked for."""

    def __init__(self, workers=2):
        self.options = types.SimpleNamespace(mood=SupervisorStates.RUNNING)
        self.process_groups = {
            "gateway": self._group("gateway", ["gateway"]),
            "model-worker": self._group(
                "model-worker", [f"model-worker_{n}" for n in range(workers)]
            ),
        }

    def _group(self, name, processes):
        group = types.SimpleNamespace(config=types.SimpleNamespace(name=name))
        group.processes = {process: Process(process, group) for process in processes}
        return group

    def process(self, name):
        return next(
            group.processes[name]
            for group in self.process_groups.values()
            if name in group.processes
        )
