#!/usr/bin/env python3
"""
PostgreSQL and MariaDB for the tests, from Debian's packages.

    python3 scripts/services.py

leaves alone what answers on the loopback interface, installs what is missing
(as root, with apt-get), and starts a server of its own, with its data below
/var/tmp/, where none answers. They have no passwords, and listen on the loopback
interface only.
"""

from __future__ import annotations

import argparse
import os
import pwd
import shutil
import socket
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path

HOST = "127.0.0.1"
START_TIMEOUT = 60  # Seconds.


class ServiceProblem(Exception):
    """A server cannot be had; str() is the message for the user."""


class Service(ABC):
    """A database server: where it answers, what it is made of, how it starts."""

    name: str
    # The account that it runs as where this script runs as root.
    account: str
    package: str
    # Where Debian puts its programs, and the one that is the server.
    programs: str
    server: str

    def __init__(self, port: int) -> None:
        self.port = port
        # Outside of the checkout: the account must be able to reach its data.
        self.data = Path("/var/tmp") / f"django-{self.name}-{port}"
        self.log = self.data.with_suffix(".log")

    @abstractmethod
    def start(self) -> None:
        """Start the server, and first make its data where there is none."""

    def ensure(self) -> str:
        """Make the server answer, and return a line that tells what that took."""
        if self.answers():
            return f"{self.name} answers on {HOST}:{self.port}."
        if self.program(self.server) is None:
            install([self.package])
            if self.answers():  # Some systems start what they install.
                return f"{self.name} was installed and answers on {HOST}:{self.port}."
        self.start()
        deadline = time.monotonic() + START_TIMEOUT
        while not self.answers():
            if time.monotonic() > deadline:
                raise ServiceProblem(f"{self.name} does not start: see {self.log}.")
            time.sleep(0.2)
        return f"{self.name} was started on {HOST}:{self.port}."

    def answers(self) -> bool:
        try:
            with socket.create_connection((HOST, self.port), timeout=2):
                return True
        except OSError:
            return False

    def program(self, name: str) -> str | None:
        directories = sorted(map(str, Path("/").glob(self.programs)), reverse=True)
        return shutil.which(name, path=os.pathsep.join(directories))

    def make_data(self) -> None:
        self.data.mkdir(mode=0o700)
        self.log.touch()
        if os.geteuid() == 0:
            account = pwd.getpwnam(self.account)
            for path in (self.data, self.log):
                os.chown(path, account.pw_uid, account.pw_gid)

    @property
    def user(self) -> str | None:
        """The account to run as: the servers refuse to work as root."""
        return self.account if os.geteuid() == 0 else None

    def run(self, program: str, *arguments: str) -> None:
        """Run one of the server's programs as its account."""
        result = subprocess.run(
            [str(self.program(program)), *arguments],
            user=self.user,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            cwd="/",
        )
        if result.returncode:
            raise ServiceProblem(f"{program} failed:\n{result.stderr[-2000:]}")


class PostgreSQL(Service):
    name = "postgresql"
    account = "postgres"
    package = "postgresql"
    programs = "usr/lib/postgresql/*/bin"
    server = "postgres"

    def start(self) -> None:
        data = f"--pgdata={self.data}"
        if not (self.data / "PG_VERSION").exists():
            self.make_data()
            options = ["--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"]
            self.run("initdb", *options, "--username=postgres", data)
        options = [f"-p {self.port}", f"-c listen_addresses={HOST}"]
        options.append("-c unix_socket_directories=")
        log = f"--log={self.log}"
        self.run("pg_ctl", "start", log, data, f"--options={' '.join(options)}")


class MariaDB(Service):
    name = "mariadb"
    account = "mysql"
    package = "mariadb-server"
    programs = "usr/*bin"
    server = "mariadbd"

    def start(self) -> None:
        common = ["--no-defaults", f"--datadir={self.data}"]
        if not (self.data / "mysql").is_dir():
            self.make_data()
            options = ["--auth-root-authentication-method=normal", "--skip-test-db"]
            self.run("mariadb-install-db", *common, *options)
        command = [str(self.program(self.server)), *common, f"--bind-address={HOST}"]
        command += [f"--port={self.port}", f"--log-error={self.log}"]
        command += [f"--socket={self.data / 'mariadbd.sock'}"]
        command += [f"--pid-file={self.data / 'mariadbd.pid'}"]
        subprocess.Popen(
            command,
            user=self.user,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd="/",
        )


def install(packages: Sequence[str]) -> None:
    """Install Debian packages. Raise ServiceProblem where that cannot be done."""
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        raise ServiceProblem(
            f"These packages are needed: {' '.join(packages)}. Install them; this "
            "script does it only as root, on Debian."
        )
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["update"],
        ["install", "-y", "--no-install-recommends", *packages],
    ):
        result = subprocess.run(
            ["apt-get", "-qq", *command],
            env=environment,
            capture_output=True,
            text=True,
        )
        if result.returncode:
            raise ServiceProblem(
                f"apt-get {command[0]} failed:\n{result.stderr[-2000:]}"
            )


def load_time_zones(service: Service) -> str:
    """Give MariaDB the names of time zones, which Django's tests use."""
    convert, client = (
        shutil.which(name) for name in ("mariadb-tzinfo-to-sql", "mariadb")
    )
    zones = Path("/usr/share/zoneinfo")
    if convert is None or client is None or not zones.is_dir():
        return "Time zones were not loaded: Debian's mariadb-client and tzdata do that."
    connect = [client, f"--host={HOST}", f"--port={service.port}", "--user=root"]
    question = "SELECT COUNT(*) FROM mysql.time_zone_name"
    known = subprocess.run(
        [*connect, "--skip-column-names", "-e", question],
        capture_output=True,
        text=True,
    )
    if known.returncode:
        raise ServiceProblem(f"MariaDB refuses root: {known.stderr.strip()}")
    if int(known.stdout):
        return "MariaDB knows the time zones."
    sql = subprocess.run([convert, str(zones)], capture_output=True).stdout
    subprocess.run([*connect, "mysql"], input=sql, check=True)
    return "MariaDB was given the time zones."


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description="Start PostgreSQL and MariaDB where none answers."
    )
    parser.add_argument("--postgresql-port", type=int, default=5432)
    parser.add_argument("--mariadb-port", type=int, default=3306)
    options = parser.parse_args(arguments)
    mariadb = MariaDB(options.mariadb_port)
    try:
        print(PostgreSQL(options.postgresql_port).ensure())
        print(mariadb.ensure())
        print(load_time_zones(mariadb))
    except (ServiceProblem, OSError) as error:
        print(f"services.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
