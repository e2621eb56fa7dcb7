"""A small upstream, and checkouts of a fork of it."""

import atexit
import contextlib
import gzip
import io
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
import unittest
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from unittest import mock

import fork
from patchqueue import upstream
from patchqueue.git import blob_hash
from patchqueue.layout import Layout
from patchqueue.manifest import Distribution, Manifest
from patchqueue.upstream import SDIST_VARIABLE, sha256_of

LOOKUPS = "django/db/models/lookups.py"
COMPOSITE = "django/db/models/fields/composite.py"
ADDED = "django/db/models/columns.py"
TESTS = "tests/composite/test_columns.py"
UNENDED = "docs/unended.txt"
WINDOWS = "tests/windows.txt"
MAC = "tests/mac.txt"
ACCENTED = "docs/ünïcode.txt"
SPACED = "tests/with spaces.html"
EXECUTABLE = "tests/tool.py"
EMPTY = "django/conf/__init__.py"

_LOOKUP = """\
class {name}(Tuple):
    lookup_name = "{name}"

    def get_sql(self):
        lhs, rhs = self.lhs, self.rhs
        return self.compare(lhs, rhs)

    def check(self):
        return []

"""

LOOKUP_NAMES = ("Exact", "GreaterThan", "GreaterThanOrEqual", "LessThan", "In", "Null")

FILES: dict[str, bytes] = {
    "PKG-INFO": b"Metadata-Version: 2.4\nName: Django\n",
    "Django.egg-info/PKG-INFO": b"Metadata-Version: 2.4\nName: Django\n",
    "pyproject.toml": b"[build-system]\nrequires = []\n",
    # What git is told here must not reach the files.
    ".gitattributes": b"* text=auto eol=crlf\n*.txt ident\n",
    "tests/.gitignore": b"test_*.py\nignored/\n",
    "django/__init__.py": b"VERSION = (5, 2, 19)\n",
    EMPTY: b"",
    LOOKUPS: "".join(_LOOKUP.format(name=name) for name in LOOKUP_NAMES).encode(),
    COMPOSITE: b"class CompositePrimaryKey:\n    pass\n",
    UNENDED: b"One\n===\n\nTwo",
    WINDOWS: b"one\r\ntwo\r\nthree\r\n",
    MAC: b"one\rtwo\nthree\rfour\n\rfive\x0csix\n",
    ACCENTED: "Ünïcode\n=======\n\n$Id$ naïve\n".encode(),
    SPACED: b"<p>\n</p>\n",
    EXECUTABLE: b"#!/usr/bin/env python\nprint()\n",
    "tests/runtests.py": b"#!/usr/bin/env python\nprint()\n",
}
EXECUTABLES = {EXECUTABLE, "tests/runtests.py"}

MESSAGE = "Refs #373 -- Added {name}.\n\nIt is needed."


def hooked(content: bytes, name: str, line: str) -> bytes:
    """Return the module of the lookups with a line in the check() of one of them."""
    start = content.index(b"class %b(" % name.encode())
    end = content.index(b"        return []\n", start)
    return content[:end] + f"        {line}\n".encode() + content[end:]


def make_sdist(
    directory: Path, files: Mapping[str, bytes], version: str = "5.2.19"
) -> Path:
    """Make the sdist of a release in ``directory``, and a wheel beside it."""
    directory.mkdir(parents=True, exist_ok=True)
    sdist = directory / f"django-{version}.tar.gz"
    with (
        open(sdist, "wb") as stream,
        gzip.GzipFile("", "wb", mtime=0, fileobj=stream) as compressed,
        tarfile.open(fileobj=compressed, mode="w") as archive,
    ):
        for path, content in sorted(files.items()):
            member = tarfile.TarInfo(f"django-{version}/{path}")
            member.size = len(content)
            member.mode = 0o755 if path in EXECUTABLES else 0o644
            archive.addfile(member, io.BytesIO(content))
    wheel = directory / f"django-{version}-py3-none-any.whl"
    wheel.write_bytes(f"The wheel of {version}.".encode())
    return sdist


