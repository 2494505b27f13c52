"""Engines that run in a process of their own, one line a command, as score_bench has it."""

import subprocess
import sys
from pathlib import Path


class Process:
    def __init__(self, *command: str | Path) -> None:
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __call__(self, command: str) -> list[float]:
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            sys.exit(f"{self.process.args[0]} ended at {command!r}")
        return [float(number) for number in answer.split() if number != "rows"]

    def batch(self, n_rows: int) -> float:
        """Seconds."""
        return self(f"batch {n_rows}")[0]

    def single(self, n_rows: int) -> float:
        """Median nanoseconds a row."""
        return self(f"single {n_rows}")[0]

    def contributions(self, n_rows: int) -> list[float]:
        """Seconds for the rows in one call, and for the first alone."""
        return self(f"contributions {n_rows}")
