#!/usr/bin/env python3
"""
Run everything that must pass before a change lands, on a clean clone.

It installs what it needs: Debian's packages as root, the rest into build/. Every
step is run, also after one failed, and the last lines say what became of each.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass

import python_version  # NOQA: F401  isort: skip

from environments import Environment, ensure_test_environment  # NOQA: E402
from patchqueue.errors import QueueError  # NOQA: E402
from patchqueue.layout import find_layout  # NOQA: E402
from services import ServiceProblem, install  # NOQA: E402

LAYOUT = find_layout()
PYTHON = sys.executable

# Programs that steps use, and the Debian packages that bring them.
DEBIAN = {
    "git": ["git"],
    "gcc": ["gcc", "libc6-dev"],
    "pkg-config": ["pkg-config"],
    "mariadb_config": ["libmariadb-dev"],
    "msgfmt": ["gettext"],
    "chromium": ["chromium"],
    "chromedriver": ["chromium-driver"],
}

LINTERS = ["black==26.3.1", "flake8>=7", "isort>=7", "mypy>=1.18"]

# Seconds. Who runs CI allows 90 minutes and shows nothing of what took longer.
TIME_LIMIT = 80 * 60
DEADLINE = time.monotonic() + TIME_LIMIT

# Tests of upstream's that measure time: on a busy machine they fail now and
# then, on pristine Django too. They are given three more runs, alone.
TIMING_TESTS = {
    "serializers.test_deserialization.TestDeserializer.test_crafted_xml_performance",
}

# One app of each kind in upstream's suite whose pages a browser opens, and ours.
BROWSER_APPS = [
    "admin_inlines",
    "admin_widgets",
    "composite_admin",
    "composite_admin_relations",
]


@dataclass(frozen=True)
class Step:
    name: str
    run: Callable[[], bool]


def call(*command: object, **variables: str) -> bool:
    """Run a command, show what it prints, and tell whether it succeeded."""
    return execute(command, environment={**os.environ, **variables}) == 0


def execute(
    command: Sequence[object],
    environment: dict[str, str] | None = None,
    read_line: Callable[[str], object] | None = None,
) -> int:
    """
    Run a command and return its exit status. What it prints is shown, and given
    to `read_line` line by line. When CI's time is over it is made to say where
    it is, and stopped, with all that it started.
    """
    words = [str(word) for word in command]
    print("+", shlex.join(words), flush=True)
    if (remaining := DEADLINE - time.monotonic()) <= 0:
        print("Not run: CI's time is over.", flush=True)
        return 1
    with subprocess.Popen(
        words,
        cwd=LAYOUT.root,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if read_line else None,
        stderr=subprocess.STDOUT if read_line else None,
        text=True,
        errors="replace",
        start_new_session=True,
    ) as process:
        timer = threading.Timer(remaining, stop, [process.pid])
        timer.start()
        try:
            if read_line and process.stdout:
                for line in process.stdout:
                    print(line, end="", flush=True)
                    read_line(line)
            return process.wait()
        finally:
            timer.cancel()


def stop(group: int) -> None:
    """Have all processes of a group say where they are, and end them."""
    print(f"CI's {TIME_LIMIT // 60} minutes are over.", flush=True)
    # Python shows what each thread was doing, given PYTHONFAULTHANDLER.
    for number in (signal.SIGABRT, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, number)
        time.sleep(5)


def script(name: str, *arguments: str) -> bool:
    return call(PYTHON, f"scripts/{name}.py", *arguments)


def suite(*arguments: str, in_browser: bool = False) -> bool:
    """
    Run Django's suite and ours. Give tests that measure time, and those in which a
    browser may be slower than the test expects, three more runs, alone.
    """
    command = [PYTHON, "tests/runtests.py", "--noinput", *arguments]
    failed = set()

    def read_line(line: str) -> None:
        # e.g.: FAIL: test_a (basic.tests.BasicTests.test_a) [subtest]
        if match := re.match(r"(?:FAIL|ERROR): \S+ \(([\w.]+)\)", line):
            failed.add(match[1])

    environment = {**os.environ, "PYTHONFAULTHANDLER": "1"}
    if execute(command, environment, read_line) == 0:
        return True
    if not failed or not (in_browser or failed <= TIMING_TESTS):
        return False
    print(f"Only tests that depend on time failed; again, alone: {sorted(failed)}")
    options = [argument for argument in arguments if argument.startswith("-")]
    again = [*command[:3], *options, "--parallel=1", *sorted(failed)]
    return any(call(*again) for _ in range(3))


def prepare() -> bool:
    missing = [name for name in DEBIAN if shutil.which(name) is None]
    if missing:
        install([package for name in missing for package in DEBIAN[name]])
    return script("services")


def lint() -> bool:
    environment = Environment(LAYOUT.build / "environments" / "lint")
    environment.ensure()
    environment.install("the linters", LINTERS)
    python = environment.python
    return all(
        [
            call(python, "-m", "black", "--check", "--quiet", "."),
            call(python, "-m", "isort", "--check-only", "--quiet", "."),
            call(python, "-m", "flake8"),
            call(python, "-m", "mypy"),
        ]
    )


def tools() -> bool:
    discover = [PYTHON, "-m", "unittest", "discover"]
    return all(
        [
            call(*discover, "-s", "scripts/tests", "-t", "scripts"),
            call(*discover, "-s", "benchmarks/tests"),
        ]
    )


def benchmark() -> bool:
    """The benchmarks run; how fast things are is not for a machine like this."""
    return all(
        [
            call(PYTHON, "benchmarks/run.py", "--quick"),
            call(PYTHON, "benchmarks/tpcc", "--quick"),
            call(PYTHON, "benchmarks/key_change", "--quick"),
        ]
    )


def queue() -> bool:
    return script("fork", "check") and script("fork", "series", "--test")


def docs() -> bool:
    return script("docs")


def browser() -> bool:
    ensure_test_environment(LAYOUT)
    options = ["--selenium=chrome", "--headless", "--parallel=1"]
    return suite(*options, *BROWSER_APPS, in_browser=True)


def demo() -> bool:
    """The README's screenshots, taken anew: they may differ, but must be there."""
    directory = LAYOUT.build / "demo" / "screenshots"
    return script("demo", "--check", "--screenshots", str(directory))


