#!/usr/bin/env python3
"""
A running site on a legacy database whose tables have composite primary keys.

    python3 scripts/demo.py             set everything up, serve the site
    python3 scripts/demo.py --check     the same, exercise the site, and stop
    python3 scripts/demo.py --check --screenshots scripts/club/screenshots
                                        also take the README's screenshots
    python3 scripts/demo.py --reset     start again from the club's own rows

The site has pages of its own and the admin; who may log in is printed.

The site is a Django project in scripts/club/. Its database is made by plain SQL
(club/legacy.sql) and its models are what ``manage.py inspectdb`` says about
that database, unedited. Whatever is written at run time is in build/demo/.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import python_version  # NOQA: F401  isort: skip

from browser import browser_environment  # noqa: E402
from demo_check import CheckFailed, exercise  # noqa: E402
from environments import (  # noqa: E402
    EnvironmentProblem,
    ensure_demo_environment,
    ensure_test_environment,
)
from patchqueue.layout import find_layout  # noqa: E402

SCRIPTS = Path(__file__).resolve().parent
PROJECT = SCRIPTS / "club"
DATA = SCRIPTS.parent / "build" / "demo"

HOST = "127.0.0.1"
DEFAULT_PORT = 8000
# Who may log in to the admin. The site listens on this machine only.
USER, PASSWORD = "owl", "dice"
ADD_USER = f"""
from django.contrib.auth.models import User
if not User.objects.filter(username="{USER}").exists():
    User.objects.create_superuser("{USER}", "", "{PASSWORD}")
