"""The edits in the composed tree, back into the queue."""

import tempfile
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from email.utils import format_datetime
from pathlib import Path

from .diffs import FilePatch, make_diff
from .errors import QueueError
from .git import blob_hash, merge_files
from .layout import ROOMS, Layout
from .locks import locked
from .plan import make_plan
from .topics import (
    Mail,
    Queue,
    Topic,
    check_topic,
    check_topic_name,
    list_files,
    load_queue,
)
from .tree import Work, compose, find_work, read_state, refuse_contested
from .upstream import Upstream, fetch_upstream


@dataclass(frozen=True)
class Destination:
    """Where the contributor wants the edits to go; what is None is found out."""

    topic: str | None = None
    message: str | None = None
    ticket: str | None = None
    drop_when: str | None = None
    supersede: list[str] = field(default_factory=list)


def export(layout: Layout, destination: Destination) -> list[str]:
    """
    Take the work in the composed tree into the queue, and compose anew.

    Return a line for each file of the repository that changed. Raise QueueError,
    and change nothing, where an edit could belong to several topics or to none,
    or where later topics stand in its way.
    """
    with locked(layout.lock):
        work = _find_work_to_export(layout)
        queue = load_queue(layout)
        upstream = fetch_upstream(layout, queue.manifest)
        exporter = Exporter(queue, upstream, destination)
        exported = exporter.run({path: _read(layout, path) for path in work.edited})
        # Nothing is written before the new queue is known to apply and to be
        # read as it is written.
        make_plan(exported, upstream)
        for topic in exported.topics:
            check_topic(topic)
        written = write_queue(layout, queue, exported)
        if written or work.edited or work.stale:
            compose(layout)
    return written


def _find_work_to_export(layout: Layout) -> Work:
    state = read_state(layout)
    if state is None:
        return Work()
    if state.changing_to is not None:
        raise QueueError(
            f"Composing {layout.tree} was interrupted: finish that first with "
            "'python3 scripts/fork.py compose'."
        )
    if state.commit is None:
        raise QueueError(
            f"{layout.tree} was composed without git, and there is nothing to compare "
            "with. Install git, run 'python3 scripts/fork.py compose', and make the "
            "edits in the new tree: the old one is kept beside it."
        )
    work = find_work(layout, state)
    refuse_contested(layout, state, work)
    return work


def _read(layout: Layout, path: str) -> bytes | None:
    file = layout.tree / path
    return file.read_bytes() if file.is_file() else None


