"""
Carrying the queue to another release of Django.

Each edit of an upstream file is merged three ways: from the file as it was
before the topic to the file behind it, into the file of the other release. A
conflict is left, with git's markers, in ``build/rebase/<version>/<topic>/``. Once
the markers there are resolved, the same command takes the resolution and goes
on, so that nothing is lost and nothing in the repository is ever half carried.
"""

import difflib
import hashlib
import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from .errors import QueueError
from .export import make_edit, write_queue
from .git import blob_hash, git, merge_files
from .layout import Layout
from .manifest import Manifest, parse_manifest
from .plan import make_plan
from .topics import Queue, Topic, load_queue
from .tree import compose, find_work, read_state
from .upstream import Upstream, fetch_release, fetch_upstream

_MARKERS = (b"<<<<<<< ", b"||||||| ", b">>>>>>> ")


@dataclass
class TopicReport:
    """What became of one topic: lines for the reader, by their weight."""

    name: str
    applied: list[str] = field(default_factory=list)
    merged: list[str] = field(default_factory=list)
    # What is settled only by a person.
    conflicts: list[str] = field(default_factory=list)
    review: list[str] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        if self.conflicts:
            state = "conflicts"
        elif self.review:
            state = "applies, to be reviewed"
        elif self.merged:
            state = "applies, merged"
        else:
            state = "applies"
        yield f"{self.name}: {state}"
        for lines in (self.conflicts, self.review, self.merged, self.applied):
            yield from (f"    {line}" for line in lines)


@dataclass
class Rebase:
    """Carries a queue from the release ``old`` to the release ``new``."""

    queue: Queue
    old: Upstream
    new: Upstream
    manifest: Manifest
    resolutions: Path
    relock: bool = False

    def run(self) -> tuple[Queue, list[TopicReport]]:
        """Return the carried queue, sound if no report has conflicts, and reports."""
        plan = make_plan(self.queue, self.old)
        before: dict[str, bytes] = {}
        current: dict[str, bytes] = {}
        locks = dict(self.queue.manifest.superseded)
        topics, reports = [], []
        for step in plan.steps:
            report = TopicReport(step.topic.name)
            for path in step.topic.files:
                self._carry_own(path, locks, report)
            edits = []
            for edit in step.topic.edits:
                path, after = edit.path, step.contents[edit.path]
                start = before.get(path, self.old.read(path))
                content = current.get(path, self.new.read(path))
                before[path] = after
                assert start is not None
                if content is None:
                    report.conflicts.append(f"{path}: gone in {self.new.version}")
                    continue
                carried = self._merge(step.topic, path, start, after, content, report)
                current[path] = carried
                made = make_edit(path, content, carried, edit)
                if made is None:
                    report.review.append(f"{path}: upstream has this edit")
                else:
                    edits.append(made)
            topics.append(replace(step.topic, edits=edits))
            reports.append(report)
        manifest = self.manifest.with_superseded(locks)
        manifest = replace(manifest, label=self.queue.manifest.label)
        return Queue(manifest, topics, self.queue.contents), reports

    def _carry_own(self, path: str, locks: dict[str, str], report: TopicReport) -> None:
        old, new = self.old.read(path), self.new.read(path)
        if old is None and new is not None:
            report.conflicts.append(
                f"{path}: we add it, and {self.new.version} has such a file"
            )
        elif old is not None and new is None:
            report.conflicts.append(
                f"{path}: superseded, and gone in {self.new.version}"
            )
        elif old is not None and new is not None:
            locks[path] = blob_hash(new)
            if old != new:
                line = f"{path}: superseded, changed upstream ({_size(old, new)})"
                (report.review if self.relock else report.conflicts).append(line)

    def _merge(
        self,
        topic: Topic,
        path: str,
        start: bytes,
        after: bytes,
        content: bytes,
        report: TopicReport,
    ) -> bytes:
        if content == start:
            report.applied.append(f"{path}: unchanged upstream")
            return after
        with tempfile.TemporaryDirectory(prefix="patchqueue-") as room:
            labels = (self.new.version, self.old.version, topic.name)
            merged, conflicts = merge_files(content, start, after, labels, Path(room))
        if not conflicts:
            report.merged.append(f"{path}: merged")
            return merged
        file = self.resolutions / topic.name / path
        inputs = hashlib.sha256(b"\0".join((start, after, content))).hexdigest()
        seal = file.with_name(f"{file.name}.json")
        if file.is_file() and seal.is_file():
            resolved = file.read_bytes()
            if json.loads(seal.read_text()) == inputs:
                if not any(marker in resolved for marker in _MARKERS):
                    report.merged.append(f"{path}: merged, as resolved in {file}")
                    return resolved
                report.conflicts.append(f"{path}: resolve {file}")
                return content
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(merged)
        seal.write_text(json.dumps(inputs))
        report.conflicts.append(f"{path}: {conflicts} conflicts, resolve {file}")
        # The topics behind are merged with upstream's content, not with markers.
        return content


def rebase(
    layout: Layout, version: str | None, *, report_only: bool, relock: bool
) -> Iterator[str]:
    """
    Carry the queue to ``version``, or to the one that an edited manifest pins.

    Yield the report, line by line. The queue is written only when every topic
    applies; then the tree is composed anew. Raise QueueError where it is not.
    """
    state = read_state(layout)
    if state is not None and find_work(layout, state).unexported:
        # compose says what to do about it.
        compose(layout)
    queue = load_queue(layout)
    if version in (None, queue.manifest.version):
        target = queue.manifest
        queue = replace(queue, manifest=_committed_manifest(layout))
        if queue.manifest.version == target.version:
            raise QueueError(f"The queue is at Django {target.version} already.")
        new = fetch_upstream(layout, target)
    else:
        assert version is not None
        new, target = fetch_release(layout, version)
    old = fetch_upstream(layout, queue.manifest)
    resolutions = layout.build / "rebase" / new.version
    carried, reports = Rebase(queue, old, new, target, resolutions, relock).run()
    yield f"From Django {old.version} to {new.version}:"
    for report in reports:
        yield from report.lines()
    count = sum(bool(report.conflicts) for report in reports)
    yield f"{len(reports) - count} of {len(reports)} topics apply."
    if report_only:
        return
    if count:
        raise QueueError(
            f"{count} topics do not apply; nothing was changed. Resolve what is named "
            "above and run this again. Where a superseded file changed upstream, take "
            "over what it needs and add --relock."
        )
    make_plan(carried, new)
    for path in write_queue(layout, carried):
        yield f"wrote {path}"
    yield compose(layout)


def _committed_manifest(layout: Layout) -> Manifest:
    path = layout.manifest.relative_to(layout.root).as_posix()
    text = git(layout.root, "show", f"HEAD:{path}").decode()
    return parse_manifest(text)


def _size(old: bytes, new: bytes) -> str:
    before, after = (side.decode(errors="replace").split("\n") for side in (old, new))
    # Without the two lines that name the sides.
    diff = list(difflib.unified_diff(before, after, n=0, lineterm=""))[2:]
    signs = [line[0] for line in diff]
    return f"+{signs.count('+')} -{signs.count('-')} lines"
