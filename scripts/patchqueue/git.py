"""Running git, undisturbed by the settings of whoever runs it."""

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from .errors import QueueError

# The line of equal signs is not among them: so are headings underlined in docs.
_MARKER = re.compile(rb"^(<{7}|\|{7}|>{7})( |\r?$)", re.MULTILINE)

_SETTINGS = {
    "core.autocrlf": "false",
    "core.safecrlf": "false",
    "core.quotePath": "false",
    "core.hooksPath": os.devnull,
    "core.excludesFile": os.devnull,
    "core.attributesFile": os.devnull,
    "core.fsmonitor": "false",
    "commit.gpgSign": "false",
    "diff.algorithm": "histogram",
    "diff.noprefix": "false",
    "diff.renames": "false",
    "diff.mnemonicPrefix": "false",
    "gc.auto": "0",
    "safe.directory": "*",
}


def blob_hash(content: bytes) -> str:
    """Return the hash that git has for a file with this content."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def git(
    directory: Path,
    *arguments: str,
    stdin: bytes | None = None,
    environment: dict[str, str] | None = None,
    allowed: tuple[int, ...] = (0,),
) -> bytes:
    """
    Run git in ``directory`` and return what it printed.

    No repository around ``directory`` is ever taken for one in it. Raise
    QueueError if there is no git, or if it exits with another code than those
    allowed.
    """
    if shutil.which("git") is None:
        raise QueueError("This needs git, and there is none on the PATH: install it.")
    # Variables such as GIT_DIR are set while a hook of another repository runs.
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    settings = {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_CEILING_DIRECTORIES": str(directory.resolve().parent),
        "GIT_CONFIG_COUNT": str(len(_SETTINGS)),
        "LC_ALL": "C",
    }
    for number, (key, value) in enumerate(_SETTINGS.items()):
        settings[f"GIT_CONFIG_KEY_{number}"] = key
        settings[f"GIT_CONFIG_VALUE_{number}"] = value
    result = subprocess.run(
        ["git", *arguments],
        cwd=directory,
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True,
        env={**inherited, **settings, **(environment or {})},
    )
    if result.returncode not in allowed:
        said = result.stderr.decode(errors="replace").strip()
        command = " ".join(arguments[:2])
        raise QueueError(f"'git {command}' failed in {directory}:\n{said}")
    return result.stdout


def git_text(directory: Path, *arguments: str) -> str:
    """Run git in ``directory`` and return what it printed as one stripped text."""
    return git(directory, *arguments).decode(errors="surrogateescape").strip()


def has_commits(directory: Path, names: Iterable[str]) -> bool:
    """Tell whether ``directory`` has a git history with the commits ``names``."""
    if not (directory / ".git").is_dir():
        return False
    asked = "".join(f"{name}^{{commit}}\n" for name in names).encode()
    # What is missing is said so, and a directory without history is code 128.
    said = git(directory, "cat-file", "--batch-check", stdin=asked, allowed=(0, 128))
    return bool(said) and all(b" commit " in line for line in said.splitlines())


def merge_files(
    current: bytes, base: bytes, other: bytes, labels: tuple[str, str, str], room: Path
) -> tuple[bytes, int]:
    """
    Merge the changes that lead from ``base`` to ``other`` into ``current``.

    Return the merged content and the number of conflicts, which stand in the
    content between git's markers under the given labels. ``room`` is a
    directory for temporary files.
    """
    if base == other or current == other:
        return current, 0
    if current == base:
        return other, 0
    names = ("current", "base", "other")
    for name, content in zip(names, (current, base, other)):
        (room / name).write_bytes(content)
    options = [word for label in labels for word in ("-L", label)]
    # git merge-file exits with the number of conflicts, 127 at most.
    merged = git(
        room,
        *("merge-file", "-p", "--diff3", *options, *names),
        allowed=tuple(range(128)),
    )
    start = re.compile(rb"^<<<<<<< " + re.escape(labels[0].encode()), re.MULTILINE)
    return merged, len(start.findall(merged))


def has_markers(content: bytes) -> bool:
    """Tell whether there are markers of a conflict in ``content``."""
    return _MARKER.search(content) is not None