"""

TABLES = ["person", "campaign", "person_campaign", "session_log"]
START_TIMEOUT = 120  # Seconds; a busy machine may take a while to import Django.


class DemoProblem(Exception):
    """The demo cannot go on; str() is the message for the user."""


def say(message: str) -> None:
    print(message, flush=True)


class Project:
    """The club's Django project, run by one Python on one data directory."""

    def __init__(self, python: Path, data: Path) -> None:
        self.python = python
        self.data = data

    def command(self, *args: str) -> list[str]:
        return [str(self.python), str(PROJECT / "manage.py"), *args]

    def environ(self) -> dict[str, str]:
        """Return the environment without what could lead to another Django."""
        environ = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PYTHON", "DJANGO_"))
        }
        environ.update(
            CLUB_DATA_DIR=str(self.data),
            DJANGO_SETTINGS_MODULE="website.settings",
            DJANGO_RUNSERVER_HIDE_WARNING="true",
            PYTHONDONTWRITEBYTECODE="1",
            PYTHONUNBUFFERED="1",
            PYTHONUTF8="1",
        )
        return environ

    def manage(self, *args: str) -> str:
        """Run a management command and return what it prints."""
        return self.run(f"manage.py {args[0]}", self.command(*args), self.environ())

    def run(self, name: str, command: list[str], environ: dict[str, str]) -> str:
        result = subprocess.run(
            command,
            cwd=PROJECT,
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        if result.returncode:
            printed = "\n".join([result.stdout.rstrip(), result.stderr.rstrip()])
            raise DemoProblem(f"{name} failed:\n{printed.strip()}")
        return result.stdout

    def check_admin(self) -> str:
        """Open every page of the admin; return what it says in the end."""
        command = [str(self.python), "-m", "admin_pages"]
        environ = {**self.environ(), "PYTHONPATH": str(SCRIPTS)}
        return self.run("admin_pages", command, environ).splitlines()[-1]

    def prepare(self) -> None:
        """Make the database and its models, and what the admin needs."""
        self.make_database()
        self.make_models()
        self.manage("check")
        self.manage("migrate", "--verbosity=0")
        self.manage("shell", "--no-imports", "--command", ADD_USER)

    def make_database(self) -> None:
        """Load legacy.sql, unless the database was made from this very file."""
        source = PROJECT / "legacy.sql"
        loaded, database = self.data / "legacy.sql", self.data / "club.sqlite3"
        sql = source.read_text(encoding="utf-8")
        if database.exists() and loaded.exists():
            if loaded.read_text(encoding="utf-8") == sql:
                say(f"Database: {database} (kept as you left it; --reset starts anew)")
                return
            say("Database: legacy.sql has changed, starting anew")
        say(f"Database: loading {source.name} into {database}")
        try:
            import sqlite3
        except ImportError as exc:
            raise DemoProblem(f"{sys.executable} was built without SQLite.") from exc
        self.data.mkdir(parents=True, exist_ok=True)
        # Only a complete database gets the name under which it is looked for.
        unfinished = self.data / f"club.sqlite3.{os.getpid()}"
        unfinished.unlink(missing_ok=True)
        try:
            with contextlib.closing(sqlite3.connect(unfinished)) as connection:
                connection.executescript(sql)
                if connection.execute("PRAGMA foreign_key_check").fetchone():
                    raise DemoProblem("legacy.sql: a foreign key points nowhere.")
            os.replace(unfinished, database)
        except sqlite3.Error as exc:
            raise DemoProblem(f"legacy.sql cannot be loaded: {exc}") from exc
        finally:
            unfinished.unlink(missing_ok=True)
        loaded.write_text(sql, encoding="utf-8")

    def make_models(self) -> None:
        """Write what inspectdb prints, as it is, where the site imports it."""
        package = self.data / "legacy"
        say(f"Models: manage.py inspectdb > {package / 'models.py'}")
        package.mkdir(exist_ok=True)
        (package / "__init__.py").touch()
        settings = "--settings=website.database_settings"
        source = self.manage("inspectdb", settings, *TABLES)
        if "CompositePrimaryKey(" not in source:
            raise DemoProblem("inspectdb did not find the composite key.")
        unfinished = package / f"models.py.{os.getpid()}"
        unfinished.write_text(source, encoding="utf-8")
        os.replace(unfinished, package / "models.py")

    @contextlib.contextmanager
    def serving(
        self, port: int, log: Path | None = None
    ) -> Iterator[tuple[str, subprocess.Popen[str]]]:
        """Run the site and yield its address and process; stop it in the end."""
        with contextlib.ExitStack() as stack:
            errors = stack.enter_context(log.open("w")) if log else None
            # Ctrl-C reaches every process of the terminal. The server leaves
            # it to this one, which stops it without a traceback.
            interrupt = signal.signal(signal.SIGINT, signal.SIG_IGN)
            try:
                process = subprocess.Popen(
                    self.command("runserver", "--noreload", f"{HOST}:{port}"),
                    env=self.environ(),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=errors,
                    encoding="utf-8",
                )
                stack.callback(stop, process)
            finally:
                signal.signal(signal.SIGINT, interrupt)
            yield self.wait_for_address(process), process

    def wait_for_address(self, process: subprocess.Popen[str]) -> str:
        """
        Return the address that runserver announces.

        It does so when it listens, and names the port that it got for port 0.
        That nobody else can answer there makes it better than asking the port.
        """
        assert process.stdout is not None
        timer = threading.Timer(START_TIMEOUT, process.kill)
        timer.start()
        try:
            for line in process.stdout:
                if match := re.search(r"development server at (http://\S+)", line):
                    return match[1]
        finally:
            timer.cancel()
        raise DemoProblem("The site did not start.")


def stop(process: subprocess.Popen[str]) -> None:
    """End a process that this script started, and wait until it is gone."""
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


def choose_port(wanted: int | None) -> int:
    """Return the port to listen on; 0 leaves the choice to the system."""
    port = DEFAULT_PORT if wanted is None else wanted
    with socket.socket() as probe:
        if os.name == "posix":  # As runserver does.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as exc:
            if wanted is None:
                say(f"Port {port} is taken, using a free one")
                return 0
            raise DemoProblem(
                f"Cannot listen on port {port}: {exc.strerror}. Name another with "
                "--port, or leave it out to get a free one."
            ) from exc
    return port


def serve(python: Path, port: int | None, reset: bool) -> int:
    chosen = choose_port(port)
    if reset:
        say(f"Reset: removing the demo's own files from {DATA}")
        for name in ("club.sqlite3", "legacy.sql"):
            (DATA / name).unlink(missing_ok=True)
        shutil.rmtree(DATA / "legacy", ignore_errors=True)
    project = Project(python, DATA)
    project.prepare()
    with project.serving(chosen) as (address, process):
        say(
            f"\n    The site runs at {address}"
            f"\n    The admin is at  {address}admin/ (user {USER}, password {PASSWORD})"
            "\n    Stop it with Ctrl-C.\n"
        )
        try:
            returncode = process.wait()
        except KeyboardInterrupt:
            say("\nStopped.")
            return 0
    raise DemoProblem(f"The site ended by itself, with exit code {returncode}.")


def take_screenshots(address: str, directory: Path) -> None:
    """Use the admin in Chromium; write what it looks like to a directory."""
    layout = find_layout()
    environ = {**os.environ, **browser_environment(layout), "PYTHONUTF8": "1"}
    command = [
        str(ensure_test_environment(layout)),
        str(SCRIPTS / "demo_screenshots.py"),
        *(address, USER, PASSWORD, str(directory)),
    ]
    if subprocess.run(command, env=environ).returncode:
        raise DemoProblem("The screenshots could not be taken.")


def check(python: Path, port: int | None, screenshots: Path | None) -> int:
    """Exercise the site on data of its own, which leaves yours alone."""
    chosen = 0 if port is None else choose_port(port)
    DATA.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="check-", dir=DATA) as data:
        project = Project(python, Path(data))
        project.prepare()
        log = Path(data) / "server.log"
        try:
            with project.serving(chosen, log) as (address, _):
                say(f"Site: {address}")
                exercise(address, say)
                if screenshots is not None:
                    say(f"Screenshots: {screenshots}")
                    take_screenshots(address, screenshots)
            say(f"Admin: {project.check_admin()}")
        except (CheckFailed, DemoProblem) as exc:
            tail = log.read_text(encoding="utf-8", errors="replace").splitlines()[-30:]
            raise DemoProblem(
                "\n    ".join([str(exc), "The site's last words:", *tail])
            ) from exc
    say("The demo works.")
    return 0


