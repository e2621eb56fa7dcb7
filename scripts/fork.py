#!/usr/bin/env python3
"""The fork's queue of patches: compose it, export to it, check it, and carry it."""

import argparse
import io
import sys
from functools import partial
from pathlib import Path

import python_version  # NOQA: F401  isort: skip

from patchqueue.checks import find_violations
from patchqueue.errors import QueueError, describe
from patchqueue.export import Destination, export
from patchqueue.layout import Layout, find_layout
from patchqueue.mails import run_labels, verify_series, write_series
from patchqueue.rebase import rebase
from patchqueue.tree import compose


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="fork.py", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")

    verb = verbs.add_parser("compose", help="make build/django what the queue says")
    verb.add_argument(
        "--discard", action="store_true", help="give up work that was not exported"
    )

    verb = verbs.add_parser("export", help="take edits in build/django into the queue")
    verb.add_argument("--topic", help="what takes the edits and the new files")
    verb.add_argument(
        "-m",
        "--message",
        help="the topic's subject, an empty line and why it exists; makes a new topic, "
        "or rewords a known one",
    )
    verb.add_argument("--ticket", help="upstream's ticket, and what became of it")
    verb.add_argument("--drop-when", help="what must happen for the topic to go")
    verb.add_argument(
        "--supersede",
        action="append",
        default=[],
        metavar="PATH",
        help="replace this upstream file whole instead of patching it",
    )

    verbs.add_parser("check", help="tell which of the queue's rules are broken")

    verb = verbs.add_parser("series", help="write the mails for upstream's review")
    verb.add_argument("--output", type=Path, metavar="DIRECTORY")
    verb.add_argument(
        "--verify", action="store_true", help="'git am' them onto the pristine release"
    )
    verb.add_argument(
        "--test", action="store_true", help="verify, and run each topic's tests there"
    )

    verb = verbs.add_parser("rebase", help="carry the queue to another Django")
    verb.add_argument(
        "version", nargs="?", help="default: the version of an edited manifest"
    )
    verb.add_argument(
        "--report", action="store_true", help="only tell what would apply"
    )
    verb.add_argument(
        "--relock",
        action="store_true",
        help="lock files that ours replace as the other release has them",
    )
    return parser


def run_compose(layout: Layout, options: argparse.Namespace) -> int:
    print(compose(layout, discard=options.discard))
    return 0


def run_export(layout: Layout, options: argparse.Namespace) -> int:
    written = export(
        layout,
        Destination(
            topic=options.topic,
            message=options.message,
            ticket=options.ticket,
            drop_when=options.drop_when,
            supersede=options.supersede,
        ),
    )
    for path in written:
        print(f"wrote {path}")
    if not written:
        print("Nothing to export: the queue says what is in the tree.")
    return 0


def run_check(layout: Layout, options: argparse.Namespace) -> int:
    violations = find_violations(layout)
    for violation in violations:
        print(" ".join(violation.split()))
    if violations:
        return 1
    print("The queue is sound.")
    return 0


def run_series(layout: Layout, options: argparse.Namespace) -> int:
    directory = options.output or layout.build / "series"
    mails = write_series(layout, directory)
    print(f"Wrote {len(mails)} mail{'' if len(mails) == 1 else 's'}: {directory}")
    if options.verify or options.test:
        run_tests = None
        if options.test:
            from environments import ensure_test_environment

            python = ensure_test_environment(layout)
            run_tests = partial(run_labels, python)
        for line in verify_series(layout, mails, run_tests):
            print(line, flush=True)
    return 0


def run_rebase(layout: Layout, options: argparse.Namespace) -> int:
    for line in rebase(
        layout, options.version, report_only=options.report, relock=options.relock
    ):
        print(line)
    return 0


def main(arguments: list[str] | None = None) -> int:
    options = build_parser().parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A path may have characters that the terminal does not.
        sys.stdout.reconfigure(errors="backslashreplace")
    verbs = {
        "compose": run_compose,
        "export": run_export,
        "check": run_check,
        "series": run_series,
        "rebase": run_rebase,
    }
    try:
        return verbs[options.verb](find_layout(), options)
    except QueueError as error:
        print(f"fork.py {options.verb}: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"fork.py {options.verb}: {describe(error)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
