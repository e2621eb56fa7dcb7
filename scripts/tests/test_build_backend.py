"""What the build backend hands to setuptools, which is not needed for that."""

import contextlib
import io
import os
import shutil
import tarfile
import types
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import build_backend

from .support import ADDED, FILES, LOOKUPS, QueueTestCase, without_git


class FakeSetuptools(types.SimpleNamespace):
    """Takes what is in the directory that it is called in."""

    seen: dict[str, bytes]
    extra: str

    def _look(self) -> None:
        root = Path.cwd()
        files = (file for file in root.rglob("*") if file.is_file())
        self.seen = {f.relative_to(root).as_posix(): f.read_bytes() for f in files}

    def build_wheel(self, directory: str, settings: object = None) -> str:
        self._look()
        return "django.whl"

    def build_sdist(self, directory: str, settings: object = None) -> str:
        self._look()
        with tarfile.open(Path(directory, "django.tar.gz"), "w:gz") as archive:
            archive.add(".", "django-5.2.19+composite.1")
        return "django.tar.gz"

    def build_editable(self, directory: str, settings: object = None) -> str:
        self.seen = {"": os.fsencode(Path.cwd())}
        self.extra = Path(os.environ["DIST_EXTRA_CONFIG"]).read_text()
        return "django.whl"


class BackendTests(QueueTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.setuptools = FakeSetuptools()
        self.out = self.room / "out"
        self.out.mkdir()

        @contextlib.contextmanager
        def fake() -> Iterator[FakeSetuptools]:
            yield self.setuptools

        self.enterPatch(mock.patch.object(build_backend, "_setuptools", fake))
        self.enterPatch(
            mock.patch.object(build_backend, "find_layout", lambda: self.layout)
        )
        self.enterPatch(mock.patch.dict(os.environ))

    def test_wheel(self) -> None:
        where = os.getcwd()
        build_backend.build_wheel(str(self.out))
        seen = self.setuptools.seen
        self.assertEqual(seen["setup.cfg"], b"[egg_info]\ntag_build = +composite.1\n")
        self.assertIn(b"SOURCE_DATE_EPOCH", seen["setup.py"])
        self.assertEqual(seen["pyproject.toml"], FILES["pyproject.toml"])
        self.assertEqual(seen[LOOKUPS], self.read(LOOKUPS))
        self.assertEqual(seen[ADDED], self.read(ADDED))
        # What tells of upstream's own sdist has no place in ours.
        self.assertEqual([p for p in seen if "PKG-INFO" in p], [])
        self.assertEqual(os.getcwd(), where)

    def test_no_git_and_no_tree_are_needed(self) -> None:
        shutil.rmtree(self.layout.build)
        with without_git():
            build_backend.build_wheel(str(self.out))
        self.assertFalse(self.tree.exists())

    def test_sdist_is_the_same_every_time(self) -> None:
        contents = []
        for mask in (0o022, 0o077):
            before = os.umask(mask)
            self.addCleanup(os.umask, before)
            name = build_backend.build_sdist(str(self.out))
            contents.append((self.out / name).read_bytes())
        self.assertEqual(contents[0], contents[1])
        self.assertEqual([file.name for file in self.out.iterdir()], ["django.tar.gz"])
        with tarfile.open(self.out / "django.tar.gz") as archive:
            members = archive.getmembers()
            tool = archive.extractfile("django-5.2.19+composite.1/docs/ünïcode.txt")
            assert tool is not None
            self.assertEqual(tool.read(), FILES["docs/ünïcode.txt"])
        self.assertEqual({m.uname for m in members}, {""})
        self.assertEqual(len({m.mtime for m in members}), 1)
        modes = {Path(m.name).name: m.mode for m in members if m.isfile()}
        self.assertEqual((modes["tool.py"], modes["lookups.py"]), (0o755, 0o644))

    def assertRefused(self, message: str, build: str = "build_wheel") -> None:
        with self.assertRaises(SystemExit) as context:
            getattr(build_backend, build)(str(self.out))
        self.assertIn(message, str(context.exception))
        self.assertEqual(list(self.out.iterdir()), [])

    def test_unexported_work(self) -> None:
        self.edit(LOOKUPS, b"mine = True\n")
        for build in ("build_wheel", "build_sdist"):
            self.assertRefused("holds work that the build would leave out", build)

    def test_queue_that_does_not_apply(self) -> None:
        self.replace_in("patches/first.patch", "check_columns", "check_all")
        self.assertRefused("was edited by hand")

    def test_half_composed_tree(self) -> None:
        """It is not what is built."""
        for path in self.layout.tree.joinpath("docs").iterdir():
            path.unlink()
        self.layout.tree_state.write_text(
            self.layout.tree_state.read_text().replace(
                '"changing_to": null',
                '"changing_to": "%s"' % self.git("rev-parse", "HEAD").strip(),
            )
        )
        build_backend.build_wheel(str(self.out))
        self.assertIn("docs/unended.txt", self.setuptools.seen)

    def test_editable(self) -> None:
        """It leads to the tree, which it composes first, and does not change."""
        shutil.rmtree(self.tree)
        with contextlib.redirect_stdout(io.StringIO()):
            build_backend.build_editable(str(self.out))
        self.assertEqual(self.setuptools.seen[""], os.fsencode(self.tree))
        self.assertIn("tag_build = +composite.1\n", self.setuptools.extra)
        self.assertEqual(self.git("status", "--porcelain"), "")

    def test_editable_beside_work(self) -> None:
        self.edit(LOOKUPS, b"mine = True\n")
        with contextlib.redirect_stdout(io.StringIO()):
            build_backend.build_editable(str(self.out))
        self.assertEqual(self.read(LOOKUPS), b"mine = True\n")
