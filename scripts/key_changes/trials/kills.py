"""
Migrations that are killed: the process, at many moments of its run.

Where a migration is atomic, the database is as before then, to the letter, or the
migration was committed and has only to be recorded by --fake, as any other in Django.
Elsewhere running it again finishes it, and the outcome is that of a run that
nothing disturbed.
"""

from __future__ import annotations

import re
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace

from .databases import dump, rows
from .histories import SHOP_HISTORY
from .projects import PATIENCE, Outcome, TrialFailed
from .verdicts import Trial, expect_same

KILLED = -signal.SIGKILL

KILLED_HISTORY = replace(SHOP_HISTORY, name="killed")

# More rows for processes that are killed by the clock: some thousand orders.
MANY_ROWS = """
orders = Order.objects.bulk_create(
    Order(tenant=tenants[n % 2], number=n, label=f"many {n}", parent=orders[n % 8])
    for n in range(1000, 1000 + ORDERS)
)
Line.objects.bulk_create(
    Line(order=order, label=f"many {n}", price=n)
    for order in orders for n in range(5)
)
Part.objects.bulk_create(
    Part(order=order, position=n, label=f"many {n}")
    for order in orders for n in range(3)
)
"""


class Killer:
    """Kills the migrations of a history's two versions, there and back."""

    def __init__(self, trial: Trial) -> None:
        self.trial = trial
        self.database = trial.database
        self.room = trial.prepared.rooms[-1]
        self.states: list[list[str]] = []
        self.atomic = self.database.vendor != "mysql"
        # How often a migration was killed between its commit and its record.
        self.committed = 0

    def migrate(self, version: int, **variables: str) -> Outcome:
        commands = self.trial.prepared.go(version)
        return self.room.run(*commands, on=self.database, **variables)

    def dump(self) -> list[str]:
        with self.database.opened():
            return dump()

    def prepare(self) -> tuple[list[int], list[float]]:
        """
        Migrate undisturbed, there and back and there again. Return how many
        statements each direction has, and the seconds that it takes.
        """
        self.trial.begin()
        counts, seconds = [0, 0], [0.0, 0.0]
        self.states = [[], []]
        for version in (1, 0, 1, 0):
            begun = time.monotonic()
            outcome = self.migrate(version, TRIAL_KILL="0")
            seconds[version] = time.monotonic() - begun
            output = outcome.expect_success("undisturbed")
            match = re.search(r"^counted (\d+)$", output, re.M)
            if match is None:
                raise TrialFailed(f"Statements weren't counted:\n{output}")
            counts[version] = int(match[1])
            self.states[version] = self.dump()
        return counts, seconds

    def expect_state(self, what: str, version: int) -> None:
        expect_same(what, self.states[version], self.dump())

    def after_kill(self, what: str, target: int) -> None:
        """Check what a killed migration to a version has left, and resume."""
        self.database.wait_until_left()
        left = self.dump()
        if self.atomic and left == self.states[1 - target]:
            return
        if self.atomic:
            # It was committed, and killed before Django wrote down that it was. As
            # with any migration, that is all that is left to be done.
            self.committed += 1
            without = [strip_record(state) for state in (self.states[target], left)]
            expect_same(f"{what}: what is left", *without)
            commands = self.trial.prepared.go(target)
            self.room.run(
                *([*command, "--fake"] for command in commands), on=self.database
            ).expect_success(f"{what}: --fake")
            self.expect_state(f"{what}: what --fake leads to", target)
            self.migrate(1 - target).expect_success(f"{what}: back again")
            return
        self.migrate(target).expect_success(f"{what}: running it again")
        self.expect_state(f"{what}: what running it again leads to", target)

    def by_statements(self, moments: int | None) -> Iterator[str]:
        """
        Kill before the n-th statement, for all n, or for so many of them, in each
        direction.
        """
        counts, _ = self.prepare()
        chosen = [spread(count, moments) for count in counts]
        killed = 0
        if self.atomic:
            for target in (1, 0):
                for number in chosen[target]:
                    self.kill_before(number, target)
                    killed += 1
                self.migrate(target).expect_success("after all kills")
                self.expect_state("after all kills", target)
        else:
            # One direction undoes what the other one has done.
            for there, back in zip_longest_last(chosen[1], chosen[0]):
                self.kill_before(there, 1)
                self.kill_before(back, 0)
                killed += 2
        yield f"killed {killed} times, of {counts[1]} + {counts[0]} statements"
        if self.committed:
            yield f"{self.committed} times when it was committed"

    def kill_before(self, number: int, target: int) -> None:
        what = f"killed before statement {number} on the way to version {target}"
        outcome = self.migrate(target, TRIAL_KILL=str(number))
        if outcome.status != KILLED:
            raise TrialFailed(f"not {what}: {outcome.output[-2000:]}")
        self.after_kill(what, target)

    def by_the_clock(self, moments: int) -> Iterator[str]:
        """Kill at moments that are spread over the run, in each direction."""
        _, seconds = self.prepare()
        finished = 0
        for number in range(moments):
            for target in (1, 0):
                delay = seconds[target] * (number + 1) / (moments + 1)
                what = f"killed after {delay:.2f} s on the way to version {target}"
                process = self.room.start(self.trial.prepared.go(target), self.database)
                try:
                    process.communicate(timeout=delay)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.communicate(timeout=PATIENCE)
                if process.returncode == KILLED and not self.is_done(target):
                    self.after_kill(what, target)
                    if self.atomic:
                        self.migrate(target).expect_success(f"{what}: after it")
                else:
                    finished += 1
                self.expect_state(f"{what}: after it", target)
        yield (
            f"killed {moments * 2 - finished} times within {seconds[1]:.1f} and "
            f"{seconds[0]:.1f} s"
        )

    def is_done(self, target: int) -> bool:
        """Had the migration been recorded when its process was killed?"""
        self.database.wait_until_left()
        with self.database.opened():
            recorded = rows("SELECT name FROM django_migrations WHERE app = 'shop'")
        return len(recorded) == target + 1


def strip_record(state: list[str]) -> list[str]:
    return [line for line in state if not line.startswith("('shop', '0002")]


def spread(count: int, moments: int | None) -> list[int]:
    """Return so many of the numbers from 1 to count, evenly spread."""
    if moments is None or moments >= count:
        return list(range(1, count + 1))
    return sorted({1 + round(n * (count - 1) / (moments - 1)) for n in range(moments)})


def zip_longest_last(one: list[int], other: list[int]) -> Iterator[tuple[int, int]]:
    """Pair the elements; the last one of the shorter list is repeated."""
    for number in range(max(len(one), len(other))):
        yield one[min(number, len(one) - 1)], other[min(number, len(other) - 1)]
