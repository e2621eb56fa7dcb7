"""What must be true of a queue; see house.md's rules, each of which is here."""

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from .diffs import make_diff
from .errors import QueueError
from .git import blob_hash, git, git_text, has_markers
from .layout import ROOMS, Layout
from .plan import Plan, make_plan, own_content
from .topics import Queue, Topic, list_files, load_queue
from .tree import BASE_BRANCH, start_history, write_history
from .upstream import Upstream, fetch_upstream

_SUBJECT = re.compile(r"((Fixed|Refs) #\d+(, #\d+)* -- )?(?!.* -- )[A-Z].*\.")
# A hook is an import plus a call. What needs more lines than this is logic.
_HOOK_LINES = 10


def find_violations(layout: Layout) -> list[str]:
    """Return one line for each rule that the queue breaks, none if it is sound."""
    try:
        queue = load_queue(layout)
        upstream = fetch_upstream(layout, queue.manifest)
    except QueueError as error:
        return [str(error)]
    found = [
        *check_listing(layout, queue),
        *check_relations(queue, upstream),
        *(line for topic in queue.topics for line in check_mail(topic)),
        *(line for topic in queue.topics for line in check_hooks(topic)),
    ]
    # Of a queue that is broken otherwise, this would only tell the same again.
    return found or [
        *check_form(layout, queue),
        *check_history(make_plan(queue, upstream)),
    ]


def check_listing(layout: Layout, queue: Queue) -> Iterator[str]:
    """There is nothing in ``patches/`` but the queue."""
    for file in sorted(layout.patches.iterdir()):
        if file not in list_files(layout, queue):
            name = file.relative_to(layout.root).as_posix()
            yield f"{name} is in no topic: list it in patches/series or remove it."


def check_form(layout: Layout, queue: Queue) -> Iterator[str]:
    """Everything in ``patches/`` is as export writes it."""
    for file, content in list_files(layout, queue).items():
        if file.read_bytes() != content:
            name = file.relative_to(layout.root).as_posix()
            yield (
                f"{name} is not as export writes it: run 'python3 scripts/fork.py "
                "export'."
            )


def check_relations(queue: Queue, upstream: Upstream) -> Iterator[str]:
    """Each path is added, superseded or patched; each patch fits exactly."""
    for path, content in queue.contents.items():
        if queue.owner(path) is None:
            yield f"{path} belongs to no topic: list it in patches/series."
        if has_markers(content):
            yield f"{path} has the markers of a merge conflict."
    for path in queue.manifest.superseded:
        if queue.owner(path) is None and path not in queue.contents:
            yield (
                f"{path} is superseded in patches/manifest.json, and no topic "
                "brings it."
            )
    current: dict[str, bytes | None] = {}
    for topic in queue.topics:
        for path in topic.files:
            if path.split("/")[0] not in ROOMS:
                yield f"{path} is in none of the rooms {', '.join(ROOMS)}."
            try:
                own_content(queue, upstream, path)
            except QueueError as error:
                yield str(error)
        for edit in topic.edits:
            patch = f"patches/{topic.name}.patch"
            if (owner := queue.owner(edit.path)) is not None:
                yield f"{patch} edits {edit.path}, which {owner.name} brings."
                continue
            if edit.path not in current:
                current[edit.path] = upstream.read(edit.path)
                if current[edit.path] is None:
                    yield f"{patch} edits {edit.path}, which upstream does not have."
            # None, too, where an earlier patch of the file did not fit.
            if (before := current[edit.path]) is None:
                continue
            try:
                current[edit.path] = edit.apply(before)
            except QueueError as error:
                yield f"{patch}: {error}"
                current[edit.path] = None


def check_mail(topic: Topic) -> Iterator[str]:
    """A topic justifies itself, in the words of a commit in Django."""
    patch, mail = f"patches/{topic.name}.patch", topic.mail
    if not _SUBJECT.fullmatch(mail.subject):
        yield (
            f"{patch}: the subject {mail.subject!r} is not of Django's form "
            "('Refs #373 -- Added … .')."
        )
    if not mail.body:
        yield f"{patch}: the message does not say why the topic exists."
    for header, value in (("Ticket", mail.ticket), ("Drop-when", mail.drop_when)):
        if "FIXME" in value:
            yield f"{patch}: the header {header} is not filled in."
    if topic.is_empty:
        yield (
            f"{patch}: the topic brings nothing and edits nothing: remove it, here "
            "and in patches/series."
        )


def check_hooks(topic: Topic) -> Iterator[str]:
    """An edit of upstream's code is a hook; logic and noise have no place there."""
    for edit in topic.edits:
        where = f"patches/{topic.name}.patch: {edit.path}"
        if has_markers(b"".join(line for h in edit.hunks for line in h.added)):
            yield f"{where} gets the markers of a merge conflict."
        for hunk in edit.hunks:
            added, removed = (
                b"".join(lines).split() for lines in (hunk.added, hunk.removed)
            )
            if added == removed and not edit.path.startswith("docs/"):
                yield f"{where}: the hunk at line {hunk.start} only changes space."
            if len(hunk.added) > _HOOK_LINES and edit.path.startswith("django/"):
                yield (
                    f"{where}: the hunk at line {hunk.start} adds {len(hunk.added)} "
                    f"lines; more than {_HOOK_LINES} want to be a function in a "
                    "module of ours."
                )


def check_history(plan: Plan) -> Iterator[str]:
    """
    Composed for real, an empty queue is upstream's tree, and ours comes back.

    The first commit must have the very blobs of the sdist; each further commit
    must change what its topic says, and the patches made from it must be ours.
    """
    with tempfile.TemporaryDirectory(prefix="patchqueue-") as room:
        tree = Path(room, "django")
        start_history(tree, plan.upstream)
        expected = plan.upstream.blobs()
        found = _blobs(tree, BASE_BRANCH)
        for path in sorted(expected.keys() | found.keys()):
            if expected.get(path) != found.get(path):
                yield f"An empty queue does not reproduce upstream's {path}."
        last = write_history(tree, plan)
        listing = git_text(tree, "rev-list", "--reverse", f"{BASE_BRANCH}..{last}")
        commits = [BASE_BRANCH, *listing.split()]
        for step, parent, commit in zip(plan.steps, commits, commits[1:]):
            yield from _check_step(tree, step.topic, parent, commit)
        result = {**expected, **{p: blob_hash(c) for p, c in plan.result().items()}}
        if _blobs(tree, last) != result:
            yield "The composed tree is not what the queue says."


def _check_step(tree: Path, topic: Topic, parent: str, commit: str) -> Iterator[str]:
    listing = git(tree, "diff", "--name-only", "-z", parent, commit)
    changed = {path.decode() for path in listing.split(b"\0") if path}
    edits = {edit.path: edit for edit in topic.edits}
    patch = f"patches/{topic.name}.patch"
    for path in sorted(changed ^ {*topic.files, *edits}):
        yield f"{patch}: {path} comes out of the composed tree in another way."
    for path in sorted(changed & edits.keys()):
        before, after = (
            git(tree, "cat-file", "blob", f"{side}:{path}") for side in (parent, commit)
        )
        exported = make_diff(path, before, after)
        if exported.hunks != edits[path].hunks:
            yield f"{patch}: {path} is exported with other hunks."


def _blobs(tree: Path, commit: str) -> dict[str, str]:
    listing = git(tree, "ls-tree", "-r", "-z", commit).split(b"\0")
    entries = (line.decode().split(None, 3) for line in listing if line)
    return {path: blob for _, _, blob, path in entries}
