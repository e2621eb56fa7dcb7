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
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from .errors import QueueError
from .export import make_edit, write_queue
from .git import blob_hash, git_text, has_markers, merge_files
from .layout import Layout
from .locks import locked
from .manifest import Manifest, parse_manifest
from .plan import make_plan
from .topics import Queue, Topic, load_queue
from .tree import compose, find_work, read_state, unused
from .upstream import Upstream, fetch_release, fetch_upstream


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
    report_only: bool = False

    def run(self) -> tuple[Queue, list[TopicReport]]:
        """Return the carried queue, sound if no report has conflicts, and reports."""
        plan = make_plan(self.queue, self.old)
        before: dict[str, bytes] = {}
        current: dict[str, bytes] = {}
        # The topic whose conflict in a file is open, for those that come behind.
        waiting: dict[str, str] = {}
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
                if path in waiting:
                    report.conflicts.append(f"{path}: waits for {waiting[path]}")
                    continue
                if content is None:
                    report.conflicts.append(f"{path}: gone in {self.new.version}")
                    waiting[path] = step.topic.name
                    continue
                carried = self._merge(step.topic, path, start, after, content, report)
                if carried is None:
                    waiting[path] = step.topic.name
                    continue
                current[path] = carried
                made = make_edit(path, content, carried, edit)
                if made is None:
                    report.review.append(f"{path}: upstream has this edit")
                else:
                    edits.append(made)
            topics.append(replace(step.topic, edits=edits))
            if topics[-1].is_empty and not report.conflicts:
                report.review.append("nothing is left of it: remove the topic")
            reports.append(report)
        manifest = self.manifest.with_superseded(locks)
        label = self.manifest.label or self.queue.manifest.label
        manifest = replace(manifest, label=label)
        return Queue(manifest, topics, self.queue.contents), reports

    def _carry_own(self, path: str, locks: dict[str, str], report: TopicReport) -> None:
        old, new = self.old.read(path), self.new.read(path)
        if old is None and new is None:
            return
        if new is None:
            locks.pop(path)
            line = f"{path}: superseded, and gone in {self.new.version}"
        elif old == new:
            report.applied.append(f"{path}: superseded, unchanged upstream")
            return
        else:
            locks[path] = blob_hash(new)
            line = (
                f"{path}: we add it, and {self.new.version} has such a file"
                if old is None
                else f"{path}: superseded, changed upstream ({_size(old, new)})"
            )
        (report.review if self.relock else report.conflicts).append(line)

    def _merge(
        self,
        topic: Topic,
        path: str,
        start: bytes,
        after: bytes,
        content: bytes,
        report: TopicReport,
    ) -> bytes | None:
        """Return what the topic makes of ``content``, None where that is open."""
        if content == start:
            report.applied.append(f"{path}: unchanged upstream")
            return after
        with tempfile.TemporaryDirectory(prefix="patchqueue-") as room:
            labels = (self.new.version, self.old.version, topic.name)
            merged, conflicts = merge_files(content, start, after, labels, Path(room))
        if not conflicts:
            report.merged.append(f"{path}: merged")
            return merged
        inputs = hashlib.sha256(b"\0".join((start, after, content))).hexdigest()
        file = self.resolutions / topic.name / path
        seal = file.with_name(f"{file.name}.of")
        if file.is_file() and seal.is_file() and seal.read_text() == inputs:
            resolved = file.read_bytes()
            if not has_markers(resolved):
                report.merged.append(f"{path}: merged, as resolved in {file}")
                return resolved
            report.conflicts.append(f"{path}: resolve {file}")
            return None
        said = f"{path}: {conflicts} conflict{'' if conflicts == 1 else 's'}"
        if not self.report_only:
            _put(file, merged)
            seal.write_text(inputs)
            said += f", resolve {file}"
        report.conflicts.append(said)
        return None


def rebase(
    layout: Layout, version: str | None, *, report_only: bool, relock: bool
) -> Iterator[str]:
    """
    Carry the queue to ``version``, or to the one that an edited manifest pins.

    Yield the report, line by line. The queue is written only when every topic
    applies; then the tree is composed anew. Raise QueueError where it is not.
    """
    with locked(layout.lock):
        if not report_only:
            _refuse_work(layout)
        queue = load_queue(layout)
        if version in (None, queue.manifest.version):
            target = queue.manifest
            queue = replace(queue, manifest=_committed_manifest(layout))
            if queue.manifest.sdist == target.sdist:
                raise QueueError(f"The queue is at Django {target.version} already.")
            new = fetch_upstream(layout, target)
        else:
            assert version is not None
            new, target = fetch_release(layout, version)
        old = fetch_upstream(layout, queue.manifest)
        resolutions = layout.build / "rebase" / new.version
        carried, reports = Rebase(
            queue, old, new, target, resolutions, relock, report_only
        ).run()
        yield f"From Django {old.version} to {new.version}:"
        for report in reports:
            yield from report.lines()
        count = sum(bool(report.conflicts) for report in reports)
        yield f"{len(reports) - count} of {len(reports)} topics apply."
        if report_only:
            return
        if count:
            raise QueueError(
                f"{count} of {len(reports)} topics do not apply; nothing was changed. "
                "Resolve the conflicts in the files named above, and run this again."
                " Where a file of ours meets another one upstream, take over what "
                "it needs and add --relock. Where a file is gone, export the queue "
                "without the edit first."
            )
        make_plan(carried, new)
        for path in write_queue(layout, queue, carried):
            yield f"wrote {path}"
        yield compose(layout)


def _refuse_work(layout: Layout) -> None:
    state = read_state(layout)
    if state is None:
        return
    if state.changing_to is not None or find_work(layout, state).unexported:
        # This goes on with what was interrupted, or says what to do.
        compose(layout)


def _put(file: Path, content: bytes) -> None:
    """Write a conflict to resolve, beside a resolution of another conflict."""
    if file.is_file() and file.read_bytes() != content:
        file.replace(unused(file))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)


def _committed_manifest(layout: Layout) -> Manifest:
    path = layout.manifest.relative_to(layout.root).as_posix()
    try:
        return parse_manifest(git_text(layout.root, "show", f"HEAD:./{path}"))
    except QueueError as error:
        raise QueueError(
            "The manifest that was committed last tells where to carry the queue "
            f"from, and cannot be read: {error}"
        ) from error


def _size(old: bytes, new: bytes) -> str:
    before, after = (side.decode(errors="replace").split("\n") for side in (old, new))
    # Without the two lines that name the sides.
    diff = list(difflib.unified_diff(before, after, n=0, lineterm=""))[2:]
    signs = [line[0] for line in diff]
    return f"+{signs.count('+')} -{signs.count('-')} lines"
