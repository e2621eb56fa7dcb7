"""What was tried, and what failed."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

# How many failures of a group are printed.
MOST = 60


def describe(error: BaseException) -> str:
    """Tell what went wrong, and where."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    places = [
        f"{frame.filename.rpartition('/django/')[2]}:{frame.lineno}" for frame in frames
    ]
    return f"{type(error).__name__}: {error} [{', '.join(places)}]"


class Report:
    """Prints a line for each group of checks, and one for each that failed."""

    def __init__(self) -> None:
        self.count = self.total = 0
        self.failures: list[str] = []
        self.notes: list[str] = []
        self.failed = 0

    @contextmanager
    def group(self, name: str) -> Iterator[None]:
        self.count, self.failures, self.notes = 0, [], []
        try:
            yield
        except Exception as error:
            self.failures.append(describe(error))
        notes = f" ({', '.join(self.notes)})" if self.notes else ""
        result = "FAILED" if self.failures else "ok"
        print(f"{result:7} {name}: {self.count} checks{notes}", flush=True)
        for failure in self.failures[:MOST]:
            print(f"    {failure}", flush=True)
        if len(self.failures) > MOST:
            print(f"    and {len(self.failures) - MOST} more", flush=True)
        self.total += self.count
        self.failed += len(self.failures)

    def note(self, text: str) -> None:
        self.notes.append(text)

    def check(self, what: str, passed: bool, found: Any = "") -> None:
        """Count a check; `found` tells what was there instead."""
        self.count += 1
        if not passed:
            self.failures.append(f"{what[:150]}: {str(found)[:350]}")
