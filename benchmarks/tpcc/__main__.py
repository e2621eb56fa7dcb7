#!/usr/bin/env python3
"""
TPC-C by the fork's ORM and by SQLAlchemy's, side by side.

    python3 benchmarks/tpcc                   one warehouse, on every database
    python3 benchmarks/tpcc --quick           small data: does it run?
    python3 benchmarks/tpcc --databases postgresql --connections 8

benchmarks/README.md tells what is done, and how to read the result.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path

BENCHMARKS = Path(__file__).resolve().parents[1]
sys.path[0] = str(BENCHMARKS)
sys.path.insert(1, str(BENCHMARKS.parent / "scripts"))

import python_version  # NOQA: E402, F401  isort: skip

from commands import make_parser, say  # NOQA: E402
from contestants import FORK, SQLALCHEMY, Contestant, NotHere, Preparation  # NOQA: E402
from judged import circumstances, run  # NOQA: E402
from patchqueue.layout import Layout  # NOQA: E402
from protocol import Worker, WorkerFailed, ask, clean_environ  # NOQA: E402
from servers import TITLES  # NOQA: E402
from tpcc.game import SCRIPT, Rules, play  # NOQA: E402
from tpcc.outcome import Outcome  # NOQA: E402
from tpcc.values import FULL, QUICK  # NOQA: E402


def build_parser() -> argparse.ArgumentParser:
    parser = make_parser(
        "benchmarks/tpcc",
        "TPC-C by the fork's ORM and by SQLAlchemy's, side by side.",
        [FORK, SQLALCHEMY],
        "the fork is always there: it makes the tables and checks them",
    )
    add = parser.add_argument
    add("--warehouses", type=int, default=1, metavar="N")
    add("--items", type=int, metavar="N", help="and so many stocks of a warehouse")
    add("--customers", type=int, metavar="N", help="of each of ten districts")
    add("--transactions", type=int, metavar="N", help="in a round (default: 1000)")
    add("--connections", type=int, default=4, metavar="N", help="one on SQLite")
    add("--rounds", type=int, metavar="N", help="that count (default: 6)")
    add("--seed", type=int, default=1, metavar="N")
    return parser


def make_rules(options: argparse.Namespace) -> Rules:
    scale = replace(QUICK if options.quick else FULL, warehouses=options.warehouses)
    if options.items:
        scale = replace(scale, items=options.items)
    if options.customers:
        scale = replace(scale, customers=options.customers)
    rules = Rules(scale, options.seed, options.connections)
    if options.quick:
        rules = replace(rules, rounds=2, transactions=100, traced=69)
    if options.rounds is not None:
        rules = replace(rules, rounds=options.rounds)
    if options.transactions:
        rules = replace(rules, transactions=options.transactions)
    return rules


def measure(options: argparse.Namespace, layout: Layout, rules: Rules) -> Outcome:
    preparation = Preparation(layout, options.databases, options.fork_tree)
    python = preparation.drivers_alone()
    left_out: list[str] = []
    about = {
        **circumstances(),
        "scale": asdict(rules.scale),
        "rules": {k: v for k, v in asdict(rules).items() if k != "scale"},
        "contestants": {},
        "databases": {},
        "left_out": left_out,
    }
    outcome = Outcome(about)
    contestants: list[Contestant] = []
    for name in dict.fromkeys([FORK, *options.contestants]):
        try:
            contestant = preparation.contestant(name)
            about["contestants"][name] = contestant.ask_about(SCRIPT)
        except (NotHere, WorkerFailed) as error:
            if name == FORK:
                raise
            left_out.append(f"{name}: {error}")
        else:
            contestants.append(contestant)
    room = layout.build / "benchmarks"
    room.mkdir(parents=True, exist_ok=True)
    for vendor in options.databases:
        begun = time.time()
        keeper = Worker([str(python), str(BENCHMARKS / "keeper.py")], clean_environ())
        try:
            databases = {}
            for contestant in contestants:
                reply = ask(
                    keeper,
                    do="make",
                    vendor=vendor,
                    name=f"composite_tpcc_{contestant.name}",
                    directory=str(room),
                    data=None,
                )
                databases[contestant.name] = reply["database"]
                about["databases"][vendor] = reply["version"]
            outcome.scores += play(
                contestants,
                vendor,
                databases,
                rules,
                lambda line: say(
                    f"{TITLES[vendor]}: {line}: {time.time()-begun:.1f} s"
                ),
            )
        except WorkerFailed as error:
            say(f"Left out: {TITLES[vendor]}: {error}")
            left_out.append(f"{TITLES[vendor]}: {error}")
        finally:
            keeper.finish(timeout=120)
    return outcome


def main(arguments: list[str] | None = None) -> int:
    options = build_parser().parse_args(arguments)
    rules = make_rules(options)
    return run(Outcome, options, lambda layout: measure(options, layout, rules))


if __name__ == "__main__":
    sys.exit(main())
