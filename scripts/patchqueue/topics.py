"""
The topics of the queue, as ``patches/`` keeps them.

``patches/series`` is the table of contents. It lists the topics in their order
and, indented below each, the files of ours that the topic brings:

    unsaved-instances
        docs/releases/composite.1/unsaved-instances.inc
        tests/composite_keys/test_equality.py

``patches/<topic>.patch`` is the topic's mail: its header, its message, and
behind the line ``---`` the edits of upstream's files, where it has any.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from email.utils import parseaddr, parsedate_to_datetime
from pathlib import Path

from .diffs import FilePatch, parse_diff
from .errors import QueueError
from .layout import Layout
from .manifest import Manifest, load_manifest

AUTHOR = "Composite keys contributors <contributors@composite-keys.invalid>"

_HEADERS = ("From", "Date", "Subject", "Ticket", "Drop-when")
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
SEPARATOR = b"\n---\n"


@dataclass(frozen=True)
class Mail:
    """
    What a topic says of itself.

    ``ticket`` tells whether upstream knows of the matter, ``drop_when`` what
    must have happened for the topic to leave the queue.
    """

    subject: str
    body: str
    ticket: str
    drop_when: str
    date: str
    author: str = AUTHOR

    @property
    def message(self) -> str:
        """The message of the commit that the topic becomes."""
        return f"{self.subject}\n\n{self.body}".rstrip() + "\n"

    @property
    def note(self) -> str:
        """What the mail says beside the message, for the reviewer's eyes."""
        return f"Ticket: {self.ticket}\nDrop-when: {self.drop_when}\n"

    def dumps(self) -> str:
        values = (self.author, self.date, self.subject, self.ticket, self.drop_when)
        header = "".join(f"{k}: {v}\n" for k, v in zip(_HEADERS, values))
        body = f"\n{self.body}\n" if self.body else ""
        return f"{header}{body}---\n"


@dataclass(frozen=True)
class Topic:
    """One change, as upstream would review it."""

    name: str
    mail: Mail
    files: list[str] = field(default_factory=list)
    edits: list[FilePatch] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not self.files and not self.edits

    def dumps(self) -> bytes:
        """Return the contents of the topic's patch file."""
        edits = b"".join(edit.dumps() for edit in self.edits)
        return self.mail.dumps().encode() + edits


@dataclass(frozen=True)
class Queue:
    """The manifest, the topics in order, and the contents of the files we wrote."""

    manifest: Manifest
    topics: list[Topic]
    contents: dict[str, bytes]

    def owner(self, path: str) -> Topic | None:
        """Return the topic that brings our file ``path``."""
        return next((topic for topic in self.topics if path in topic.files), None)

    def editors(self, path: str) -> list[Topic]:
        """Return the topics that edit upstream's file ``path``, in order."""
        return [
            topic
            for topic in self.topics
            if any(edit.path == path for edit in topic.edits)
        ]

    def topic(self, name: str) -> Topic:
        """Return the topic ``name``. Raise QueueError if there is none."""
        for topic in self.topics:
            if topic.name == name:
                return topic
        known = ", ".join(topic.name for topic in self.topics) or "none"
        raise QueueError(f"There is no topic {name!r}. The topics are: {known}.")


def list_files(layout: Layout, queue: Queue) -> dict[Path, bytes]:
    """Return all that is in ``patches/`` for this queue."""
    return {
        layout.manifest: queue.manifest.dumps().encode(),
        layout.series: dump_series(queue.topics).encode(),
        **{layout.patches / f"{t.name}.patch": t.dumps() for t in queue.topics},
    }


def check_topic_name(name: str) -> None:
    """Raise QueueError if ``name`` cannot name a topic."""
    if not _NAME.fullmatch(name):
        raise QueueError(f"{name!r} is no topic: names are like 'unsaved-instances'.")


def load_queue(layout: Layout) -> Queue:
    """Read the queue of a checkout. Raise QueueError if a part cannot be read."""
    try:
        series = parse_series(_read(layout, "series").decode())
    except UnicodeDecodeError as error:
        raise QueueError(f"patches/series: it is not in UTF-8: {error}.") from error
    topics = [_load_topic(layout, name, files) for name, files in series.items()]
    contents = {path: (layout.root / path).read_bytes() for path in layout.own_files()}
    return Queue(load_manifest(layout.manifest), topics, contents)


