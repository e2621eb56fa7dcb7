"""
The PEP 517 backend of this repository: compose, then let setuptools build.

What setuptools sees is the composed tree with Django's own pyproject.toml, in a
directory of its own, plus the two things that make it a release of the fork:
setup.cfg's tag, by which the distribution's version carries our label, and a
setup.py that fixes the timestamps, so that two builds are identical. Both are in
the sdist too, which is why that builds without this repository and upstream.
"""

import gzip
import os
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import python_version  # NOQA: E402, F401  isort: skip

from patchqueue.errors import QueueError, describe, listed  # NOQA: E402
from patchqueue.layout import Layout, find_layout  # NOQA: E402
from patchqueue.plan import make_plan  # NOQA: E402
from patchqueue.topics import Queue, load_queue  # NOQA: E402
from patchqueue.tree import find_work, read_state, refresh, write_files  # NOQA: E402
from patchqueue.upstream import fetch_upstream  # NOQA: E402

Settings = dict[str, Any] | None

# Left by the making of upstream's sdist; ours gets its own.
_GENERATED = ("PKG-INFO", "Django.egg-info")

_SETUP = '''\
"""Build Django with the timestamps of this release, whenever that happens."""

import os

from setuptools import setup

os.environ.setdefault("SOURCE_DATE_EPOCH", "{epoch}")

setup()
'''


def build_wheel(
    wheel_directory: str,
    config_settings: Settings = None,
    metadata_directory: str | None = None,
) -> str:
    """Build the fork's wheel into ``wheel_directory`` and return its name."""
    with _release(), _setuptools() as backend:
        return str(backend.build_wheel(wheel_directory, config_settings))


def build_sdist(sdist_directory: str, config_settings: Settings = None) -> str:
    """Build the fork's sdist into ``sdist_directory`` and return its name."""
    with _release() as epoch, _setuptools() as backend:
        name = str(backend.build_sdist(sdist_directory, config_settings))
        normalize_sdist(Path(sdist_directory, name), epoch)
        return name


def build_editable(
    wheel_directory: str,
    config_settings: Settings = None,
    metadata_directory: str | None = None,
) -> str:
    """Build a wheel that leads to the composed tree of this checkout."""
    with _messages():
        layout = find_layout()
        refresh(layout)
        tag = _tag(load_queue(layout))
    with tempfile.TemporaryDirectory(prefix="django-build-") as room:
        # The tree is a git repository, and stays clean: what setuptools makes
        # goes elsewhere.
        config = Path(room, "extra.cfg")
        config.write_text(f"[egg_info]\negg_base = {room}\ntag_build = {tag}\n")
        with _changed_directory(layout.tree), _setuptools() as backend:
            os.environ["DIST_EXTRA_CONFIG"] = str(config)
            return str(backend.build_editable(wheel_directory, config_settings))


def normalize_sdist(sdist: Path, epoch: int) -> None:
    """Write the archive ``sdist`` again without owners, with fixed times and order."""
    partial = sdist.with_suffix(".partial")
    with ExitStack() as stack:
        source = stack.enter_context(tarfile.open(sdist))
        stream = stack.enter_context(open(partial, "wb"))
        compressed = stack.enter_context(
            gzip.GzipFile("", "wb", mtime=epoch, fileobj=stream)
        )
        target = stack.enter_context(
            tarfile.open(fileobj=compressed, mode="w", format=tarfile.PAX_FORMAT)
        )
        for member in sorted(source.getmembers(), key=lambda member: member.name):
            member.mtime = epoch
            member.uid = member.gid = 0
            member.uname = member.gname = ""
            member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
            member.pax_headers = {}
            content = source.extractfile(member) if member.isfile() else None
            target.addfile(member, content)
    partial.replace(sdist)


@contextmanager
def _release() -> Iterator[int]:
    """Compose a release, be in its directory, and give its timestamp."""
    with tempfile.TemporaryDirectory(prefix="django-build-") as room:
        directory = Path(room, "django")
        with _messages():
            layout = find_layout()
            _refuse_work(layout)
            queue = load_queue(layout)
            upstream = fetch_upstream(layout, queue.manifest)
            for path in [p for p in upstream.files if p.startswith(_GENERATED)]:
                del upstream.files[path]
            write_files(directory, make_plan(queue, upstream))
        epoch = _epoch(queue)
        (directory / "setup.py").write_text(_SETUP.format(epoch=epoch))
        (directory / "setup.cfg").write_text(f"[egg_info]\ntag_build = {_tag(queue)}\n")
        with _changed_directory(directory):
            yield epoch


def _refuse_work(layout: Layout) -> None:
    state = read_state(layout)
    if state is None or state.changing_to is not None:
        return
    if unexported := find_work(layout, state).unexported:
        raise QueueError(
            f"{layout.tree} holds work that the build would leave out: "
            f"{listed(unexported)}. Run 'python3 scripts/fork.py export' first."
        )


def _tag(queue: Queue) -> str:
    return f"+{queue.manifest.label}"


def _epoch(queue: Queue) -> int:
    dates = [parsedate_to_datetime(topic.mail.date) for topic in queue.topics]
    # Zip archives know no time before 1980.
    return int(max(date.timestamp() for date in dates)) if dates else 315532800


@contextmanager
def _messages() -> Iterator[None]:
    """End with the message alone where a person has to do something."""
    try:
        yield
    except QueueError as error:
        sys.exit(f"error: {error}")
    except OSError as error:
        sys.exit(f"error: {describe(error)}")


@contextmanager
def _changed_directory(directory: Path) -> Iterator[None]:
    before = os.getcwd()
    os.chdir(directory)
    try:
        yield
    finally:
        os.chdir(before)


@contextmanager
def _setuptools() -> Iterator[Any]:
    from setuptools import build_meta  # type: ignore[import-untyped, unused-ignore]

    yield build_meta
