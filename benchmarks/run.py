#!/usr/bin/env python3
"""
The fork side by side with pristine Django and SQLAlchemy, on the same data.

    python3 benchmarks/run.py                 everything, on every database there is
    python3 benchmarks/run.py --quick         small data: does it run?
    python3 benchmarks/run.py --databases sqlite --cases pk_in keyset

benchmarks/README.md tells what is measured, and how to read the result.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime
import os
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(1, str(Path(__file__).resolve().parents[1] / "scripts"))

import python_version  # NOQA: E402, F401  isort: skip

from cases import CASES, CASES_BY_NAME, Case  # NOQA: E402
from commands import make_parser, say  # NOQA: E402
from contestants import (  # NOQA: E402
    CONTESTANTS,
    FORK,
    PRISTINE,
    Contestant,
    NotHere,
    Preparation,
)
from data import FULL, QUICK, Data  # NOQA: E402
from figure import draw  # NOQA: E402
from instructions import ARRANGEMENTS, CannotCount, count, try_once  # NOQA: E402
from match import Database, Pace, make_players, play  # NOQA: E402
from patchqueue.errors import QueueError  # NOQA: E402
from patchqueue.layout import Layout, find_layout  # NOQA: E402
from protocol import Worker, WorkerFailed, clean_environ, worker_script  # NOQA: E402
from report import render  # NOQA: E402
from results import Run  # NOQA: E402
from servers import TITLES  # NOQA: E402
from targets import compute  # NOQA: E402

DATABASE = "composite_benchmark"
INSTRUCTIONS = "instructions"


def build_parser() -> argparse.ArgumentParser:
    parser = make_parser(
        "benchmarks/run.py",
        "Measure the fork side by side with its peers.",
        list(CONTESTANTS),
    )
    add = parser.add_argument
    add(
        "--cases",
        nargs="+",
        choices=[*CASES_BY_NAME, INSTRUCTIONS],
        default=[*CASES_BY_NAME, INSTRUCTIONS],
        metavar="CASE",
        help=f"some of: {' '.join(CASES_BY_NAME)} {INSTRUCTIONS}",
    )
    add("--sizes", nargs="+", type=int, metavar="N", help="only these sizes of cases")
    add("--rounds", type=int, metavar="N", help="visits that count (default: 5)")
    add("--limit", type=float, default=20, help="seconds for one operation")
    add(
        "--jit",
        action="store_true",
        help="let PostgreSQL compile expressions, if it is set up so: thousands of "
        "terms can take it minutes and gigabytes then",
    )
    add("--figure", type=Path, metavar="FILE", help="also write the curves there")
    return parser


class Benchmark:
    """One run."""

    def __init__(self, options: argparse.Namespace, layout: Layout) -> None:
        self.options = options
        self.layout = layout
        self.data: Data = QUICK if options.quick else FULL
        rounds = options.rounds or (1 if options.quick else 5)
        self.pace = Pace(
            rounds=rounds,
            budget=0.001 if options.quick else 0.05,
            limit=options.limit,
            jit=options.jit,
        )
        self.left_out: list[str] = []
        self.started = time.time()
        self.run = Run(
            {
                "date": datetime.date.today().isoformat(),
                "machine": _machine(),
                "options": {k: str(v) for k, v in vars(options).items()},
                "contestants": {},
                "databases": {},
                "left_out": self.left_out,
                "rounds": rounds,
                "data": dataclasses.asdict(self.data),
                "load": [_load()],
            }
        )

    def measure(self) -> Run:
        preparation = Preparation(
            self.layout, self.options.databases, self.options.fork_tree
        )
        data_python = preparation.drivers_alone()
        contestants = self.find_contestants(preparation)
        for vendor in self.options.databases:
            self.measure_database(vendor, data_python, contestants)
        if INSTRUCTIONS in self.options.cases:
            self.count_instructions(contestants)
        self.run.about["load"].append(_load())
        self.run.about["seconds"] = round(time.time() - self.started, 1)
        return self.run

    def find_contestants(self, preparation: Preparation) -> list[Contestant]:
        found = []
        for name in self.options.contestants:
            try:
                contestant = preparation.contestant(name)
                self.run.about["contestants"][name] = contestant.ask_about(
                    worker_script()
                )
            except (NotHere, WorkerFailed) as error:
                self.leave_out(f"{name}: {error}")
            else:
                found.append(contestant)
        return found

    def leave_out(self, line: str) -> None:
        say(f"Left out: {line}")
        self.left_out.append(line)

    def measure_database(
        self, vendor: str, python: Path, contestants: list[Contestant]
    ) -> None:
        cases = [case for case in CASES if case.name in self.options.cases]
        cases = [case for case in cases if self.sizes(case)]
        if not cases or not contestants:
            return
        script = Path(__file__).resolve().parent / "keeper.py"
        keeper = Worker([str(python), str(script)], clean_environ())
        try:
            room = self.layout.build / "benchmarks"
            room.mkdir(parents=True, exist_ok=True)
            begun = time.time()
            reply = keeper.ask(
                {
                    "do": "make",
                    "vendor": vendor,
                    "name": DATABASE,
                    "directory": str(room),
                    "data": dataclasses.asdict(self.data),
                },
                timeout=600,
            )
            if "error" in reply:
                self.leave_out(f"{TITLES[vendor]}: {reply['error']}")
                return
            self.run.about["databases"][vendor] = reply["version"]
            say(f"{TITLES[vendor]}: data made in {time.time() - begun:.1f} s")
            database = Database(vendor, reply["database"], self.data)
            with make_players(contestants, database, self.pace) as players:
                for case in cases:
                    tell = _progress(TITLES[vendor])
                    self.run.results += play(
                        case, self.sizes(case), players, self.pace, tell
                    )
        finally:
            keeper.finish(timeout=120)
            if keeper.last_words:
                self.leave_out(keeper.last_words.splitlines()[-1])

    def sizes(self, case: Case) -> list[int]:
        sizes = case.quick_sizes if self.options.quick else case.sizes
        chosen = self.options.sizes
        return [size for size in sizes if not chosen or size in chosen]

    def count_instructions(self, contestants: list[Contestant]) -> None:
        counted = [c for c in contestants if c.name in (FORK, PRISTINE)]
        if not counted:
            return
        say("Counting the instructions of single-key operations …")
        try:
            if self.options.quick:
                try_once(counted)
            else:
                self.run.counted += count(counted, ARRANGEMENTS)
        except CannotCount as error:
            self.leave_out(f"instructions: {error}")


def _progress(title: str) -> Callable[[str], None]:
    begun = time.time()
    return lambda line: say(f"{title}: {line}: {time.time() - begun:.1f} s")


def _machine() -> str:
    return f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}"


def _load() -> float:
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else 0.0


def publish(run: Run, options: argparse.Namespace, directory: Path | None) -> int:
    """Print the tables and write the files; return how many targets are not met."""
    targets = compute(run)
    text = render(run, targets)
    drawing = draw(run)
    print(text)
    files: dict[Path, Any] = {}
    if directory:
        run.save(directory / "results.json")
        files[directory / "report.md"] = text
        files[directory / "curves.svg"] = drawing
    if options.figure:
        files[options.figure] = drawing
    for path, content in files.items():
        if content is None:
            say(f"Nothing to draw: {path} was not written.")
        else:
            path.write_text(content, encoding="utf-8")
            say(f"Wrote {path}")
    return sum(not target.met for target in targets)


def main(arguments: list[str] | None = None) -> int:
    options = build_parser().parse_args(arguments)
    layout = find_layout()
    try:
        if options.render:
            run, directory = Run.read(options.render), None
        else:
            directory = options.output or layout.build / "benchmarks"
            run = Benchmark(options, layout).measure()
        failed = publish(run, options, directory)
    except QueueError as error:
        print(f"benchmarks/run.py: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    if not run.results and not run.counted:
        return 1
    return 1 if options.strict and failed else 0


if __name__ == "__main__":
    sys.exit(main())
