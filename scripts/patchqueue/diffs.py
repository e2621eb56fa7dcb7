"""
Context-free patches: parsed, applied exactly, and made.

A patch that has no context lines can only be applied where it was made, so that
each names the full git blob hash of the file before and after it. Both are
verified: there is no offset, no fuzz, and no hunk in a near-identical class.

    diff --git a/django/db/models/base.py b/django/db/models/base.py
    index <40 hex digits>..<40 hex digits> 100644
    --- a/django/db/models/base.py
    +++ b/django/db/models/base.py
    @@ -662 +662 @@
    -        the line that was there
    +        our line
"""

import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .errors import QueueError
from .git import blob_hash, git

_GIT_LINE = re.compile(rb"diff --git a/(?P<path>.+) b/(?P=path)")
_INDEX_LINE = re.compile(rb"index ([0-9a-f]{40})\.\.([0-9a-f]{40}) 100(?:644|755)")
_HUNK_LINE = re.compile(rb"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_NO_NEWLINE = b"\\ No newline at end of file\n"
# bytes.splitlines() would also split at a lone carriage return; git does not.
_LINE = re.compile(rb"[^\n]*\n|[^\n]+")


@dataclass(frozen=True)
class Hunk:
    """Lines that are replaced by other lines; each ends as it ends in the file."""

    start: int  # The number of the first removed line, or of the line before.
    removed: list[bytes]
    added: list[bytes]

    @property
    def index(self) -> int:
        """The index, in the list of the file's lines, where the hunk begins."""
        return self.start - 1 if self.removed else self.start

    def header(self, shift: int) -> bytes:
        """Return the line above the hunk, in a file that grew by ``shift`` lines."""
        start = self.index + shift + bool(self.added)
        removed, added = (
            b"" if len(lines) == 1 else b",%d" % len(lines)
            for lines in (self.removed, self.added)
        )
        return b"@@ -%d%b +%d%b @@\n" % (self.start, removed, start, added)


@dataclass(frozen=True)
class FilePatch:
    """The hunks for one file, and the hashes of the file before and after."""

    path: str
    before: str
    after: str
    hunks: list[Hunk]

    def dumps(self) -> bytes:
        """Return the patch as ``patches/`` keeps it; there is one way to write it."""
        name = self.path.encode()
        parts = [
            b"diff --git a/%b b/%b\n" % (name, name),
            f"index {self.before}..{self.after} 100644\n".encode(),
            b"--- a/%b\n+++ b/%b\n" % (name, name),
        ]
        shift = 0
        for hunk in self.hunks:
            parts.append(hunk.header(shift))
            for sign, lines in ((b"-", hunk.removed), (b"+", hunk.added)):
                for line in lines:
                    end = b"" if line.endswith(b"\n") else b"\n" + _NO_NEWLINE
                    parts.append(sign + line + end)
            shift += len(hunk.added) - len(hunk.removed)
        return b"".join(parts)

    def apply(self, content: bytes) -> bytes:
        """
        Return ``content`` with the hunks applied.

        Raise QueueError if it is not the content that the patch was made for,
        or does not become the content that the patch was made from.
        """
        found = blob_hash(content)
        if found != self.before:
            raise QueueError(
                f"{self.path} is {found[:12]} where the patch expects "
                f"{self.before[:12]}: the file drifted, or an earlier patch changed."
            )
        lines = _LINE.findall(content)
        result: list[bytes] = []
        done = 0
        for hunk in self.hunks:
            end = hunk.index + len(hunk.removed)
            if hunk.index < done or lines[hunk.index : end] != hunk.removed:
                raise QueueError(
                    f"{self.path}: the lines that the hunk at line {hunk.start} "
                    "removes are not there: the patch was edited by hand."
                )
            result += lines[done : hunk.index]
            result += hunk.added
            done = end
        result += lines[done:]
        changed = b"".join(result)
        if blob_hash(changed) != self.after:
            raise QueueError(
                f"{self.path} becomes {blob_hash(changed)[:12]} where the patch "
                f"promises {self.after[:12]}: the patch was edited by hand."
            )
        return changed


def parse_diff(text: bytes) -> list[FilePatch]:
    """
    Return the file patches in ``text``, the part of a patch below its header.

    Raise QueueError for anything but edits of text files without context.
    """
    lines = _LINE.findall(text)
    starts = [n for n, line in enumerate(lines) if line.startswith(b"diff --git ")]
    preamble = lines[: starts[0]] if starts else lines
    if any(line.strip() for line in preamble):
        raise QueueError(f"{_said(preamble[0])!r} is not part of a diff.")
    edits = [
        _parse_file(lines[start:end])
        for start, end in zip(starts, [*starts[1:], len(lines)])
    ]
    if repeated := [
        path for path, count in Counter(e.path for e in edits).items() if count > 1
    ]:
        raise QueueError(f"{repeated[0]} is edited twice.")
    return edits


def _said(line: bytes) -> str:
    return line.decode(errors="replace").strip()


def _parse_file(lines: list[bytes]) -> FilePatch:
    names = _GIT_LINE.fullmatch(lines[0].rstrip())
    if names is None:
        raise QueueError(
            f"{_said(lines[0])!r} is not the edit of one file: files are "
            "added, superseded or edited, and never renamed."
        )
    path = names["path"].decode()
    index = _INDEX_LINE.fullmatch(lines[1].rstrip()) if len(lines) > 1 else None
    if index is None:
        raise QueueError(
            f"{path}: the line 'index <hash before>..<hash after> <mode>' with both "
            "hashes in full is missing. Patches only edit files; those that we add "
            "or supersede are whole in django/, tests/ or docs/."
        )
    expected = [b"--- a/" + names["path"], b"+++ b/" + names["path"]]
    if [line.rstrip() for line in lines[2:4]] != expected:
        raise QueueError(
            f"{path}: the lines '--- a/{path}' and '+++ b/{path}' are not there."
        )
    hunks = list(_parse_hunks(path, lines[4:]))
    if not hunks:
        raise QueueError(f"{path}: there are no hunks.")
    before, after = (group.decode() for group in index.groups())
    return FilePatch(path, before, after, hunks)


def _parse_hunks(path: str, lines: list[bytes]) -> Iterator[Hunk]:
    position = 0
    while position < len(lines):
        header = _HUNK_LINE.match(lines[position])
        if header is None:
            said = _said(lines[position])
            if lines[position].startswith(b" "):
                raise QueueError(f"{path}: {said!r} is a context line.")
            raise QueueError(f"{path}: {said!r} is not the start of a hunk.")
        if lines[position].rstrip() != header.group():
            raise QueueError(
                f"{path}: the hunk header {header.group().decode()!r} is followed by "
                "a line of the file; export strips those."
            )
        position += 1
        sides: dict[bytes, list[bytes]] = {b"-": [], b"+": []}
        for sign, count in ((b"-", header[2]), (b"+", header[4])):
            for _ in range(1 if count is None else int(count)):
                line = lines[position] if position < len(lines) else b""
                if not line.startswith(sign):
                    raise QueueError(
                        f"{path}: the hunk {header.group().decode()!r} has other "
                        "lines than it says, or context lines."
                    )
                position += 1
                if position < len(lines) and lines[position].startswith(_NO_NEWLINE):
                    line = line.removesuffix(b"\n")
                    position += 1
                sides[sign].append(line[1:])
        yield Hunk(int(header[1]), sides[b"-"], sides[b"+"])


def make_diff(path: str, before: bytes, after: bytes) -> FilePatch:
    """Return the patch that makes ``after`` of ``before``, which must differ."""
    with tempfile.TemporaryDirectory(prefix="patchqueue-") as directory:
        room = Path(directory)
        Path(room, "before").write_bytes(before)
        Path(room, "after").write_bytes(after)
        output = git(
            room,
            *("diff", "--no-index", "--no-color", "--no-ext-diff", "--text", "-U0"),
            *("--inter-hunk-context=0", "--", "before", "after"),
            allowed=(1,),
        )
    lines = _LINE.findall(output[output.index(b"\n@@ ") + 1 :])
    # Git puts the line that encloses a hunk behind its header. That line is
    # upstream's, and not one that the patch replaces.
    body = [
        header.group() + b"\n" if (header := _HUNK_LINE.match(line)) else line
        for line in lines
    ]
    hunks = list(_parse_hunks(path, body))
    return FilePatch(path, blob_hash(before), blob_hash(after), hunks)
