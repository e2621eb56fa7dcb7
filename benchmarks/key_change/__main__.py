#!/usr/bin/env python3
"""
The key of a table that others refer to is changed: time, memory, and every row.

    python3 benchmarks/key_change             1,000,000 lines, on every database
    python3 benchmarks/key_change --quick     small data: does it run?
    python3 benchmarks/key_change --databases postgresql --orders 5000 10000

benchmarks/README.md tells what is done, and how to read the result.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

BENCHMARKS = Path(__file__).resolve().parents[1]
sys.path[0] = str(BENCHMARKS)
sys.path.insert(1, str(BENCHMARKS.parent / "scripts"))

import python_version  # NOQA: E402, F401  isort: skip

from commands import make_parser, say  # NOQA: E402
from contestants import FORK, Contestant, NotHere, Preparation  # NOQA: E402
from judged import circumstances, run  # NOQA: E402
from key_change.outcome import Measured, Outcome, Step  # NOQA: E402
from key_change.rows import LINES  # NOQA: E402
from patchqueue.layout import Layout  # NOQA: E402
from protocol import Worker, WorkerFailed, ask, clean_environ  # NOQA: E402
from servers import TITLES  # NOQA: E402

SCRIPT = Path(__file__).resolve().parent / "migrator.py"
DATABASE = "composite_key_change"
FULL, QUICK = [10_000, 30_000, 100_000], [200, 400]
# Rows that an order brings along: itself, lines, a shipment, and a tag.
ROWS = 1 + LINES + 1 + 1

# Ways to the new key and back: the package of the migrations, and for each step
# what it is called, the migration to go to, and whether the key is composite then.
WAYS = {
    "at once": (
        "migrations",
        [("forwards", "0002", True), ("backwards", "0001", False)],
    ),
    "in steps": (
        "steps",
        [
            ("expand", "0002", False),
            ("fill", "0003", False),
            ("contract", "0004", True),
            ("backwards, from steps", "0001", False),
        ],
    ),
}


class Shop:
    """The shop in a database, at one size."""

    def __init__(
        self, fork: Contestant, vendor: str, database: str, orders: int, package: str
    ) -> None:
        self.fork = fork
        self.opening = {
            "do": "open",
            "vendor": vendor,
            "database": database,
            "orders": orders,
            "package": package,
        }

    @contextlib.contextmanager
    def process(self) -> Iterator[Worker]:
        """Start a process of its own, so that the memory is of what it does."""
        worker = Worker(self.fork.command(SCRIPT), self.fork.environ)
        try:
            ask(worker, **self.opening)
            yield worker
        finally:
            worker.stop()

    def fill(self) -> float:
        begun = time.perf_counter()
        with self.process() as worker:
            ask(worker, do="migrate", target="0001")
            ask(worker, do="load")
            ask(worker, do="analyze")
        return time.perf_counter() - begun

    def migrate(self, name: str, target: str) -> Step:
        with self.process() as worker:
            reply = ask(worker, do="migrate", target=target)
        return Step(
            name, *(reply[what] for what in ("seconds", "cpu", "before", "peak"))
        )

    def violations(self, composite: bool) -> list[str]:
        with self.process() as worker:
            found: list[str] = ask(worker, do="check", composite=composite)[
                "violations"
            ]
            if composite and (changes := ask(worker, do="changes")["changes"]):
                found.append(f"makemigrations --check: {changes}")
        return found


def measure_size(
    measured: Measured, fork: Contestant, make: Callable[[], str], ways: list[str]
) -> None:
    """Change the key there and back again, in each way, in databases of their own."""
    title = TITLES[measured.database]
    for way in ways:
        package, steps = WAYS[way]
        shop = Shop(fork, measured.database, make(), measured.orders, package)
        seconds = shop.fill()
        measured.load_seconds = measured.load_seconds or seconds
        say(f"{title}: {measured.rows:,} rows in {seconds:.1f} s")
        before = shop.violations(False)
        measured.violations += [f"before: {violation}" for violation in before]
        for name, target, composite in steps:
            step = shop.migrate(name, target)
            measured.steps.append(step)
            say(f"{title}: {name}: {step.seconds:.1f} s, {step.peak >> 20} MiB")
            measured.violations += [
                f"{name}: {violation}" for violation in shop.violations(composite)
            ]


def measure(options: argparse.Namespace, layout: Layout) -> Outcome:
    preparation = Preparation(layout, options.databases, options.fork_tree)
    python = preparation.drivers_alone()
    fork = preparation.contestant(FORK)
    left_out: list[str] = []
    versions: dict[str, str] = {}
    found = fork.ask_about(SCRIPT)
    about = {
        **circumstances(),
        "fork": f"{found['name']}, Python {found['python']}",
        # Small tables say nothing about growth.
        "judged": not options.quick,
        "databases": versions,
        "left_out": left_out,
    }
    outcome = Outcome(about)
    room = layout.build / "benchmarks"
    room.mkdir(parents=True, exist_ok=True)
    sizes = options.orders or (QUICK if options.quick else FULL)
    for vendor in options.databases:
        keeper = Worker([str(python), str(BENCHMARKS / "keeper.py")], clean_environ())

        def make(keeper: Worker = keeper, vendor: str = vendor) -> str:
            # Making one anew drops the one of that name.
            try:
                reply = ask(
                    keeper,
                    do="make",
                    vendor=vendor,
                    name=DATABASE,
                    directory=str(room),
                    data=None,
                )
            except WorkerFailed as error:
                raise NotHere(str(error)) from error
            versions[vendor] = reply["version"]
            return str(reply["database"])

        try:
            for orders in sorted(sizes):
                measured = Measured(vendor, orders, orders * ROWS)
                outcome.measured.append(measured)
                measure_size(measured, fork, make, options.ways)
        except NotHere as error:
            outcome.measured.remove(measured)
            say(f"Left out: {TITLES[vendor]}: {error}")
            left_out.append(f"{TITLES[vendor]}: {error}")
        except WorkerFailed as error:
            say(f"{TITLES[vendor]}: {error}")
            measured.violations.append(str(error))
        finally:
            keeper.finish(timeout=120)
    return outcome


def build_parser() -> argparse.ArgumentParser:
    parser = make_parser(
        "benchmarks/key_change",
        "Change the key of a table that others refer to.",
        [FORK],
        "nothing else can do it",
    )
    add = parser.add_argument
    add("--orders", nargs="+", type=int, metavar="N", help=f"default: {FULL}")
    add("--ways", nargs="+", choices=list(WAYS), default=list(WAYS))
    return parser


def main(arguments: list[str] | None = None) -> int:
    options = build_parser().parse_args(arguments)
    return run(Outcome, options, lambda layout: measure(options, layout))


if __name__ == "__main__":
    sys.exit(main())
