"""Django's sdist: fetched by pip, verified against the manifest, cached, read."""

import hashlib
import importlib.util
import os
import posixpath
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from .errors import QueueError
from .git import blob_hash
from .layout import Layout
from .manifest import Distribution, Manifest

# An sdist that is at hand, for builds without network. It is verified too.
SDIST_VARIABLE = "DJANGO_SDIST"


@dataclass(frozen=True)
class UpstreamFile:
    content: bytes
    executable: bool


@dataclass(frozen=True)
class Upstream:
    """The files of an upstream release, read from its sdist."""

    version: str
    sdist: Path

    @cached_property
    def files(self) -> dict[str, UpstreamFile]:
        """Each path in the release, without the sdist's top directory."""
        files = {}
        try:
            with tarfile.open(self.sdist) as archive:
                for member in archive:
                    if member.isdir():
                        continue
                    path = posixpath.normpath(member.name).partition("/")[2]
                    reader = archive.extractfile(member) if member.isfile() else None
                    if reader is None or not path or ".." in path.split("/"):
                        raise QueueError(f"{self.sdist}: {member.name} is no file.")
                    executable = bool(member.mode & 0o100)
                    files[path] = UpstreamFile(reader.read(), executable)
        except (tarfile.TarError, OSError, EOFError) as error:
            raise QueueError(f"{self.sdist} cannot be read: {error}.") from error
        return files

    def read(self, path: str) -> bytes | None:
        """Return the content of the file ``path``, None if there is no such file."""
        file = self.files.get(path)
        return None if file is None else file.content

    def blobs(self) -> dict[str, str]:
        """Return the git blob hash of each file."""
        return {path: blob_hash(file.content) for path, file in self.files.items()}

    def unpack(self, directory: Path) -> None:
        """Write the release into ``directory``, which must not exist."""
        for path, file in self.files.items():
            target = directory / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.content)
            target.chmod(0o755 if file.executable else 0o644)


def sha256_of(file: Path) -> str:
    digest = hashlib.sha256()
    with open(file, "rb") as stream:
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def verify(file: Path, distribution: Distribution) -> None:
    """Raise QueueError if ``file`` is not the one that the manifest pins."""
    found = sha256_of(file)
    if found != distribution.sha256:
        raise QueueError(
            f"{file} has the sha256 {found}, and patches/manifest.json pins "
            f"{distribution.sha256}: this is not the pinned {distribution.filename}."
        )


def fetch_upstream(layout: Layout, manifest: Manifest) -> Upstream:
    """
    Return the pinned release.

    Its sdist comes from the cache, from the file that the variable DJANGO_SDIST
    names or that is in the directory it names, or through pip. Raise QueueError
    if there is none or a wrong one.
    """
    pin = manifest.sdist
    cached = layout.cache / pin.filename
    if given := os.environ.get(SDIST_VARIABLE):
        sdist = Path(given, pin.filename) if Path(given).is_dir() else Path(given)
        if not sdist.is_file():
            raise QueueError(
                f"{SDIST_VARIABLE} names {given}, and there is no {sdist.name}: name "
                f"the sdist of Django {manifest.version} or a directory with it."
            )
        verify(sdist, pin)
        try:
            if not (cached.is_file() and sha256_of(cached) == pin.sha256):
                keep(sdist, cached)
        except OSError:
            # The checkout cannot be written, and need not be.
            return Upstream(manifest.version, sdist)
    elif not (cached.is_file() and sha256_of(cached) == pin.sha256):
        with tempfile.TemporaryDirectory(prefix="patchqueue-") as room:
            fetched = download(manifest.version, Path(room), pin=pin)
            verify(fetched, pin)
            keep(fetched, cached)
    return Upstream(manifest.version, cached)


def fetch_release(layout: Layout, version: str) -> tuple[Upstream, Manifest]:
    """
    Return a release that is not pinned yet, and a manifest that pins it.

    The hashes are those of the files that pip fetched. The label is empty and
    nothing is superseded in the manifest: both are the caller's to carry over.
    """
    if not re.fullmatch(r"\d+(\.\d+)+", version):
        raise QueueError(f"{version!r} is not a version like 5.2.19.")
    files = {}
    for kind in ("sdist", "wheel"):
        with tempfile.TemporaryDirectory(prefix="patchqueue-") as room:
            fetched = download(version, Path(room), wheel=kind == "wheel")
            files[kind] = layout.cache / fetched.name
            keep(fetched, files[kind])
    sdist, wheel = (Distribution(f.name, sha256_of(f)) for f in files.values())
    return Upstream(version, files["sdist"]), Manifest(version, sdist, wheel, label="")


def keep(file: Path, target: Path) -> None:
    """Put ``file`` into the cache so that nobody ever sees half of it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(f".{os.getpid()}.partial")
    shutil.copyfile(file, partial)
    partial.replace(target)


def download(
    version: str, room: Path, *, wheel: bool = False, pin: Distribution | None = None
) -> Path:
    """
    Let pip put a release's sdist, or wheel, into ``room``; return its path.

    Where the ``pin`` is known pip verifies it before it looks into the file.
    """
    target = room / "target"
    hashes = f" --hash=sha256:{pin.sha256}" if pin is not None else ""
    requirements = room / "requirements.txt"
    requirements.write_text(f"Django=={version}{hashes}\n", encoding="utf-8")
    command = [*_pip(room), "download", "--no-deps", "--quiet", "--no-input"]
    command += ["--disable-pip-version-check", "--ignore-requires-python"]
    command += ["--only-binary" if wheel else "--no-binary", "Django"]
    command += ["--dest", str(target), "--requirement", str(requirements)]
    result = subprocess.run(
        command,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        stdin=subprocess.DEVNULL,
        # A constraint on Django, which this fork recommends to those who install
        # it, would be one on upstream's here.
        env={k: v for k, v in os.environ.items() if k != "PIP_CONSTRAINT"},
    )
    found = list(target.iterdir()) if target.is_dir() else []
    if result.returncode == 0 and len(found) == 1:
        return found[0]
    if pin is not None and "DO NOT MATCH THE HASHES" in result.stderr:
        raise QueueError(
            f"The index has another {pin.filename} than patches/manifest.json pins "
            f"with the sha256 {pin.sha256}. Find out which of them is Django's."
        )
    errors = [line for line in result.stderr.splitlines() if line.startswith("ERROR")]
    said = "\n".join(errors or result.stderr.splitlines()[-5:])
    raise QueueError(
        f"Django {version} could not be fetched. Without network, set "
        f"{SDIST_VARIABLE} to its sdist. pip said:\n{said}"
    )


def _pip(room: Path) -> list[str]:
    """Return the command that is pip, in an environment in ``room`` at worst."""
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-m", "pip"]
    environment = room / "pip"
    result = subprocess.run(
        [sys.executable, "-m", "venv", str(environment)],
        capture_output=True,
        stdin=subprocess.DEVNULL,
    )
    if result.returncode:
        raise QueueError(
            f"{sys.executable} has no pip to fetch Django with, and no ensurepip to "
            "get it from. Install pip (on Debian: apt-get install python3-pip "
            f"python3-venv), or set {SDIST_VARIABLE} to the sdist."
        )
    scripts = environment / ("Scripts" if os.name == "nt" else "bin")
    return [str(scripts / "python"), "-m", "pip"]
