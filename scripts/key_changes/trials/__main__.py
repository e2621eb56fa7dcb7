"""
Change keys in many ways, on a database of one kind.

scripts/key_changes_check.py runs this, in an environment with the fork in it.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import django

from . import documented
from .histories import HISTORIES
from .kills import KILLED_HISTORY, MANY_ROWS, Killer
from .projects import History, Prepared, TrialFailed, prepare
from .story import Story
from .verdicts import Trial

# How the club's tables are adopted: by --fake-initial, or as unmanaged ones at first.
STORIES = {"the club's story": False, "the club's story, shorter": True}


class Session:
    """Runs trials, says what became of each, and counts those that failed."""

    def __init__(self, vendor: str, directory: Path) -> None:
        self.vendor = vendor
        self.directory = directory
        self.failures = 0

    def run(
        self, name: str, history: History, steps: Callable[[Trial], Iterator[str]]
    ) -> None:
        """Try a history, with migrations that are written for it."""
        room = self.room(name)

        def run() -> Iterator[str]:
            prepared: Prepared = prepare(history, room)
            yield "makemigrations"
            yield from steps(Trial(prepared, self.vendor, room))

        self.report(name, run())

    def room(self, name: str) -> Path:
        return self.directory / name.replace(" ", "-").replace(",", "")

    def tell(self, name: str, fake_initial: bool) -> None:
        directory = self.room(name)
        directory.mkdir()
        self.report(name, Story(self.vendor, directory).tell(fake_initial))

    def check_documentation(self, update: bool) -> None:
        room = self.room("documented")
        self.report("documentation", documented.check(self.vendor, room, update))

    def report(self, name: str, steps: Iterator[str]) -> None:
        done = []
        try:
            for step in steps:
                done.append(step)
        except Exception as error:
            self.failures += 1
            print(
                f"FAILED {name} on {self.vendor}, after {', '.join(done) or 'nothing'}"
            )
            if isinstance(error, TrialFailed):
                print(f"    {error}", flush=True)
            else:
                traceback.print_exc(file=sys.stdout)
        else:
            print(f"ok     {name} on {self.vendor}: {', '.join(done)}", flush=True)


def by_statements(trial: Trial, moments: int | None) -> Iterator[str]:
    try:
        yield from Killer(trial).by_statements(moments)
    finally:
        trial.database.drop()


def by_the_clock(trial: Trial, moments: int) -> Iterator[str]:
    try:
        yield from Killer(trial).by_the_clock(moments)
    finally:
        trial.database.drop()


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="trials")
    add = parser.add_argument
    add("vendor")
    add("--only", default="", metavar="REGEX")
    add("--no-histories", action="store_true")
    add("--kills", type=int, default=0, metavar="N")
    add("--timed-kills", type=int, default=0, metavar="N")
    add("--orders", type=int, default=5000, metavar="N")
    add("--update-docs", action="store_true")
    options = parser.parse_args(arguments)
    django.setup()
    with tempfile.TemporaryDirectory(prefix="key-changes-") as directory:
        session = Session(options.vendor, Path(directory))

        def wanted(name: str) -> bool:
            return not options.no_histories and bool(re.search(options.only, name))

        for history in HISTORIES:
            if wanted(history.name):
                session.run(history.name, history, Trial.run)
        for name, fake_initial in STORIES.items():
            if wanted(name):
                session.tell(name, fake_initial)
        if wanted("documentation"):
            session.check_documentation(options.update_docs)
        if options.kills:
            moments = None if options.kills < 0 else options.kills
            session.run(
                "killed after statements",
                KILLED_HISTORY,
                lambda trial: by_statements(trial, moments),
            )
        if options.timed_kills:
            session.run(
                "killed by the clock",
                many(KILLED_HISTORY, options.orders),
                lambda trial: by_the_clock(trial, options.timed_kills),
            )
    return 1 if session.failures else 0


def many(history: History, orders: int) -> History:
    """Return a history with so many more orders."""
    return replace(
        history,
        rows=history.rows + MANY_ROWS.replace("ORDERS", str(orders)),
        # Tenant and parent of an order, five lines, three parts.
        links=history.links + orders * (2 + 5 + 3),
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
