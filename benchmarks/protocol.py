"""
The words that the driver and a worker exchange: JSON, one object on each line.

The driver sends a request and waits for the reply; a worker has nothing to do
but what it was asked. Its standard output belongs to the replies alone: whatever
a library prints goes to standard error.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

Message = dict[str, Any]


# Seconds for what takes its time, e.g. filling a database.
PATIENCE = 1_800


class WorkerFailed(Exception):
    """
    A worker ended, did not answer in time, or could not do what it was asked; str()
    tells what it said.
    """


class Worker:
    """A process of one contestant, from the driver's side."""

    def __init__(self, command: list[str], environ: dict[str, str]) -> None:
        self.command = command
        self.environ = environ
        # What it wrote to standard error, once it has ended.
        self.last_words = ""
        self._errors: IO[str] = tempfile.TemporaryFile("w+")  # NOQA: SIM115
        self._process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self.command,
            env=self.environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
        )

    def ask(self, request: Message, timeout: float) -> Message:
        """
        Send a request and return the reply; ``timeout`` is in seconds.

        If there is none, the process is ended, and WorkerFailed is raised.
        """
        process = self._process
        assert process.stdin is not None
        try:
            process.stdin.write(json.dumps(request).encode() + b"\n")
            process.stdin.flush()
            reply: Message = json.loads(self._read_line(timeout))
        except (OSError, EOFError, TimeoutError, ValueError) as error:
            self.stop()
            raise WorkerFailed(self.last_words or str(error)) from error
        return reply

    def _read_line(self, timeout: float) -> bytes:
        assert self._process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            if not selector.select(timeout):
                raise TimeoutError(f"no answer within {timeout:g} s")
        line = self._process.stdout.readline()
        if not line:
            raise EOFError("the worker ended")
        return line

    def finish(self, timeout: float) -> None:
        """Let the process end by itself: it is told that there are no requests."""
        process = self._process
        if process.stdin is not None and not process.stdin.closed:
            process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout)
        self.stop()

    def stop(self) -> None:
        process = self._process
        if process.poll() is None:
            process.kill()
        process.wait()
        if not self._errors.closed:
            self._errors.seek(0)
            self.last_words = self._errors.read().strip()[-2_000:]
        for stream in (process.stdin, process.stdout, self._errors):
            # What was still to be written has no reader any more.
            with contextlib.suppress(OSError):
                if stream is not None:
                    stream.close()


def ask(worker: Worker, **request: Any) -> Message:
    """Return the reply to a request; an error that was replied is raised."""
    try:
        reply = worker.ask(request, PATIENCE)
    except WorkerFailed as error:
        last = str(error).splitlines()[-1:] or ["a process ended"]
        raise WorkerFailed(f"{request['do']}: {last[0]}") from error
    if "error" in reply:
        raise WorkerFailed(f"{request['do']}: {reply['error']}")
    return reply


def serve(answer: Callable[[Message], Message]) -> None:
    """Answer requests until there are no more: the worker's side."""
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    for line in sys.stdin:
        replies.write(json.dumps(answer(json.loads(line))) + "\n")
        replies.flush()


def clean_environ(**variables: str) -> dict[str, str]:
    """Return the environment without what could lead to another Django."""
    environ = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "DJANGO_"))
    }
    # A set of strings has the same order in each process then.
    environ.update(PYTHONHASHSEED="0", PYTHONUTF8="1", **variables)
    return environ


def worker_script() -> Path:
    return Path(__file__).resolve().parent / "worker.py"
