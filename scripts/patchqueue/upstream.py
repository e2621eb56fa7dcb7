"""Django's sdist: fetched by pip, verified against the manifest, cached, read."""

import hashlib
import os
import posixpath
import re
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

    Its sdist comes from the file that the variable DJANGO_SDIST names, from the
    cache, or through pip. Raise QueueError if there is none or a wrong one.
    """
    given = os.environ.get(SDIST_VARIABLE)
    if given:
        sdist = Path(given)
        if not sdist.is_file():
            raise QueueError(
                f"{SDIST_VARIABLE} names {given}, and there is no such file."
            )
        verify(sdist, manifest.sdist)
        return Upstream(manifest.version, sdist)
    sdist = layout.cache / manifest.sdist.filename
    if sdist.is_file() and sha256_of(sdist) == manifest.sdist.sha256:
        return Upstream(manifest.version, sdist)
    with tempfile.TemporaryDirectory(prefix="patchqueue-") as room:
        fetched = download(manifest.version, Path(room), wheel=False)
        verify(fetched, manifest.sdist)
        keep(fetched, sdist)
    return Upstream(manifest.version, sdist)


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
    partial.write_bytes(file.read_bytes())
    partial.replace(target)


def download(version: str, directory: Path, *, wheel: bool) -> Path:
    """Let pip put a release's wheel or sdist into ``directory``; return its path."""
    format_option = "--only-binary" if wheel else "--no-binary"
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--quiet"]
    command += ["--disable-pip-version-check", "--ignore-requires-python"]
    command += [format_option, "Django", "--dest", str(directory)]
    result = subprocess.run(
        [*command, f"Django=={version}"],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    found = list(directory.iterdir()) if directory.is_dir() else []
    if result.returncode or len(found) != 1:
        if "No module named pip" in result.stderr:
            raise QueueError(
                f"{sys.executable} has no pip to fetch Django {version} with. Install "
                "it ('python3 -m ensurepip', or the package python3-pip), or set "
                f"{SDIST_VARIABLE} to the sdist."
            )
        errors = [li for li in result.stderr.splitlines() if li.startswith("ERROR")]
        said = "\n".join(errors or result.stderr.splitlines()[-5:])
        raise QueueError(
            f"Django {version} could not be fetched. Without network, set "
            f"{SDIST_VARIABLE} to its sdist. pip said:\n{said}"
        )
    return found[0]
