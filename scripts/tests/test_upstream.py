"""Getting the release, and no other file than the pinned one."""

import hashlib
import io
import os
import shutil
import subprocess
import sys
import tarfile
from importlib.util import find_spec
from pathlib import Path
from unittest import mock, skipUnless

from patchqueue import upstream
from patchqueue.errors import QueueError
from patchqueue.manifest import Distribution, load_manifest
from patchqueue.upstream import SDIST_VARIABLE, Upstream, fetch_upstream

from .support import FILES, QueueTestCase, make_sdist

# Before the tests put another in its place.
download = upstream.download

BACKEND = b"""\
def _metadata(directory):
    import os
    os.mkdir(os.path.join(directory, "Django.dist-info"))
    with open(os.path.join(directory, "Django.dist-info", "METADATA"), "w") as file:
        file.write("Metadata-Version: 2.1\\nName: Django\\nVersion: 5.2.19\\n")
    return "Django.dist-info"

def prepare_metadata_for_build_wheel(directory, config_settings=None):
    return _metadata(directory)
"""
BUILDABLE = {
    **FILES,
    "PKG-INFO": b"Metadata-Version: 2.1\nName: Django\nVersion: 5.2.19\n",
    "backend.py": BACKEND,
    "pyproject.toml": (
        b'[build-system]\nrequires = []\nbuild-backend = "backend"\n'
        b'backend-path = ["."]\n'
    ),
}


class FetchTests(QueueTestCase):
    prepared = False

    def setUp(self) -> None:
        super().setUp()
        self.sdist = self.releases / "django-5.2.19.tar.gz"
        self.cached = self.layout.cache / self.sdist.name
        self.manifest = load_manifest(self.layout.manifest)

    def fetch(self, given: Path | None) -> Upstream:
        with mock.patch.dict(os.environ):
            del os.environ[SDIST_VARIABLE]
            if given is not None:
                os.environ[SDIST_VARIABLE] = str(given)
            return fetch_upstream(self.layout, self.manifest)

    def test_given_as_file_or_directory(self) -> None:
        for given in (self.sdist, self.releases):
            with self.subTest(given.name):
                self.assertEqual(self.fetch(given).read("django/__init__.py"), INIT)
        # From now on it is there, and nothing else is asked for.
        with mock.patch.object(upstream, "download", side_effect=AssertionError):
            self.assertEqual(self.fetch(None).sdist, self.cached)

    def test_given_and_not_there(self) -> None:
        with self.assertRaisesRegex(QueueError, "there is no django-5.2.19.tar.gz"):
            self.fetch(self.room)
        with self.assertRaisesRegex(QueueError, "there is no nothing"):
            self.fetch(self.room / "nothing")

    def test_given_with_a_wrong_hash(self) -> None:
        make_sdist(self.releases, {})
        with self.assertRaisesRegex(QueueError, "this is not the pinned"):
            self.fetch(self.sdist)
        self.assertFalse(self.cached.exists())

    def test_fetched(self) -> None:
        self.assertEqual(self.fetch(None).read("django/__init__.py"), INIT)
        self.assertEqual(self.cached.read_bytes(), self.sdist.read_bytes())
        self.assertEqual(list(self.layout.cache.iterdir()), [self.cached])

    def test_fetched_with_a_wrong_hash(self) -> None:
        make_sdist(self.releases, {})
        with self.assertRaisesRegex(QueueError, "this is not the pinned"):
            self.fetch(None)
        self.assertFalse(self.cached.exists())

    def test_damaged_cache(self) -> None:
        self.cached.parent.mkdir(parents=True)
        self.cached.write_bytes(b"half")
        self.fetch(None)
        self.assertEqual(self.cached.read_bytes(), self.sdist.read_bytes())

    def test_no_space_for_the_cache(self) -> None:
        self.layout.build.write_bytes(b"")
        self.assertEqual(self.fetch(self.sdist).sdist, self.sdist)

    def test_archives_that_are_none(self) -> None:
        link = tarfile.TarInfo("django-5.2.19/link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
            archive.addfile(link)
        whole = self.sdist.read_bytes()
        for content, said in (
            (b"", "cannot be read"),
            (whole[:300], "cannot be read"),
            (b"<html>", "cannot be read"),
            (buffer.getvalue(), "is no file"),
        ):
            with self.subTest(said, size=len(content)):
                self.sdist.write_bytes(content)
                with self.assertRaisesRegex(QueueError, said):
                    Upstream("5.2.19", self.sdist).files


INIT = FILES["django/__init__.py"]


@skipUnless(find_spec("pip"), "This needs pip.")
class PipTests(QueueTestCase):
    """With pip itself, and an index that is a directory."""

    prepared = False

    def setUp(self) -> None:
        super().setUp()
        self.sdist = make_sdist(self.releases, BUILDABLE)
        environment = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.releases)}
        self.enterPatch(mock.patch.dict(os.environ, environment))
        shutil.rmtree(self.room / "fetched", ignore_errors=True)
        self.fetched = self.room / "fetched"
        self.fetched.mkdir()

    def pin(self) -> Distribution:
        digest = hashlib.sha256(self.sdist.read_bytes()).hexdigest()
        return Distribution(self.sdist.name, digest)

    def test_pinned(self) -> None:
        # A constraint that holds the fork must not hold upstream back.
        constraints = self.room / "constraints.txt"
        constraints.write_text("Django==5.2.19+composite.1\n")
        with mock.patch.dict(os.environ, {"PIP_CONSTRAINT": str(constraints)}):
            found = download("5.2.19", self.fetched, pin=self.pin())
        self.assertEqual(found.name, self.sdist.name)
        self.assertEqual(found.read_bytes(), self.sdist.read_bytes())

    def test_wrong_hash(self) -> None:
        pin = Distribution(self.sdist.name, "0" * 64)
        with self.assertRaisesRegex(QueueError, "The index has another"):
            download("5.2.19", self.fetched, pin=pin)

    def test_no_such_release(self) -> None:
        with self.assertRaisesRegex(QueueError, "set DJANGO_SDIST to its sdist"):
            download("5.2.20", self.fetched)

    def test_python_without_pip(self) -> None:
        with mock.patch("importlib.util.find_spec", return_value=None):
            python, *arguments = upstream._pip(self.fetched)
        self.assertEqual(arguments, ["-m", "pip"])
        self.assertTrue(python.startswith(str(self.fetched)))
        subprocess.run(
            [python, "-m", "pip", "--version"], check=True, capture_output=True
        )

    def test_python_without_pip_and_ensurepip(self) -> None:
        failed: subprocess.CompletedProcess[bytes] = subprocess.CompletedProcess(
            [sys.executable], 1
        )
        with (
            mock.patch("importlib.util.find_spec", return_value=None),
            mock.patch("subprocess.run", return_value=failed),
            self.assertRaisesRegex(QueueError, "apt-get install python3-pip"),
        ):
            upstream._pip(self.fetched)


@skipUnless(find_spec("pip"), "This needs pip.")
class NoNetworkTests(QueueTestCase):
    def test_compose(self) -> None:
        shutil.rmtree(self.layout.build)
        with (
            mock.patch.dict(os.environ, {"PIP_NO_INDEX": "1"}),
            mock.patch.object(upstream, "download", download),
        ):
            del os.environ[SDIST_VARIABLE]
            said = self.fail_with("Django 5.2.19 could not be fetched", "compose")
        self.assertIn("Without network, set DJANGO_SDIST to its sdist.", said)
        self.assertFalse(self.tree.exists())
