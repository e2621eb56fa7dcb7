"""What the commands of all benchmarks have in common."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from servers import TITLES


def make_parser(
    prog: str, description: str, contestants: Sequence[str], contestants_help: str = ""
) -> argparse.ArgumentParser:
    """Return a parser with the options that all benchmarks have."""
    parser = argparse.ArgumentParser(prog=prog, description=description)
    add = parser.add_argument
    add("--quick", action="store_true", help="small data, few rounds: does it run?")
    add("--databases", nargs="+", choices=list(TITLES), default=list(TITLES))
    add(
        "--contestants",
        nargs="+",
        choices=list(contestants),
        default=list(contestants),
        help=contestants_help or None,
    )
    add(
        "--fork-tree",
        type=Path,
        metavar="PATH",
        help="a Django source tree to measure as the fork, instead of build/django",
    )
    add("--output", type=Path, metavar="DIRECTORY", help="default: build/benchmarks")
    add(
        "--render",
        type=Path,
        metavar="FILE",
        help="measure nothing: print the tables of an earlier run's JSON file",
    )
    add("--strict", action="store_true", help="fail where a target is not met")
    return parser


def say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)
