"""
Projects whose models change, and the migrations that makemigrations writes for them.

A history has versions: what the models are, one after another. Each version has a
room, a directory with the apps at that time and the migrations so far.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent

from .databases import Database

HERE = Path(__file__).resolve().parent
PATIENCE = 600
HEAD = "from django.db import models\n\n\n"


class TrialFailed(Exception):
    """str() says what isn't as it should be."""


@dataclass
class Version:
    """The models of each app, and what is done with them once they are migrated."""

    models: dict[str, str]
    # Migrations that are written by hand: {app: {name: source}}; else makemigrations.
    migrations: dict[str, dict[str, str]] = field(default_factory=dict)
    # Statements of Python that must work with these models; they leave no rows.
    use: str = ""
    # The tables have more columns than the models say.
    expanded: bool = False


@dataclass
class History:
    name: str
    versions: list[Version]
    # Python, with the first version's models.
    rows: str
    # How many links the rows have, so that none is lost unnoticed.
    links: int
    squash: str | None = None

    @property
    def apps(self) -> list[str]:
        return list(self.versions[0].models)


@dataclass
class Outcome:
    status: int
    output: str

    def expect_success(self, what: str) -> str:
        if self.status:
            lines = self.output.rstrip().splitlines()
            raise TrialFailed("\n    ".join([f"{what} failed:", *lines[-14:]]))
        return self.output


class Room:
    """A directory with the apps of a version, in which commands are run."""

    def __init__(self, directory: Path, apps: Sequence[str]) -> None:
        self.directory = directory
        self.apps = list(apps)

    def environment(
        self, database: Database | None, **variables: str
    ) -> dict[str, str]:
        return {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "trials.settings",
            "PYTHONPATH": os.pathsep.join(
                [str(HERE.parent), os.environ.get("PYTHONPATH", "")]
            ).rstrip(os.pathsep),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONUTF8": "1",
            "TRIAL_ROOM": str(self.directory),
            "TRIAL_APPS": " ".join(self.apps),
            **(database.environment if database else {"TRIAL_DATABASE": ":memory:"}),
            **variables,
        }

    def start(
        self, commands: list[list[str]], database: Database | None, **variables: str
    ) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, str(HERE / "child.py"), json.dumps(commands)],
            env=self.environment(database, **variables),
            cwd=self.directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(
        self, *commands: list[str], on: Database | None = None, **variables: str
    ) -> Outcome:
        process = self.start(list(commands), on, **variables)
        try:
            output, _ = process.communicate(timeout=PATIENCE)
        except BaseException:
            process.send_signal(signal.SIGKILL)
            process.wait()
            raise
        return Outcome(process.returncode, output)

    def write(self, version: Version) -> None:
        for app, source in version.models.items():
            package = self.directory / app
            (package / "migrations").mkdir(parents=True, exist_ok=True)
            (package / "__init__.py").touch()
            (package / "migrations" / "__init__.py").touch()
            text = dedent(source)
            if "import models" not in text:
                text = HEAD + text
            (package / "models.py").write_text(text)

    def copy(self, directory: Path) -> Room:
        shutil.copytree(self.directory, directory)
        return Room(directory, self.apps)

    def with_models(self, other: Room) -> Room:
        """Return a room with another one's models and this one's migrations."""
        if other.directory == self.directory:
            return self
        directory = other.directory.with_name(f"{other.directory.name}-migrated")
        if directory.exists():
            return Room(directory, self.apps)
        room = self.copy(directory)
        for app in self.apps:
            shutil.copy(other.directory / app / "models.py", directory / app)
        return room

    def leaves(self) -> dict[str, str]:
        """Return the name of the last migration of each app."""
        return {
            app: max(
                path.stem
                for path in (self.directory / app / "migrations").glob("[0-9]*.py")
            )
            for app in self.apps
        }


@dataclass
class Prepared:
    """A history whose migrations are written."""

    history: History
    # With the migrations of all versions up to each one.
    rooms: list[Room]
    # With a first migration that makes the models of a version.
    fresh: list[Room]
    squashed: Room | None = None

    def go(self, version: int) -> list[list[str]]:
        """Return the commands that migrate to a version."""
        leaves = self.rooms[version].leaves()
        return [["migrate", app, leaves[app]] for app in self.history.apps]


def check_quiet(room: Room) -> None:
    room.run(["makemigrations", "--check", "--dry-run"]).expect_success(
        "makemigrations --check"
    )


def prepare(history: History, directory: Path) -> Prepared:
    """Write each version's models, and let makemigrations write the migrations."""
    directory.mkdir(parents=True)
    rooms: list[Room] = []
    fresh: list[Room] = []
    for number, version in enumerate(history.versions):
        path = directory / f"version-{number}"
        if rooms:
            room = rooms[-1].copy(path)
        else:
            path.mkdir()
            room = Room(path, history.apps)
        room.write(version)
        check = ["makemigrations", "--check", "--dry-run"]
        if version.migrations:
            for app, files in version.migrations.items():
                for name, source in files.items():
                    file = path / app / "migrations" / f"{name}.py"
                    file.write_text(dedent(source))
            outcome = room.run(["check"], check)
        else:
            make = ["makemigrations", "--no-input", *history.apps]
            outcome = room.run(["check"], make, check)
        outcome.expect_success(f"version {number}: makemigrations")
        rooms.append(room)
        anew = Room(directory / f"fresh-{number}", history.apps)
        anew.directory.mkdir()
        anew.write(version)
        make = ["makemigrations", "--no-input", *history.apps]
        anew.run(make).expect_success(f"version {number}: makemigrations, anew")
        fresh.append(anew)
    prepared = Prepared(history, rooms, fresh)
    if history.squash:
        prepared.squashed = rooms[-1].copy(directory / "squashed")
        last = rooms[-1].leaves()[history.squash]
        prepared.squashed.run(
            ["squashmigrations", history.squash, last, "--no-input"],
            ["makemigrations", "--check", "--dry-run"],
        ).expect_success("squashmigrations")
    return prepared