def pin(directory: Path, version: str = "5.2.19") -> Manifest:
    """Return a manifest of the release whose files are in ``directory``."""
    names = (f"django-{version}.tar.gz", f"django-{version}-py3-none-any.whl")
    sdist, wheel = (Distribution(n, sha256_of(directory / n)) for n in names)
    return Manifest(version, sdist, wheel, "composite.1")


@dataclass(frozen=True)
class Result:
    """What a command of the tool said."""

    code: int
    out: str
    err: str


class QueueTestCase(unittest.TestCase):
    """
    A checkout with two topics, composed, and the releases that it may meet.

    The topic ``first`` adds a module and its tests, and hooks into lookups.py;
    ``second`` supersedes composite.py, and edits lookups.py and a document.
    """

    prepared = True

    def setUp(self) -> None:
        room = Path(tempfile.mkdtemp(prefix="patchqueue-tests-"))
        self.addCleanup(shutil.rmtree, room)
        self.room = room.resolve()
        self.releases = self.room / "releases"
        self.layout = Layout(self.room / "die Gabel, fünf")
        if self.prepared:
            template = _prepared_room()
            shutil.copytree(template / "releases", self.releases)
            shutil.copytree(template / "checkout", self.layout.root, symlinks=True)
        else:
            make_sdist(self.releases, FILES)
            write_empty_queue(self.layout, self.releases)
        self.enterPatch(
            mock.patch.dict(os.environ, {SDIST_VARIABLE: str(self.releases)})
        )
        self.enterPatch(mock.patch.object(upstream, "download", self._download))
        self.tree = self.layout.tree

    def enterPatch(self, patch: contextlib.AbstractContextManager[object]) -> None:
        patch.__enter__()
        self.addCleanup(patch.__exit__, None, None, None)

    def _download(
        self, version: str, room: Path, *, wheel: bool = False, pin: object = None
    ) -> Path:
        suffix = "-py3-none-any.whl" if wheel else ".tar.gz"
        return self.releases / f"django-{version}{suffix}"

    def fork(self, *arguments: str) -> Result:
        return run_fork(self.layout, *arguments)

    def succeed(self, *arguments: str) -> str:
        result = self.fork(*arguments)
        self.assertEqual((result.code, result.err), (0, ""), result)
        return result.out

    def fail_with(self, message: str, *arguments: str) -> str:
        """Run a command that must fail, say ``message``, and change nothing."""
        before = snapshot(self.layout.root)
        result = self.fork(*arguments)
        self.assertEqual(result.code, 1, result)
        self.assertIn(message, result.err or result.out)
        self.assertEqual(self.changes_since(before), [])
        return result.err or result.out

    def changes_since(self, before: dict[str, bytes]) -> list[str]:
        after = snapshot(self.layout.root)
        paths = sorted(before.keys() | after.keys())
        return [path for path in paths if before.get(path) != after.get(path)]

    def violations(self) -> list[str]:
        result = self.fork("check")
        lines = result.out.splitlines()
        self.assertEqual(result.err, "")
        self.assertEqual(result.code, lines != ["The queue is sound."])
        return [] if result.code == 0 else lines

    def assertSound(self) -> None:
        """The queue breaks no rule, and import followed by export changes no byte."""
        self.assertEqual(self.violations(), [])
        before = snapshot(self.layout.root)
        self.succeed("compose")
        self.succeed("compose", "--discard")
        self.assertIn("Nothing to export", self.succeed("export"))
        self.assertEqual(self.changes_since(before), [])

    def edit(self, path: str, content: bytes | None) -> None:
        write(self.tree, path, content)

    def read(self, path: str) -> bytes:
        return (self.tree / path).read_bytes()

    def own(self, path: str) -> bytes:
        return (self.layout.root / path).read_bytes()

    def patch(self, topic: str) -> str:
        return (self.layout.patches / f"{topic}.patch").read_text()

    def replace_in(self, path: str, old: str, new: str) -> None:
        """Edit a file of the repository by hand."""
        text = self.own(path).decode()
        self.assertIn(old, text)
        write(self.layout.root, path, text.replace(old, new, 1).encode())

    def git(self, *arguments: str, directory: Path | None = None) -> str:
        return run_git(directory or self.tree, *arguments)


