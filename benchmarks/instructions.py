"""
Counts the instructions that single-key operations execute, by Valgrind.

"Within one percent" cannot be told by a clock on a machine that does other things
as well: the same operation differs by more from one minute to the next. The number
of executed instructions does not depend on what else the machine does; and, unlike
a count of Python's calls, it has everything in it that Python and the database do.
What it does not see is memory that is slow to reach.

It depends a little on where things are in memory, as CPython's caches are indexed by
addresses. Therefore each contestant is counted in several processes, with another
arrangement and other hashes in each, and the least count of an operation is taken:
what gets into its way adds to it, nothing takes away.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from contestants import Contestant
from results import Counted

# The function of libffi that every call through ctypes goes through, in which the
# operations are done; see workers/single_key.py.
_FUNCTION = "ffi_call"

_SCRIPT = Path(__file__).resolve().parent / "workers" / "single_key.py"


ARRANGEMENTS = 5


class CannotCount(Exception):
    """str() tells why instructions cannot be counted here."""


def count(contestants: list[Contestant], arrangements: int) -> list[Counted]:
    """
    Return how many instructions each operation executes, by contestant.

    The contestants run at the same time: what is counted takes no clock.
    """
    if shutil.which("valgrind") is None:
        raise CannotCount("there is no valgrind")
    counts: dict[str, list[dict[str, int]]] = {c.name: [] for c in contestants}
    for arrangement in range(arrangements):
        with tempfile.TemporaryDirectory(prefix="benchmark-") as directory:
            running = []
            for contestant in contestants:
                room = Path(directory, contestant.name)
                room.mkdir()
                process = _start(contestant, room, arrangement)
                running.append((contestant.name, room, process))
            for name, room, process in running:
                counts[name].append(_finish(room, process))
    return [
        Counted(
            operation,
            {
                name: min(one[operation] for one in found)
                for name, found in counts.items()
            },
        )
        for operation in counts[contestants[0].name][0]
    ]


def try_once(contestants: list[Contestant]) -> None:
    """Do each operation without counting; raise CannotCount if one fails."""
    for contestant in contestants:
        result = subprocess.run(
            contestant.command(_SCRIPT),
            env=contestant.environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        if result.returncode:
            raise CannotCount(f"{contestant.name}: {result.stderr.strip()[-1_000:]}")


def _start(
    contestant: Contestant, room: Path, arrangement: int
) -> subprocess.Popen[str]:
    options = [
        "--tool=callgrind",
        f"--toggle-collect={_FUNCTION}",
        f"--dump-after={_FUNCTION}",
        f"--callgrind-out-file={room / 'counts'}",
    ]
    with open(room / "errors", "w") as errors:
        return subprocess.Popen(
            ["valgrind", *options, *contestant.command(_SCRIPT, str(arrangement))],
            env={**contestant.environ, "PYTHONHASHSEED": str(arrangement)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )


def _finish(room: Path, process: subprocess.Popen[str]) -> dict[str, int]:
    try:
        output, _ = process.communicate()
    except BaseException:
        process.kill()
        process.wait()
        raise
    if process.returncode:
        said = (room / "errors").read_text().strip()[-1_000:]
        raise CannotCount(f"an operation failed:\n{said}")
    found = {}
    for number, (name, times) in enumerate(json.loads(output), start=1):
        file = room / f"counts.{number}"
        match = (
            re.search(r"^totals: (\d+)", file.read_text(), re.M)
            if (file.is_file())
            else None
        )
        if match is None or not int(match[1]):
            raise CannotCount(
                f"valgrind counted nothing below {_FUNCTION}(): this Python's ctypes "
                "has a libffi without symbols"
            )
        found[name] = round(int(match[1]) / times)
    return found
