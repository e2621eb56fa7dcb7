"""What changes of keys took, its table, and whether the targets are met."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import judged
from judged import Target
from records import load
from report import table
from servers import TITLES

# The exponent of the growth of time by rows: 1 is linear, and a sort n log n.
GROWTH = 1.2
# Of the most memory, from the smallest size to the largest.
MEBIBYTES = 32
MEBIBYTE = 1 << 20


@dataclass
class Step:
    """A migration, or all of those that a direction needs."""

    name: str
    seconds: float
    # Processor time of the client's process.
    cpu: float
    # The process's memory at the start, and the most it had, in bytes.
    before: int
    peak: int


@dataclass
class Measured:
    """A change of the key in a database with so many orders."""

    database: str
    orders: int
    rows: int
    steps: list[Step] = field(default_factory=list)
    load_seconds: float = 0
    violations: list[str] = field(default_factory=list)


@dataclass
class Outcome(judged.Outcome):
    name = "key_change"

    measured: list[Measured] = field(default_factory=list)

    def series(self) -> Iterator[tuple[str, str, list[tuple[int, Step]]]]:
        """Yield (database, step, [(rows, what it took)]), smallest first."""
        found: dict[tuple[str, str], list[tuple[int, Step]]] = {}
        for one in sorted(self.measured, key=lambda one: one.rows):
            for step in one.steps:
                found.setdefault((one.database, step.name), []).append((one.rows, step))
        for (database, name), steps in found.items():
            yield database, name, steps

    @classmethod
    def read(cls, path: Path) -> Outcome:
        found = load(path)
        measured = [
            Measured(**{**one, "steps": [Step(**step) for step in one["steps"]]})
            for one in found["measured"]
        ]
        return cls(found["about"], measured)

    def render(self) -> str:
        about = self.about
        lines = [
            "# Changing a key that is referred to",
            "",
            f"{about['date']}, {about['machine']}; the fork: {about['fork']}.",
            "",
        ]
        lines += [f"- {TITLES[name]} {v}" for name, v in about["databases"].items()]
        lines += [f"- left out: {reason}" for reason in about["left_out"]]
        lines += [
            "",
            "Seconds, and the most memory of the process that migrates.",
            "",
        ]
        rows = []
        for database, name, steps in self.series():
            for number, step in steps:
                rows.append(
                    [
                        TITLES[database],
                        name,
                        f"{number:,}",
                        f"{step.seconds:.1f}",
                        f"{step.seconds / number * 1_000_000:.1f}",
                        f"{step.cpu:.1f}",
                        f"{step.peak / MEBIBYTE:.0f}",
                        f"{(step.peak - step.before) / MEBIBYTE:.1f}",
                    ]
                )
        listed = table(
            [
                "database",
                "migration",
                "rows",
                "s",
                "µs per row",
                "client's CPU, s",
                "MiB",
                "MiB more than before",
            ],
            rows,
        )
        lines += [listed, "", *self.targets_section()]
        return "\n".join(lines).rstrip() + "\n"

    def targets(self) -> list[Target]:
        found = []
        for database in dict.fromkeys(one.database for one in self.measured):
            violations = [
                f"{one.orders:,} orders: {violation}"
                for one in self.measured
                if one.database == database
                for violation in one.violations
            ]
            text = "; ".join(violations) or "each row"
            found.append(
                Target(database, "belongs to its order", "all", text, not violations)
            )
        for database, name, steps in self.series():
            if len(steps) < 2 or not self.about.get("judged", True):
                continue
            exponent = growth(steps)
            found.append(
                Target(
                    database,
                    f"time, {name}",
                    f"n^{GROWTH}",
                    f"n^{exponent:.2f}",
                    exponent <= GROWTH,
                )
            )
            more = (steps[-1][1].peak - steps[0][1].peak) / MEBIBYTE
            found.append(
                Target(
                    database,
                    f"memory, {name}",
                    f"+{MEBIBYTES} MiB",
                    f"{more:+.1f} MiB",
                    more <= MEBIBYTES,
                )
            )
        return found

    def is_sound(self) -> bool:
        return bool(self.measured) and not any(one.violations for one in self.measured)


def growth(steps: list[tuple[int, Step]]) -> float:
    """Return the exponent by which time has grown from the least rows to the most."""
    (few, first), *_, (many, last) = steps
    return math.log(last.seconds / first.seconds) / math.log(many / few)
