"""What was measured, how it is kept in JSON, and how it is looked up."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from records import Record, load


@dataclass
class Result:
    """What one contestant did in one case, at one size, with one kind of key."""

    database: str
    case: str
    size: int
    key: str
    contestant: str
    # Milliseconds, each for the whole operation.
    samples: list[float] = field(default_factory=list)
    # It failed, and how; or it is something that the contestant does not have.
    error: str | None = None
    absent: str | None = None
    # The most that Python allocated at once, as tracemalloc counts; bytes.
    peak: int | None = None
    plan: str | None = None

    @property
    def median(self) -> float | None:
        """Milliseconds, None if there is nothing to tell."""
        if self.error or self.absent or not self.samples:
            return None
        return statistics.median(self.samples)


@dataclass
class Counted:
    """Instructions that a single-key operation executes, for each contestant."""

    operation: str
    instructions: dict[str, int]

    def ratio(self, one: str, other: str) -> float | None:
        if one in self.instructions and other in self.instructions:
            return self.instructions[one] / self.instructions[other]
        return None


@dataclass
class Run(Record):
    """All that one run found out."""

    results: list[Result] = field(default_factory=list)
    counted: list[Counted] = field(default_factory=list)

    def find(
        self, database: str, case: str, size: int, key: str, contestant: str
    ) -> Result | None:
        for result in self.results:
            if (
                result.database,
                result.case,
                result.size,
                result.key,
                result.contestant,
            ) == (database, case, size, key, contestant):
                return result
        return None

    def median(
        self, database: str, case: str, size: int, key: str, contestant: str
    ) -> float | None:
        result = self.find(database, case, size, key, contestant)
        return result.median if result else None

    def databases(self) -> list[str]:
        return unique(result.database for result in self.results)

    def cases(self) -> list[tuple[str, int]]:
        return unique((result.case, result.size) for result in self.results)

    def sizes(self, case: str) -> list[int]:
        return sorted({r.size for r in self.results if r.case == case})

    def contestants(self) -> list[str]:
        return list(self.about["contestants"])

    @classmethod
    def read(cls, path: Path) -> Run:
        found = load(path)
        return cls(
            found["about"],
            [Result(**result) for result in found["results"]],
            [Counted(**counted) for counted in found["counted"]],
        )


def unique(values: Iterable[Any]) -> list[Any]:
    return list(dict.fromkeys(values))