def _read(layout: Layout, name: str) -> bytes:
    try:
        return (layout.patches / name).read_bytes()
    except OSError as error:
        raise QueueError(f"patches/{name}: {error.strerror}.") from error


def _load_topic(layout: Layout, name: str, files: list[str]) -> Topic:
    file = f"{name}.patch"
    text = _read(layout, file)
    try:
        return parse_topic(name, text, files)
    except QueueError as error:
        raise QueueError(f"patches/{file}: {error}") from error


def parse_topic(name: str, text: bytes, files: list[str]) -> Topic:
    """Return the topic that brings ``files`` and whose patch file has ``text``."""
    head, separator, diff = text.partition(SEPARATOR)
    if not separator:
        raise QueueError("the line '---' below the message is missing.")
    try:
        return Topic(name, parse_mail(head.decode()), files, parse_diff(diff))
    except UnicodeDecodeError as error:
        raise QueueError(f"it is not in UTF-8: {error}.") from error


def check_topic(topic: Topic) -> None:
    """Raise QueueError if the topic would be read as another than it is written."""
    try:
        same = parse_topic(topic.name, topic.dumps(), topic.files) == topic
    except QueueError:
        same = False
    if not same:
        raise QueueError(
            f"{topic.name}: the subject, ticket and drop-when are one line each, and "
            "a message has no line '---'."
        )


def parse_mail(text: str) -> Mail:
    """Return the mail whose header and message are ``text``."""
    header, _, body = text.partition("\n\n")
    values = {}
    for expected, line in zip(_HEADERS, header.splitlines() + [""] * len(_HEADERS)):
        name, _, value = line.partition(": ")
        if name != expected or not value.strip():
            raise QueueError(
                f"the header has {line!r} where '{expected}: …' is expected; a header "
                f"is made of {', '.join(_HEADERS)}, in this order."
            )
        values[name] = value
    if len(header.splitlines()) > len(_HEADERS):
        raise QueueError(f"the header has more than {', '.join(_HEADERS)}.")
    try:
        date = parsedate_to_datetime(values["Date"])
    except ValueError:
        date = None
    if date is None or date.tzinfo is None:
        raise QueueError(f"{values['Date']!r} is not a date with a time zone.")
    if not all(parseaddr(values["From"])):
        raise QueueError(f"{values['From']!r} is not of the form 'Name <address>'.")
    return Mail(
        subject=values["Subject"],
        body=body.strip("\n"),
        ticket=values["Ticket"],
        drop_when=values["Drop-when"],
        date=values["Date"],
        author=values["From"],
    )


def parse_series(text: str) -> dict[str, list[str]]:
    """Return the files of each topic that ``patches/series`` lists, in order."""
    series: dict[str, list[str]] = {}
    files: list[str] | None = None
    claimed: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        entry = line.strip()
        if not entry or entry.startswith("#"):
            continue
        if not line[0].isspace():
            try:
                check_topic_name(entry)
            except QueueError as error:
                raise QueueError(f"patches/series:{number}: {error}") from error
            if entry in series:
                raise QueueError(f"patches/series:{number}: {entry} is listed twice.")
            files = series[entry] = []
        elif files is None:
            raise QueueError(f"patches/series:{number}: {entry} stands below no topic.")
        elif entry in claimed:
            raise QueueError(
                f"patches/series:{number}: {entry} belongs to {claimed[entry]} already."
            )
        else:
            files.append(entry)
            claimed[entry] = list(series)[-1]
    return series


def dump_series(topics: Iterable[Topic]) -> str:
    """Return the contents of ``patches/series`` for these topics."""
    blocks = ["# The topics, in order; below each, the files of ours that it brings.\n"]
    for topic in topics:
        files = "".join(f"    {path}\n" for path in sorted(topic.files))
        blocks.append(f"{topic.name}\n{files}")
    return "\n".join(blocks)
