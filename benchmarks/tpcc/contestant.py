"""What an ORM has to offer to do TPC-C, and what its process does with that."""

from __future__ import annotations

import abc
import contextlib
import gc
import time
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from itertools import islice
from typing import Any

from protocol import Message
from tpcc.inputs import Input, Terminal
from tpcc.rules import Output, RolledBack
from tpcc.values import Scale

# Rows that are inserted at a time: PostgreSQL takes up to 65,535 values.
BATCH = 3_000
# How often a transaction is tried that the database ends for the sake of others.
ATTEMPTS = 20

# SQLSTATEs and MySQL's numbers: serialization failures, deadlocks, lock timeouts.
_CONFLICTS = {"40001", "40P01", 1205, 1213}

# Both contestants use SQLite as web sites do.
SQLITE_PRAGMAS = "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"


class Contestant(abc.ABC):
    """An ORM that is connected to its own database of a run."""

    def __init__(self, vendor: str, database: str, scale: Scale) -> None:
        self.vendor = vendor
        self.database = database
        self.scale = scale

    @staticmethod
    @abc.abstractmethod
    def about() -> dict[str, str]:
        """Return versions, and where the code comes from."""

    @abc.abstractmethod
    def load(self, seed: int) -> int:
        """Fill the tables, which are there; return how many rows they have."""

    @abc.abstractmethod
    def perform(self, asked: Input) -> Output:
        """Do a transaction. Raise RolledBack if it has been rolled back."""

    @abc.abstractmethod
    def counting(self) -> contextlib.AbstractContextManager[list[str]]:
        """Return a context whose value is a list of the statements sent in it."""

    @abc.abstractmethod
    def driver_error(self, error: Exception) -> BaseException | None:
        """Return the error of the database's driver behind one of the ORM's."""

    def is_conflict(self, error: Exception) -> bool:
        """Has the database ended the transaction for another one's sake?"""
        found = self.driver_error(error)
        code = getattr(found, "sqlstate", None) or getattr(found, "args", None)
        return (code[0] if isinstance(code, tuple) and code else code) in _CONFLICTS

    def try_to_perform(self, asked: Input) -> tuple[Output, bool, int]:
        """
        Do a transaction, again where others were in the way.

        Return its output, whether it was rolled back, and how often it was ended.
        """
        for attempt in range(ATTEMPTS):
            try:
                return self.perform(asked), False, attempt
            except RolledBack as error:
                return error.output, True, attempt
            except Exception as error:
                if not self.is_conflict(error) or attempt + 1 == ATTEMPTS:
                    raise
        raise AssertionError


class Answers:
    """Replies to the driver's requests: the process of one connection."""

    def __init__(self, contestant_class: type[Contestant]) -> None:
        self.contestant_class = contestant_class
        self.contestant: Any = None
        self.asked: list[Input] = []

    def __call__(self, request: Message) -> Message:
        method = getattr(self, f"do_{request.pop('do')}")
        try:
            reply: Message = method(**request)
        except Exception as error:
            words = " ".join(str(error).split())
            return {"error": f"{type(error).__name__}: {words}"[:400]}
        return reply

    def do_about(self) -> Message:
        return dict(self.contestant_class.about())

    def do_open(self, vendor: str, database: str, scale: dict[str, int]) -> Message:
        self.contestant = self.contestant_class(vendor, database, Scale(**scale))
        gc.collect()
        gc.freeze()
        return {}

    def do_load(self, seed: int) -> Message:
        begun = time.perf_counter()
        rows = self.contestant.load(seed)
        return {"rows": rows, "seconds": time.perf_counter() - begun}

    def do_prepare(self, seed: int, terminal: int, part: int, count: int) -> Message:
        """Make the inputs of the transactions that are to be done next."""
        inputs = Terminal(self.contestant.scale, seed, terminal, part)
        self.asked = list(islice(inputs, count))
        gc.collect()
        return {}

    def do_go(self) -> Message:
        """Do the transactions as fast as possible: what is measured."""
        seconds: dict[str, float] = {}
        conflicts = rolled_back = 0
        begun_cpu, begun = time.process_time(), time.perf_counter()
        for asked in self.asked:
            start = time.perf_counter()
            _, undone, ended = self.contestant.try_to_perform(asked)
            taken = time.perf_counter() - start
            seconds[asked.kind] = seconds.get(asked.kind, 0) + taken
            conflicts += ended
            rolled_back += undone
        return {
            "seconds": time.perf_counter() - begun,
            "cpu": time.process_time() - begun_cpu,
            "transactions": len(self.asked),
            "kinds": Counter(asked.kind for asked in self.asked),
            "seconds_of_kinds": seconds,
            "conflicts": conflicts,
            "rolled_back": rolled_back,
        }

    def do_trace(self) -> Message:
        """Do the transactions one by one; return statements and what was displayed."""
        statements, outputs = [], []
        for asked in self.asked:
            with self.contestant.counting() as sent:
                output, undone, _ = self.contestant.try_to_perform(asked)
            statements.append([asked.kind, len(sent)])
            outputs.append([asked.kind, undone, displayed(output)])
        return {"statements": statements, "outputs": outputs}

    def do_migrate(self) -> Message:
        self.contestant.migrate()
        return {}

    def do_clean(self) -> Message:
        self.contestant.clean()
        return {}

    def do_schema(self, seed: int) -> Message:
        return {"findings": list(self.contestant.schema_findings(seed))}

    def do_differences(self) -> Message:
        return {"differences": list(self.contestant.differences())}

    def do_conditions(self) -> Message:
        return {"violations": list(self.contestant.violations())}


def displayed(value: Any) -> Any:
    """Return a value as JSON has it, equal ones in the same way."""
    if isinstance(value, Decimal):
        return f"{round(value, 4).normalize():f}"
    if isinstance(value, (list, tuple)):
        return [displayed(member) for member in value]
    return value


def batches(rows: Iterator[Any]) -> Iterator[list[Any]]:
    while batch := list(islice(rows, BATCH)):
        yield batch