# What runtests.py leaves out by itself where no labels are given.
NO_APPS = {"gis_tests", "import_error_package", "test_runner_apps"}
# To these it is all the same which database there is. SQLite's run has them.
ANY_DATABASE_APPS = {
    "admin_scripts",
    "asgi",
    "csrf_tests",
    "file_uploads",
    "forms_tests",
    "httpwrappers",
    "i18n",
    "logging_tests",
    "mail",
    "middleware",
    "requests_tests",
    "responses",
    "settings_tests",
    "staticfiles_tests",
    "template_tests",
    "test_runner",
    "urlpatterns",
    "urlpatterns_reverse",
    "utils_tests",
}


def parts(settings: str, left_out: Set[str] = frozenset()) -> bool:
    """
    Run the whole suite by README's command, our apps apart from upstream's.

    PostgreSQL makes all tables of a run in one transaction, which needs more
    locks than there is room for as it is set up (max_locks_per_transaction = 64).
    SQLite reads all of a schema again after each change: with the tables of all
    apps, our tests of such changes take several times as long.
    """
    if not script("fork", "compose"):
        return False
    ours = {path.parent.name for path in LAYOUT.root.glob("tests/*/__init__.py")}
    apps = {path.parent.name for path in LAYOUT.tree.glob("tests/*/__init__.py")}
    options = ["--parallel=2", f"--settings={settings}"]
    upstreams = apps - ours - NO_APPS - left_out
    return all([suite(*options, *sorted(part)) for part in (ours, upstreams)])


STEPS = [
    Step("prepare", prepare),
    Step("lint", lint),
    Step("tools", tools),
    Step("queue", queue),
    Step("sqlite", lambda: parts("test_sqlite")),
    Step("postgres", lambda: parts("test_postgres", ANY_DATABASE_APPS)),
    Step("mariadb", lambda: parts("test_mysql", ANY_DATABASE_APPS)),
    Step("browser", browser),
    Step("demo", demo),
    Step("key_changes", lambda: script("key_changes_check", "--quick")),
    Step("packages", lambda: script("check_packages")),
    Step("docs", docs),
    Step("benchmark", benchmark),
]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    names = [step.name for step in STEPS]
    parser.add_argument("step", nargs="*", choices=[*names, []], help="default: all")
    chosen = parser.parse_args(arguments).step or names
    results = []
    for step in STEPS:
        if step.name not in chosen:
            continue
        print(f"\n=== {step.name} ===", flush=True)
        start = time.monotonic()
        try:
            passed = step.run()
        except (QueueError, ServiceProblem) as error:
            print(error, flush=True)
            passed = False
        results.append((step.name, passed, time.monotonic() - start))
    print()
    for name, passed, seconds in results:
        print(f"{'passed' if passed else 'FAILED'}  {name}  {seconds:.0f} s")
    failures = sum(not passed for _, passed, _ in results)
    print(f"{len(results) - failures} passed, {failures} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
