"""
Who takes part, and in which environment.

Each contestant has an environment of its own in ``build/environments``, made by
``scripts/environments.py``.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from environments import Environment, EnvironmentProblem
from patchqueue.layout import Layout
from patchqueue.manifest import load_manifest
from patchqueue.tree import refresh
from protocol import Worker, WorkerFailed, ask, clean_environ
from servers import DRIVERS

FORK, PRISTINE, NEWER, SQLALCHEMY = "fork", "django-5.2", "django-6.1", "sqlalchemy"
CONTESTANTS = (FORK, PRISTINE, NEWER, SQLALCHEMY)

# What later Django does, for comparison: raise it when there is a release.
NEWER_DJANGO = "6.1.3"
NEWER_PYTHON = (3, 12)
SQLALCHEMY_RELEASES = "SQLAlchemy>=2.0.30,<3"

_VERSION = "import sys; print(*sys.version_info[:2])"


class NotHere(Exception):
    """A contestant cannot take part on this machine; str() tells why."""


@dataclass(frozen=True)
class Contestant:
    """A contestant whose environment is ready."""

    name: str
    orm: str  # As worker.py knows it.
    python: Path
    environ: dict[str, str]
    # Where its Django must come from; no wrong one is ever measured.
    home: Path | None = None

    def command(self, script: Path, *arguments: str) -> list[str]:
        return [str(self.python), str(script), *arguments]

    def ask_about(self, script: Path) -> dict[str, str]:
        """
        Return the versions that a worker finds in the environment; a wrong Django
        does not pass.
        """
        worker = Worker(self.command(script, self.orm), self.environ)
        try:
            about = ask(worker, do="about")
        finally:
            worker.stop()
        path = Path(about["path"]).resolve()
        if self.home and self.home.resolve() not in path.parents:
            raise WorkerFailed(f"{self.name} is not from {self.home}: {path}")
        return about


class Preparation:
    """Makes the environments, for the drivers of the chosen databases."""

    def __init__(
        self, layout: Layout, databases: Iterable[str], fork_tree: Path | None = None
    ) -> None:
        self.layout = layout
        self.fork_tree = fork_tree
        self.drivers = [DRIVERS[name] for name in databases if name in DRIVERS]
        # Byte code of trees that are not ours is not left in them.
        self.environ = clean_environ(
            PYTHONPYCACHEPREFIX=str(layout.build / "benchmarks" / "bytecode")
        )

    def environment(self, name: str, python: str = sys.executable) -> Environment:
        directory = self.layout.build / "environments" / f"benchmark-{name}"
        environment = Environment(directory, python)
        environment.ensure()
        for driver in self.drivers:
            # By itself: one that cannot be had is told, and its database skipped.
            environment.install_each(re.split("[^a-z]", driver)[0], [driver])
        return environment

    def drivers_alone(self) -> Path:
        """Return a Python that has the databases' drivers and nothing else."""
        return self.environment("data").python

    def contestant(self, name: str) -> Contestant:
        """Return a contestant, or raise NotHere."""
        method = {
            FORK: self._fork,
            PRISTINE: self._pristine,
            NEWER: self._newer,
            SQLALCHEMY: self._sqlalchemy,
        }[name]
        try:
            return method()
        except EnvironmentProblem as error:
            raise NotHere(str(error).strip().splitlines()[-1]) from error

    def _fork(self) -> Contestant:
        refresh(self.layout)
        environment = self.environment(FORK)
        environment.install(
            "the composed Django", ["--editable", str(self.layout.root)]
        )
        environ, home = self.environ, self.layout.tree
        if self.fork_tree:
            home = self.fork_tree.resolve()
            if not (home / "django" / "__init__.py").is_file():
                raise NotHere(f"{home} is not a Django source tree")
            environ = {**environ, "PYTHONPATH": str(home)}
        return Contestant(FORK, "django", environment.python, environ, home)

    def _pristine(self) -> Contestant:
        version = load_manifest(self.layout.manifest).version
        environment = self.environment(PRISTINE)
        environment.install(f"Django {version}", [f"Django=={version}"])
        return self._installed(PRISTINE, "django", environment)

    def _newer(self) -> Contestant:
        python = find_python(NEWER_PYTHON)
        if python is None:
            raise NotHere(
                "no Python {}.{} or later was found on PATH or in pyenv".format(
                    *NEWER_PYTHON
                )
            )
        environment = self.environment(NEWER, python)
        environment.install(f"Django {NEWER_DJANGO}", [f"Django=={NEWER_DJANGO}"])
        return self._installed(NEWER, "django", environment)

    def _sqlalchemy(self) -> Contestant:
        environment = self.environment(SQLALCHEMY)
        environment.install("SQLAlchemy", [SQLALCHEMY_RELEASES])
        return self._installed(SQLALCHEMY, "sqlalchemy", environment)

    def _installed(self, name: str, orm: str, environment: Environment) -> Contestant:
        home = environment.directory.resolve()
        return Contestant(name, orm, environment.python, self.environ, home)


def find_python(least: tuple[int, int]) -> str | None:
    """
    Return a Python of at least this version: the oldest there is, None if none.

    A name on PATH may be a stand-in of pyenv's that runs nothing: each is tried.
    """
    if sys.version_info[:2] >= least:
        return sys.executable
    found: dict[tuple[int, int], str] = {}
    for candidate in _candidates(least):
        result = subprocess.run(
            [candidate, "-c", _VERSION], capture_output=True, text=True
        )
        if not result.returncode:
            major, minor = map(int, result.stdout.split())
            found.setdefault((major, minor), candidate)
    fitting = sorted(version for version in found if version >= least)
    return found[fitting[0]] if fitting else None


def _candidates(least: tuple[int, int]) -> Iterator[str]:
    major, minor = least
    for number in range(minor, minor + 6):
        if path := shutil.which(f"python{major}.{number}"):
            yield path
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    for path_ in sorted((root / "versions").glob(f"{major}.*/bin/python")):
        yield str(path_)
