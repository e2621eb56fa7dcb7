"""Kills its own process, as a power failure would, at a moment that can be repeated."""

import os
import signal
import sys
from typing import Any

from django.apps import AppConfig
from django.db.backends.signals import connection_created

# What only asks changes nothing that a failure could leave behind.
_QUESTIONS = ("SELECT", "SHOW", "PRAGMA table", "PRAGMA index", "PRAGMA foreign_key_")


class Executioner:
    """Counts statements, and kills the process before one of them."""

    def __init__(self, last: int) -> None:
        self.last = last
        self.counted = 0

    def __call__(self, execute: Any, sql: str, *arguments: Any) -> Any:
        if not sql.lstrip("( \n").startswith(_QUESTIONS):
            self.counted += 1
            if self.counted == self.last:
                os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, *arguments)


class TrialsConfig(AppConfig):
    name = "trials"

    def ready(self) -> None:
        if "TRIAL_KILL" in os.environ:
            executioner = Executioner(int(os.environ["TRIAL_KILL"]))

            def arm(sender: Any, connection: Any, **kwargs: Any) -> None:
                connection.execute_wrappers.append(executioner)

            connection_created.connect(arm, weak=False)
            if os.environ["TRIAL_KILL"] == "0":
                import atexit

                atexit.register(
                    lambda: print(f"counted {executioner.counted}", file=sys.stderr)
                )
