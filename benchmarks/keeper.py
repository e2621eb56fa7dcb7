"""
The process that makes the databases, and drops them when it ends.

It is a worker like the others (see ``protocol``) in an environment that has the
drivers, so that the driver of the benchmark needs nothing but Python. When its
standard input ends, for whatever reason, the databases go.
"""

from __future__ import annotations

import contextlib
import signal
from pathlib import Path

from data import Data
from loading import load, temporary_database
from protocol import Message, serve
from servers import SQLITE, Connection


class Keeper:
    def __init__(self, stack: contextlib.ExitStack) -> None:
        self.stack = stack

    def __call__(self, request: Message) -> Message:
        try:
            if request.pop("do") == "make":
                return self.make(**request)
            self.stack.close()
        except Exception as error:  # A server that is not there, above all.
            return {"error": f"{type(error).__name__}: {' '.join(str(error).split())}"}
        return {}

    def make(
        self, vendor: str, name: str, directory: str, data: dict[str, int] | None
    ) -> Message:
        """Make a database, and fill it unless there is no data."""
        database = self.stack.enter_context(
            temporary_database(vendor, name, Path(directory))
        )
        connection = Connection(vendor, database)
        try:
            if data is not None:
                load(connection, Data(**data))
            version = connection.version().split(" on ")[0]
            if vendor != SQLITE and version[0].isdigit():
                version = version.split("-")[0]
        finally:
            connection.close()
        return {"database": database, "version": version.split("(")[0].strip()}


if __name__ == "__main__":
    # Ctrl-C reaches every process of the terminal; this one ends after the driver.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.ExitStack() as open_databases:
        serve(Keeper(open_databases))
