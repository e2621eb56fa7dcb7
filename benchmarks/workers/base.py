"""What an ORM has to offer to take part, and the clock and the scales."""

from __future__ import annotations

import abc
import contextlib
import gc
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cases import CASES_BY_NAME, WRITE, Question, wanted_rows
from data import Data
from servers import MARIADB, POSTGRESQL

# Nobody needs more samples than this from one visit.
MOST_SAMPLES = 500


class Absent(Exception):
    """The ORM has no such thing; str() says what is missing."""


@dataclass(frozen=True)
class Operation:
    """One case, ready to be done again and again."""

    # What is measured.
    run: Callable[[], Any]
    # Turns what it returned into the number that says whether it was right.
    check: Callable[[Any], int | None]
    # The database's plan for it.
    plan: Callable[[], str] | None = None


class ORM(abc.ABC):
    """An ORM that is connected to the database of a run."""

    def __init__(self, vendor: str, database: str, data: Data) -> None:
        self.vendor = vendor
        self.database = database
        self.data = data

    @staticmethod
    @abc.abstractmethod
    def about() -> dict[str, str]:
        """Return versions, and where the code comes from."""

    @abc.abstractmethod
    def prepare(self, question: Question) -> Operation:
        """Make what the case needs, outside of the measurement."""

    @abc.abstractmethod
    def undone(self) -> contextlib.AbstractContextManager[Any]:
        """Return a transaction that is rolled back in the end."""

    @abc.abstractmethod
    def execute(self, sql: str) -> None:
        """Execute a statement outside of any transaction."""

    @abc.abstractmethod
    def close(self) -> None:
        """Give the connection back."""

    def tame(self, seconds: float, jit: bool) -> None:
        """
        Let the server end statements that take longer, if it can.

        Without ``jit``, PostgreSQL does not compile expressions: it does so without
        looking at the clock.
        """
        if self.vendor == POSTGRESQL:
            self.execute(f"SET statement_timeout = '{seconds:g}s'")
            if not jit:
                self.execute("SET jit = off")
        elif self.vendor == MARIADB:
            # MySQL has none that is for all statements.
            with contextlib.suppress(Exception):
                self.execute(f"SET SESSION max_statement_time = {seconds:g}")

    def keys(self, question: Question) -> list[Any]:
        """Return the primary keys that a question is about."""
        from cases import table_of

        table = table_of(question.case, self.data)
        rows = wanted_rows(question.case, question.size, self.data)
        return [table.key(question.key, row) for row in rows]

    # Measuring.

    def measure(self, question: Question, operation: Operation, budget: float) -> Any:
        """
        Do it for about ``budget`` seconds, at least once.

        Return the samples in milliseconds, and the answer of the first.
        """
        samples: list[float] = []
        answer = None
        gc.collect()
        while sum(samples) < budget * 1000 and len(samples) < MOST_SAMPLES:
            with self._around(question):
                start = time.perf_counter()
                result = operation.run()
                samples.append((time.perf_counter() - start) * 1000)
                if len(samples) == 1:
                    answer = operation.check(result)
                del result
        return samples, answer

    def weigh(self, question: Question, operation: Operation) -> int:
        """Return the most memory that Python allocated for it at once, in bytes."""
        gc.collect()
        with self._around(question):
            tracemalloc.start()
            try:
                before, _ = tracemalloc.get_traced_memory()
                result = operation.run()
                _, peak = tracemalloc.get_traced_memory()
                del result
            finally:
                tracemalloc.stop()
        return peak - before

    def _around(self, question: Question) -> contextlib.AbstractContextManager[Any]:
        if CASES_BY_NAME[question.case].kind != WRITE:
            return contextlib.nullcontext()
        if self.vendor == POSTGRESQL:
            # What was rolled back is still in the table, and statistics decide
            # on plans: without this, each contestant would find another table.
            for name in ("target", "target_line"):
                self.execute(f"VACUUM ANALYZE {question.key}_{name}")
        return self.undone()
