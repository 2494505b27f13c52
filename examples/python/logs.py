"""Log lines in the form of the other programs', with a quota. Not to be edited."""

import logging
import os
import sys
import time

LINES, PERIOD = 10, 10.0  # most lines of a kind in so many seconds


class Quota(logging.Filter):
    """Leaves lines out and counts them, so that a client that is refused all day does not fill the log."""

    kinds = {}  # message -> when its period began, lines written in it, lines left out

    def filter(self, record):
        began, lines, left_out = self.kinds.get(record.msg, (0.0, 0, 0))
        if record.created - began >= PERIOD:
            began, lines = record.created, 0
        is_written = lines < LINES or log_all()
        self.kinds[record.msg] = (began, lines + 1, 0) if is_written else (began, lines, left_out + 1)
        if is_written and left_out:
            record.msg += f" left_out={left_out}"
        return is_written


def log_all():
    return logging.getLogger().level <= logging.DEBUG


def start():
    """Logs to stderr, by SM_LOG_LEVEL: a level's name or Python's number."""
    text = os.environ.get("SM_LOG_LEVEL", "").strip().upper()
    level = int(text) if text.isdigit() else logging.getLevelName(text)
    logging.basicConfig(
        format="%(asctime)s.%(msecs)03dZ %(levelname)5s %(name)s: %(message)s",
        datefmt="%Y-%m-%dT%H:%M:%S",
        level=level if isinstance(level, int) else logging.INFO,
    )
    logging.addLevelName(logging.WARNING, "WARN")
    logging.Formatter.converter = time.gmtime
    logging.getLogger("worker").addFilter(Quota())
    sys.stdout.reconfigure(line_buffering=True)  # what predictor.py prints is seen at once
