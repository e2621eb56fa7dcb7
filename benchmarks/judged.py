"""
Benchmarks whose runs are judged as a whole: what comes out, and their command.

A run's outcome has targets. It is printed, kept in files, and is the exit status.
"""

from __future__ import annotations

import abc
import argparse
import datetime
import os
import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from commands import say
from contestants import NotHere
from patchqueue.errors import QueueError
from patchqueue.layout import Layout, find_layout
from protocol import WorkerFailed
from records import Record
from report import table
from servers import TITLES


@dataclass(frozen=True)
class Target:
    database: str
    what: str
    limit: str
    found: str
    met: bool


@dataclass
class Outcome(Record, abc.ABC):
    """What a run found out."""

    # The benchmark's, and that of its files.
    name: ClassVar[str]

    @classmethod
    @abc.abstractmethod
    def read(cls: type[OutcomeT], path: Path) -> OutcomeT:
        """Return what save() has kept."""

    @abc.abstractmethod
    def render(self) -> str:
        """Return its tables, in Markdown."""

    @abc.abstractmethod
    def targets(self) -> list[Target]:
        """Return what the benchmark's issue asks for, and what was found."""

    @abc.abstractmethod
    def is_sound(self) -> bool:
        """Was anything measured, and did the data stay consistent?"""

    def targets_section(self) -> list[str]:
        """Return the lines of the targets' table, none if there are none."""
        targets = self.targets()
        if not targets:
            return []
        rows = [
            [TITLES[t.database], t.what, t.limit, t.found, "ok" if t.met else "FAIL"]
            for t in targets
        ]
        header = ["database", "what", "limit", "found", ""]
        met = sum(target.met for target in targets)
        lines = ["## Targets", "", table(header, rows)]
        return [*lines, "", f"{met} of {len(targets)} hold."]

    def write(self, directory: Path) -> None:
        self.save(directory / f"{self.name}.json")
        text = self.render()
        (directory / f"{self.name}.md").write_text(text, encoding="utf-8")
        say(f"Wrote {directory / self.name}.json and {self.name}.md")


OutcomeT = TypeVar("OutcomeT", bound=Outcome)


def circumstances() -> dict[str, Any]:
    """Return when and on what a run is made."""
    return {
        "date": datetime.date.today().isoformat(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, "
        f"load {os.getloadavg()[0]:.2f}",
    }


def run(
    kind: type[Outcome],
    options: argparse.Namespace,
    measure: Callable[[Layout], Outcome],
) -> int:
    """
    Measure, or read what was measured, as the options say, print it, and return
    the exit status.
    """
    try:
        if options.render:
            outcome = kind.read(options.render)
        else:
            layout = find_layout()
            outcome = measure(layout)
            outcome.write(options.output or layout.build / "benchmarks")
    except (QueueError, WorkerFailed, NotHere, ValueError) as error:
        print(f"benchmarks/{kind.name}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print(outcome.render())
    if not outcome.is_sound():
        return 1
    unmet = any(not target.met for target in outcome.targets())
    return 1 if options.strict and unmet else 0
