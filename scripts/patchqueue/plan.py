"""What each topic of a queue does to the files of the upstream release."""

from dataclasses import dataclass

from .diffs import FilePatch
from .errors import QueueError
from .git import blob_hash
from .topics import Queue, Topic
from .upstream import Upstream


@dataclass(frozen=True)
class Step:
    """A topic, and the content of each file that it adds or changes."""

    topic: Topic
    contents: dict[str, bytes]


@dataclass(frozen=True)
class Plan:
    """The way from the upstream release to the composed tree."""

    upstream: Upstream
    steps: list[Step]

    def result(self) -> dict[str, bytes]:
        """Return the content of each file that differs from upstream's in the end."""
        result: dict[str, bytes] = {}
        for step in self.steps:
            result.update(step.contents)
        return result


def make_plan(queue: Queue, upstream: Upstream) -> Plan:
    """
    Apply the queue to the release, in memory.

    Raise QueueError at the first patch that does not fit exactly, the first
    path that has two relations to upstream's file, and the first of our files
    that belongs to no topic: nothing is composed from half a queue.
    """
    for path in queue.contents:
        if queue.owner(path) is None:
            raise QueueError(
                f"{path} belongs to no topic: run 'python3 scripts/fork.py export "
                "--topic TOPIC', or list it in patches/series below its topic."
            )
    changed: dict[str, bytes] = {}
    steps = []
    for topic in queue.topics:
        contents = {path: own_content(queue, upstream, path) for path in topic.files}
        for edit in topic.edits:
            contents[edit.path] = _edited(queue, upstream, topic, edit, changed)
        changed.update(contents)
        steps.append(Step(topic, contents))
    return Plan(upstream, steps)


def own_content(queue: Queue, upstream: Upstream, path: str) -> bytes:
    """Return the content of our file ``path``, once it is clear what it is."""
    if path not in queue.contents:
        raise QueueError(
            f"{path} is listed in patches/series, and there is no such file: restore "
            "it, or take it off the list."
        )
    replaced = upstream.read(path)
    lock = queue.manifest.superseded.get(path)
    if replaced is None and lock is not None:
        raise QueueError(
            f"{path} is superseded in patches/manifest.json, and Django "
            f"{upstream.version} has no such file."
        )
    if replaced is not None and lock is None:
        raise QueueError(
            f"{path} is ours, and Django {upstream.version} has such a file too: "
            "rename it, or lock the hash of upstream's under 'superseded' in "
            f"patches/manifest.json ({blob_hash(replaced)}) to replace it whole."
        )
    if replaced is not None and blob_hash(replaced) != lock:
        raise QueueError(
            f"{path} supersedes the file {lock}, and in Django {upstream.version} it "
            f"is {blob_hash(replaced)}: see what changed there, then lock the new hash."
        )
    return queue.contents[path]


def _edited(
    queue: Queue,
    upstream: Upstream,
    topic: Topic,
    edit: FilePatch,
    changed: dict[str, bytes],
) -> bytes:
    patch = f"patches/{topic.name}.patch"
    if (owner := queue.owner(edit.path)) is not None:
        raise QueueError(
            f"{patch} edits {edit.path}, which is ours and belongs to {owner.name}: "
            "edit the file itself."
        )
    content = changed.get(edit.path, upstream.read(edit.path))
    if content is None:
        raise QueueError(
            f"{patch} edits {edit.path}, and Django {upstream.version} has no such "
            "file."
        )
    try:
        return edit.apply(content)
    except QueueError as error:
        raise QueueError(f"{patch}: {error}") from error
