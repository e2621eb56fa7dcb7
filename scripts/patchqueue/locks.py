"""One process at a time where two would be in each other's way."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows has other locks; there, nobody waits.
    fcntl = None  # type: ignore[assignment]

_held: set[Path] = set()


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """
    Hold the lock ``file``, and wait for a process that holds it.

    It is held once however often the process asks for it, and let go of by the
    system whatever becomes of the process.
    """
    if file in _held or fcntl is None:
        yield
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    with open(file, "w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"Waiting for another process to free {file} ...", file=sys.stderr)
            fcntl.flock(stream, fcntl.LOCK_EX)
        _held.add(file)
        try:
            yield
        finally:
            _held.remove(file)
