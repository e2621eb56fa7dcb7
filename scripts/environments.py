"""
The virtual environments that the scripts work in, made when they are needed.

They live in ``build/``: one for tests for each version of Python, with the fork
installed editable and what Django's suite can use, and one for the demo, with
the fork as a user installs it.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from patchqueue.errors import QueueError
from patchqueue.layout import Layout, find_layout
from patchqueue.locks import locked
from patchqueue.manifest import load_manifest
from patchqueue.tree import fingerprint, refresh

# Set by tox and whoever else made an environment with the fork in it.
ACTIVE_VARIABLE = "DJANGO_TEST_ENVIRONMENT"

# Which of upstream's tests/requirements/*.txt a settings module of ours needs.
DRIVERS = {"test_postgres": "postgres", "test_mysql": "mysql", "test_oracle": "oracle"}

# What our tests use beside Django's: property tests, and a grammar of Oracle's.
TEST_REQUIREMENTS = ["hypothesis>=6.100", "sqlglot>=26"]

_HINTS = {
    "mysqlclient": (
        "It is compiled against a client library; on Debian: apt-get install "
        "libmariadb-dev pkg-config gcc"
    ),
}


class EnvironmentProblem(QueueError):
    """An environment cannot be made; str() is the message for the user."""


class Environment:
    """A virtual environment, and a record of what was put into it."""

    def __init__(self, directory: Path, python: str = sys.executable) -> None:
        self.directory = directory
        self.base = python

    @property
    def python(self) -> Path:
        if os.name == "nt":
            return self.directory / "Scripts" / "python.exe"
        return self.directory / "bin" / "python"

    def ensure(self) -> None:
        """Make the environment if there is none that works."""
        if self.python.exists() and self._runs("-m", "pip", "--version"):
            return
        say(f"Making the environment {self.directory} …")
        command = [self.base, "-m", "venv", "--clear", str(self.directory)]
        result = subprocess.run(command, capture_output=True, text=True)
        if result.returncode:
            raise EnvironmentProblem(
                f"{self.directory} cannot be made:\n{result.stdout}{result.stderr}"
                "Python's venv and ensurepip are needed; on Debian: "
                "apt-get install python3-venv"
            )
        for record in self.directory.glob("*.installed"):
            record.unlink()

    def install(self, what: str, arguments: Iterable[str], state: str = "") -> None:
        """
        Let pip install once what ``arguments`` say, and again if they change.

        ``what`` names it, to the user and in the record; ``state`` stands for the
        contents of files and directories among the arguments.
        """
        arguments = list(arguments)
        digest = hashlib.sha256("\0".join([*arguments, state]).encode()).hexdigest()
        record = self.directory / f"{what.replace(' ', '-')}.installed"
        if record.is_file() and record.read_text() == digest:
            return
        say(f"Installing {what} …")
        result = self._pip(arguments)
        if result.returncode:
            raise EnvironmentProblem(
                f"{what} could not be installed. pip said:\n{_errors(result)}"
            )
        record.write_text(digest)

    def install_each(self, what: str, requirements: list[str]) -> None:
        """Install what can be, and tell what cannot: its tests are skipped then."""
        try:
            self.install(what, requirements)
        except EnvironmentProblem:
            for requirement in requirements:
                if self._pip([requirement]).returncode:
                    say(f"Left out, since pip cannot install it here: {requirement}")

    def _pip(self, arguments: list[str]) -> subprocess.CompletedProcess[str]:
        options = ["--disable-pip-version-check", "--quiet", "--no-input"]
        return subprocess.run(
            [str(self.python), "-m", "pip", "install", *options, *arguments],
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            stdin=subprocess.DEVNULL,
        )

    def _runs(self, *arguments: str) -> bool:
        command = [str(self.python), *arguments]
        return not subprocess.run(command, capture_output=True).returncode


def ensure_test_environment(layout: Layout, settings: Iterable[str] = ()) -> Path:
    """
    Return the Python that runs Django's suite, with the composed tree behind it.

    ``settings`` are the names of the settings modules that will be used: those
    of ours bring the driver of their database. Where the variable
    DJANGO_TEST_ENVIRONMENT is "active" it is the Python that runs this, in whose
    environment the fork is installed already, as tox does it.
    """
    if note := refresh(layout):
        say(note)
    active = os.environ.get(ACTIVE_VARIABLE) == "active"
    if active:
        environment = Environment(Path(sys.prefix))
    else:
        version = "py{}.{}".format(*sys.version_info[:2])
        environment = Environment(layout.build / "environments" / f"tests-{version}")
    with locked(layout.build / "environments" / "lock"):
        if not active:
            environment.ensure()
            environment.install(
                "the composed Django",
                ["--editable", str(layout.root)],
                load_manifest(layout.manifest).fork_version,
            )
        _install_test_requirements(layout, environment, settings)
    return environment.python


def _install_test_requirements(
    layout: Layout, environment: Environment, settings: Iterable[str]
) -> None:
    requirements = layout.tree / "tests" / "requirements"
    environment.install_each(
        "what the tests use",
        [
            *read_requirements(requirements / "py3.txt"),
            # Oracle's SQL is compiled and parsed where there is no server.
            *read_requirements(requirements / "oracle.txt"),
            *TEST_REQUIREMENTS,
        ],
    )
    for driver in sorted({DRIVERS[name] for name in settings if name in DRIVERS}):
        needed = read_requirements(requirements / f"{driver}.txt")
        try:
            environment.install(f"the driver for {driver}", needed)
        except EnvironmentProblem as error:
            hints = [hint for name, hint in _HINTS.items() if name in str(needed)]
            raise EnvironmentProblem("\n".join([str(error), *hints])) from error


def ensure_demo_environment(python: str = sys.executable) -> Path:
    """Return a Python in whose environment the fork is installed, as users do it."""
    layout = find_layout()
    environment = Environment(layout.build / "environments" / "demo", python)
    with locked(layout.build / "environments" / "lock"):
        environment.ensure()
        environment.install(
            "the fork of Django", [str(layout.root)], fingerprint(layout)[0]
        )
    return environment.python


def read_requirements(file: Path) -> list[str]:
    """Return the requirements in ``file``, without comments."""
    lines = (line.partition("#")[0].strip() for line in file.read_text().splitlines())
    return [line for line in lines if line]


def say(message: str) -> None:
    print(message, flush=True)


def _errors(result: subprocess.CompletedProcess[str]) -> str:
    lines = result.stderr.splitlines()
    errors = [line for line in lines if "error" in line.lower()]
    return "\n".join((errors or lines)[-12:])
