"""
The table that the fork has to fill: what must hold, computed from one run.

All are ratios of medians of that run, except the last: differences of one percent
drown in a clock's noise, therefore the executed instructions are compared.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import dataclass

from contestants import FORK, PRISTINE, SQLALCHEMY
from data import COMPOSITE, SINGLE
from results import Run
from servers import MARIADB, POSTGRESQL, SQLITE

LEAST_KEYS = 100

_KEY_SETS = ("pk_in", "pk_in_one_tenant", "pk_in_scattered", "pk_in_count", "in_bulk")
# A composite key against a single one, on the fork.
_LIMITS = {
    **dict.fromkeys(_KEY_SETS, 2.0),
    "prefetch_forward": 2.0,
    "prefetch_reverse": 2.0,
    "keyset": 2.0,
    "bulk_update": 1.5,
    "pk": 2.0,
    "hash": 2.0,
}
# How much more 50,000 keys may cost than 5,000.
_FEW, _MANY, _GROWTH = 5_000, 50_000, 12.0
_GROWING = ("pk_in", "pk_in_one_tenant", "pk_in_scattered", "pk_in_count")
_COMPARED = (
    *_KEY_SETS,
    "prefetch_forward",
    "prefetch_reverse",
    "keyset",
    "bulk_update",
)
_SAME_INSTRUCTIONS = 1.01


@dataclass(frozen=True)
class Target:
    """One number that must not be larger than the limit."""

    subject: str
    database: str
    what: str
    limit: float
    # None if what it is computed from failed or was not measured.
    value: float | None
    note: str = ""

    @property
    def met(self) -> bool:
        return self.value is not None and self.value <= self.limit and not self.note

    @property
    def mark(self) -> str:
        return "ok" if self.met else "FAIL"


def compute(run: Run) -> list[Target]:
    """Return the targets that are about something that was asked in the run."""
    targets: list[Target] = []
    if FORK in run.contestants():
        for database in run.databases():
            targets += _against_single(run, database)
            targets += _growth(run, database)
            targets += _one_range(run, database)
            if SQLALCHEMY in run.contestants():
                targets += _against_sqlalchemy(run, database)
    return [*targets, *_instructions(run)]


def _against_single(run: Run, database: str) -> Iterator[Target]:
    for case, limit in _LIMITS.items():
        for size in run.sizes(case):
            if case in _KEY_SETS and size < LEAST_KEYS:
                continue
            yield Target(
                "composite against single key",
                database,
                f"{case} {size:,}",
                limit,
                *_ratio(
                    run,
                    (database, case, size, COMPOSITE, FORK),
                    (database, case, size, SINGLE, FORK),
                ),
            )


def _growth(run: Run, database: str) -> Iterator[Target]:
    for case in _GROWING:
        if {_FEW, _MANY} <= set(run.sizes(case)):
            yield Target(
                f"growth from {_FEW:,} to {_MANY:,} keys",
                database,
                case,
                _GROWTH,
                *_ratio(
                    run,
                    (database, case, _MANY, COMPOSITE, FORK),
                    (database, case, _FEW, COMPOSITE, FORK),
                ),
            )


def _against_sqlalchemy(run: Run, database: str) -> Iterator[Target]:
    for case in _COMPARED:
        for size in run.sizes(case):
            if case in _KEY_SETS and size < LEAST_KEYS:
                continue
            theirs = run.find(database, case, size, COMPOSITE, SQLALCHEMY)
            if theirs is None or theirs.median is None:
                continue  # What it cannot do, it cannot do faster.
            yield Target(
                "against SQLAlchemy's ORM",
                database,
                f"{case} {size:,}",
                1.0,
                *_ratio(
                    run,
                    (database, case, size, COMPOSITE, FORK),
                    (database, case, size, COMPOSITE, SQLALCHEMY),
                ),
            )


def _ratio(
    run: Run,
    one: tuple[str, str, int, str, str],
    other: tuple[str, str, int, str, str],
) -> tuple[float | None, str]:
    """Return the ratio of two medians and an empty note, or None and what failed."""
    medians = []
    for place in (one, other):
        result = run.find(*place)
        if result is None:
            return None, "not measured"
        if result.median is None:
            return None, result.error or result.absent or "no samples"
        medians.append(result.median)
    return medians[0] / medians[1], ""


def _one_range(run: Run, database: str) -> Iterator[Target]:
    for size in run.sizes("keyset"):
        result = run.find(database, "keyset", size, COMPOSITE, FORK)
        if result and result.plan:
            note = "" if is_one_range(database, result.plan) else "another plan"
            yield Target(
                "plan: one index range", database, f"keyset {size:,}", 1, 1, note
            )


def is_one_range(database: str, plan: str) -> bool:
    """Tell whether a plan reads one range of the key's index, and sorts nothing."""
    text = " ".join(plan.split())
    if database == SQLITE:
        return (
            "SEARCH" in text
            and "(tenant_id,num)>(?,?)" in text
            and not any(word in text for word in ("SCAN", "TEMP B-TREE", "MULTI-INDEX"))
        )
    if database == POSTGRESQL:
        return (
            "Index Scan using" in text
            and "Index Cond: (ROW(tenant_id, num) > ROW(" in text
            and not any(word in text for word in ("Filter:", "Sort", "Seq Scan"))
        )
    assert database == MARIADB
    return (
        " range " in f" {text} "
        and "PRIMARY" in text
        and not any(word in text for word in ("filesort", "temporary"))
    )


def _instructions(run: Run) -> Iterator[Target]:
    subject = "single key: instructions against pristine Django"
    ratios = []
    for counted in run.counted:
        ratio = counted.ratio(FORK, PRISTINE)
        if ratio is not None:
            ratios.append(ratio)
            what = counted.operation
            yield Target(subject, SQLITE, what, _SAME_INSTRUCTIONS, ratio)
    if ratios:
        middle = statistics.median(ratios)
        yield Target(subject, SQLITE, "median of all", _SAME_INSTRUCTIONS, middle)