class Exporter:
    """Works one set of edited files into a queue, in memory."""

    def __init__(
        self, queue: Queue, upstream: Upstream, destination: Destination
    ) -> None:
        self.upstream = upstream
        self.destination = destination
        self.contents = dict(queue.contents)
        self.topics = {topic.name: topic for topic in queue.topics}
        self.manifest = queue.manifest
        self.queue = queue

    def run(self, edited: dict[str, bytes | None]) -> Queue:
        """Return the queue with the edits: contents by path, None for a removal."""
        self._address_topic()
        for path in self.destination.supersede:
            self._supersede(path, edited)
        for path, unclaimed in self.queue.contents.items():
            if self.queue.owner(path) is None:
                self._take_own(path, unclaimed)
        for path, content in edited.items():
            if path in self.destination.supersede:
                continue
            if self.upstream.read(path) is None or path in self.manifest.superseded:
                self._take_own(path, content)
            elif content is None:
                raise QueueError(
                    f"{path} is upstream's and was removed. A topic can edit or "
                    "supersede such a file, not remove it."
                )
            else:
                self._take_edit(path, content)
        name = self.destination.topic
        if name is not None and self.topics[name].is_empty:
            raise QueueError(
                f"There is nothing to export to {name}: a topic brings files or edits "
                "upstream's."
            )
        return Queue(self.manifest, list(self.topics.values()), self.contents)

    def _address_topic(self) -> None:
        """Make the topic that was asked for, or give it another message."""
        name, message = self.destination.topic, self.destination.message
        if name is None:
            if message or self.destination.ticket or self.destination.drop_when:
                raise QueueError("A message, ticket or drop-when needs a --topic.")
            return
        check_topic_name(name)
        known = self.topics.get(name)
        if known is None and message is None:
            raise QueueError(
                f"There is no topic {name!r}. The topics are: "
                f"{', '.join(self.topics) or 'none'}. A new one needs a --message."
            )
        now = format_datetime(datetime.now(timezone.utc).replace(microsecond=0))
        mail = known.mail if known else Mail("", "", "None.", "FIXME", now)
        if message is not None:
            subject, _, body = message.strip().partition("\n")
            mail = replace(mail, subject=subject.strip(), body=body.strip("\n"))
        mail = replace(
            mail,
            ticket=self.destination.ticket or mail.ticket,
            drop_when=self.destination.drop_when or mail.drop_when,
        )
        self.topics[name] = replace(known or Topic(name, mail), mail=mail)

    def _supersede(self, path: str, edited: dict[str, bytes | None]) -> None:
        replaced = self.upstream.read(path)
        if replaced is None:
            raise QueueError(f"{path} is not upstream's: it needs no superseding.")
        if self.queue.editors(path):
            raise QueueError(
                f"{path} is patched, and cannot be superseded too: revert the edits "
                "and export that first."
            )
        content = edited.get(path)
        if content is None:
            raise QueueError(f"{path} was not changed in the composed tree.")
        superseded = {**self.manifest.superseded, path: blob_hash(replaced)}
        self.manifest = self.manifest.with_superseded(superseded)
        self._take_own(path, content)

    def _take_own(self, path: str, content: bytes | None) -> None:
        owner = self.queue.owner(path)
        if content is None:
            self.contents.pop(path, None)
            if path in self.manifest.superseded:
                raise QueueError(
                    f"{path} supersedes upstream's file. To have that, restore "
                    "ours in the tree; then remove it from the repository, from "
                    "patches/series and from 'superseded' in patches/manifest.json."
                )
            if owner is not None:
                topic = self.topics[owner.name]
                files = [file for file in topic.files if file != path]
                self.topics[owner.name] = replace(topic, files=files)
            return
        if path.split("/")[0] not in ROOMS:
            raise QueueError(
                f"{path} is new, and in none of {', '.join(ROOMS)}: move or remove it."
            )
        if not path.isprintable() or path != path.strip():
            raise QueueError(f"{path!r} cannot be in patches/series: rename it.")
        self.contents[path] = content
        if owner is None and not self._claimed(path):
            topic = self.topics[self._topic_for(path, [])]
            files = sorted([*topic.files, path])
            self.topics[topic.name] = replace(topic, files=files)

    def _claimed(self, path: str) -> bool:
        return any(path in topic.files for topic in self.topics.values())

    def _take_edit(self, path: str, content: bytes) -> None:
        editors = [topic.name for topic in self.queue.editors(path)]
        name = self._topic_for(path, editors)
        order = list(self.topics)
        # The content of the file behind each topic that edits it, before and
        # after this edit has been worked in.
        chain = sorted({*editors, name}, key=order.index)
        base = self.upstream.read(path)
        assert base is not None
        versions = self._versions(path, base, chain)
        last = versions[-1]
        previous = base
        for topic_name, version in zip(chain, versions):
            merged = version
            if order.index(topic_name) >= order.index(name):
                merged = self._merge(path, version, last, content, topic_name)
            self._set_edit(topic_name, path, previous, merged)
            previous = merged
        if previous != content:
            raise self._in_the_way(path, name)

    def _versions(self, path: str, base: bytes, chain: list[str]) -> list[bytes]:
        versions = []
        for name in chain:
            for edit in self.topics[name].edits:
                if edit.path == path:
                    base = edit.apply(base)
            versions.append(base)
        return versions

    def _merge(
        self, path: str, version: bytes, last: bytes, content: bytes, name: str
    ) -> bytes:
        with tempfile.TemporaryDirectory(prefix="patchqueue-") as room:
            labels = (name, "composed", "edited")
            merged, conflicts = merge_files(version, last, content, labels, Path(room))
        if conflicts:
            raise self._in_the_way(path, name)
        return merged

    def _in_the_way(self, path: str, name: str) -> QueueError:
        return QueueError(
            f"{path}: the edit touches lines of a topic that comes after {name}. "
            "Name that topic with --topic."
        )

    def _set_edit(self, name: str, path: str, before: bytes, after: bytes) -> None:
        topic = self.topics[name]
        known = {edit.path: edit for edit in topic.edits}
        edit = make_edit(path, before, after, known.get(path))
        known.pop(path, None)
        if edit is not None:
            known[path] = edit
        edits = [known[path] for path in sorted(known)]
        self.topics[name] = replace(topic, edits=edits)

    def _topic_for(self, path: str, editors: list[str]) -> str:
        if self.destination.topic is not None:
            return self.destination.topic
        if len(editors) == 1:
            return editors[0]
        said = (
            f"is edited by {', '.join(editors)}" if editors else "belongs to no topic"
        )
        raise QueueError(
            f"{path} {said}: name the topic with --topic; a new one needs a --message "
            "too."
        )


def make_edit(
    path: str, before: bytes, after: bytes, known: FilePatch | None
) -> FilePatch | None:
    """
    Return the patch between two contents of a file, None if they are the same.

    Where the known patch says the same it is kept to the letter, so that another
    version of git makes no noise.
    """
    if before == after:
        return None
    hashes = (blob_hash(before), blob_hash(after))
    if known is not None and (known.before, known.after) == hashes:
        return known
    return make_diff(path, before, after)


def write_queue(layout: Layout, before: Queue, after: Queue) -> list[str]:
    """
    Write the queue into the repository, and return the paths that changed.

    Only files of ours that differ from those ``before`` are touched. What cannot
    be written to the end is put back.
    """
    files: dict[Path, bytes | None] = {**list_files(layout, after)}
    for path in before.contents.keys() | after.contents.keys():
        if before.contents.get(path) != (content := after.contents.get(path)):
            files[layout.root / path] = content
    known = {f: f.read_bytes() if f.is_file() else None for f in files}
    changed = sorted(file for file in files if known[file] != files[file])
    try:
        for file in changed:
            _write(file, files[file])
    except BaseException:
        for file in changed:
            _write(file, known[file])
        raise
    return [file.relative_to(layout.root).as_posix() for file in changed]


def _write(file: Path, content: bytes | None) -> None:
    if content is None:
        file.unlink(missing_ok=True)
    else:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
