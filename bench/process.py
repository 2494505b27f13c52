"""What the comparisons of training share: run an engine, read what it printed."""

import os
import subprocess
import sys


def number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def run(command: list[str]) -> dict[str, float]:
    """The numbers that the command printed, by the first word of their lines; its peak memory in MB as `peak`, its
    processor time in seconds as `process`."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        lines = process.stdout.read().splitlines()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{command} ended with {process.returncode}")
    words = [line.split() for line in lines]
    found = {first: value for first, *rest in words if rest and (value := number(rest[0])) is not None}
    return found | {"peak": usage.ru_maxrss / 1024, "process": usage.ru_utime}