def write(root: Path, path: str, content: bytes | None) -> None:
    file = root / path
    if content is None:
        file.unlink()
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)


def run_fork(layout: Layout, *arguments: str) -> Result:
    out, err = io.StringIO(), io.StringIO()
    with (
        mock.patch.object(fork, "find_layout", lambda: layout),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            code = fork.main(list(arguments))
        except SystemExit as error:
            code = error.code if isinstance(error.code, int) else 1
    return Result(code, out.getvalue(), err.getvalue())


def run_git(directory: Path, *arguments: str) -> str:
    """Run git as a contributor does, of whom nothing but the name is known."""
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith("GIT_")},
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_AUTHOR_NAME": "A",
        "GIT_AUTHOR_EMAIL": "a@example.invalid",
        "GIT_COMMITTER_NAME": "A",
        "GIT_COMMITTER_EMAIL": "a@example.invalid",
    }
    result = subprocess.run(
        ["git", *arguments],
        cwd=directory,
        env=environment,
        check=True,
        capture_output=True,
        encoding="utf-8",
    )
    return result.stdout


def snapshot(root: Path) -> dict[str, bytes]:
    """Return the files of a checkout, with its tree, and without what is cached."""
    found = {}
    for parent, directories, names in os.walk(root):
        directories[:] = [d for d in directories if d not in (".git", "cache")]
        for name in names:
            file = Path(parent, name)
            path = file.relative_to(root).as_posix()
            if path not in ("build/lock", "build/django.json"):
                found[path] = file.read_bytes()
    return found


@contextlib.contextmanager
def without_git() -> Iterator[None]:
    """Let there be no git on the PATH."""
    with mock.patch.dict(os.environ, {"PATH": "/nowhere"}):
        yield


def write_empty_queue(layout: Layout, releases: Path) -> None:
    layout.patches.mkdir(parents=True)
    layout.manifest.write_text(pin(releases).dumps())
    layout.series.write_text(
        "# The topics, in order; below each, the files of ours that it brings.\n"
    )


def edit_manifest(layout: Layout, manifest: Manifest) -> None:
    """Pin another release by hand, as the documentation says."""
    data = json.loads(layout.manifest.read_text())
    data["upstream"] = json.loads(manifest.dumps())["upstream"]
    layout.manifest.write_text(json.dumps(data, indent=2) + "\n")


@lru_cache
def _prepared_room() -> Path:
    room = Path(tempfile.mkdtemp(prefix="patchqueue-tests-"))
    atexit.register(shutil.rmtree, room, ignore_errors=True)
    make_sdist(room / "releases", FILES)
    layout = Layout(room / "checkout")
    write_empty_queue(layout, room / "releases")

    def run(*arguments: str) -> None:
        result = run_fork(layout, *arguments)
        if result.code:
            raise AssertionError(result.err)

    with mock.patch.dict(os.environ, {SDIST_VARIABLE: str(room / "releases")}):
        run("compose")
        for name, edits, options in (
            (
                "first",
                {
                    LOOKUPS: hooked(FILES[LOOKUPS], "Exact", "check_columns(self)"),
                    ADDED: b"def check_columns(lookup):\n    pass\n",
                    TESTS: b"import unittest\n",
                },
                [],
            ),
            (
                "second",
                {
                    LOOKUPS: hooked(
                        hooked(FILES[LOOKUPS], "Exact", "check_columns(self)"),
                        "Null",
                        "check_nulls(self)",
                    ),
                    UNENDED: b"One\n===\n\nTwo and three",
                    COMPOSITE: b"class CompositePrimaryKey:\n    better = True\n",
                },
                ["--supersede", COMPOSITE],
            ),
        ):
            for path, content in edits.items():
                write(layout.tree, path, content)
            message = MESSAGE.format(name=name)
            about = ["--ticket", "#373.", "--drop-when", "Upstream has it."]
            run("export", "--topic", name, "--message", message, *about, *options)
    assert layout.own_files() == [ADDED, COMPOSITE, TESTS]
    assert blob_hash(FILES[COMPOSITE]) in layout.manifest.read_text()
    return room