def port_number(text: str) -> int:
    if text.isdecimal() and 0 <= int(text) <= 65535:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a port (0 to 65535)")


def end(signum: int, frame: FrameType | None) -> None:
    """Turn a signal into an exception, so that the server is stopped as well."""
    raise SystemExit(128 + signum)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description="Run the demo: a site on a legacy database with composite "
        "primary keys.",
    )
    parser.add_argument(
        "--port",
        type=port_number,
        help=f"the port to listen on (default: {DEFAULT_PORT}, or a free one if "
        "that is taken)",
    )
    action = parser.add_mutually_exclusive_group()
    action.add_argument(
        "--check",
        action="store_true",
        help="exercise the site over HTTP on data of its own, then stop; exit "
        "code 0 if all is well",
    )
    action.add_argument(
        "--reset",
        action="store_true",
        help="discard what you changed and start from the club's own rows",
    )
    parser.add_argument(
        "--screenshots",
        type=Path,
        metavar="DIRECTORY",
        help="with --check: use the site in Chromium, too, and write PNGs there",
    )
    options = parser.parse_args(argv)
    if options.screenshots and not options.check:
        parser.error("--screenshots is for --check")
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), end)
    try:
        python = ensure_demo_environment()
        if options.check:
            return check(python, options.port, options.screenshots)
        return serve(python, options.port, options.reset)
    except (DemoProblem, EnvironmentProblem, OSError) as exc:
        print(f"demo.py: {exc}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
