"""
The composed tree: a full Django source tree in ``build/django``.

It has its own git history, upstream as the first commit and one commit for
each topic, that is always made anew from the queue. What a contributor edits or
commits there is work until ``export`` has taken it into the queue; nothing here
ever overwrites work.

Without git (``pip install`` needs none) the tree has no history.
"""

import hashlib
import json
import os
import shutil
from dataclasses import asdict, dataclass, field
from email.utils import parseaddr, parsedate_to_datetime
from pathlib import Path

from .errors import QueueError
from .git import git, git_text
from .layout import IGNORED_DIRECTORIES, IGNORED_SUFFIXES, Layout
from .manifest import load_manifest
from .plan import Plan, make_plan
from .topics import AUTHOR, SEPARATOR, load_queue
from .upstream import Upstream, fetch_upstream

BASE_BRANCH = "upstream"
BRANCH = "main"

# The date of the first commit: any will do, if it is always the same.
_BASE_DATE = "Mon, 01 Jan 2024 00:00:00 +0000"

# What running, building and documenting leave in a tree.
_EXCLUDED = [
    *(f"{name}/" for name in sorted(IGNORED_DIRECTORIES)),
    *(f"*{suffix}" for suffix in sorted(IGNORED_SUFFIXES)),
    "/build/",
    "/dist/",
    "*.egg-info/",
    "node_modules/",
    "/tests/screenshots/",
]


@dataclass(frozen=True)
class Composed:
    """What is in the tree, as ``build/django.json`` remembers it."""

    fingerprint: str
    edits: str
    version: str
    commit: str | None = None
    # Set while git changes the files of a tree that was found clean.
    changing_to: str | None = None


@dataclass
class Work:
    """Where the tree, the commit it was composed as, and the repository differ."""

    # Changed in the tree, and to be exported.
    edited: list[str] = field(default_factory=list)
    # Ours, changed in the repository, and not yet in the tree.
    stale: list[str] = field(default_factory=list)
    # Ours, and changed on both sides.
    contested: list[str] = field(default_factory=list)

    @property
    def unexported(self) -> list[str]:
        return sorted(self.edited + self.contested)


def fingerprint(layout: Layout) -> tuple[str, str]:
    """
    Return a digest of all that the tree is made from, and one of the edits alone.

    The edits are what must not change below work that is not exported yet: the
    pinned release and the patches, without the mails they are in.
    """
    digest, edits = hashlib.sha256(), hashlib.sha256()
    for file in sorted(layout.patches.glob("*")):
        content = file.read_bytes()
        digest.update(f"{file.name}\0".encode() + content + b"\0")
        if file == layout.manifest:
            edits.update(content)
        elif file.suffix == ".patch":
            edits.update(content.partition(SEPARATOR)[2])
    for path in layout.own_files():
        digest.update(f"{path}\0".encode() + (layout.root / path).read_bytes() + b"\0")
    return digest.hexdigest(), edits.hexdigest()


def read_state(layout: Layout) -> Composed | None:
    """Return what the tree was composed from, None if there is no tree."""
    if not layout.tree.is_dir():
        return None
    try:
        return Composed(**json.loads(layout.tree_state.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise QueueError(
            f"{layout.tree} is not a tree that was composed here: "
            f"{layout.tree_state.name} is missing or damaged. Move the tree away."
        ) from error


def write_state(layout: Layout, state: Composed) -> None:
    text = json.dumps(asdict(state), indent=2) + "\n"
    partial = layout.tree_state.with_suffix(".partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(layout.tree_state)


def compose(layout: Layout, *, discard: bool = False) -> str:
    """
    Make the tree what the queue says, and return a line that tells what was done.

    Raise QueueError, and change nothing, if the queue does not apply, or if the
    tree holds work that was not exported, unless that is to be discarded.
    """
    digest, edits = fingerprint(layout)
    state = read_state(layout)
    if state is not None and state.changing_to is None and not discard:
        work = find_work(layout, state)
        if work.unexported:
            raise QueueError(_unexported(layout, work))
        if state.fingerprint == digest:
            return f"{layout.tree} is up to date."
    queue = load_queue(layout)
    upstream = fetch_upstream(layout, queue.manifest)
    plan = make_plan(queue, upstream)
    composed = Composed(digest, edits, queue.manifest.version)
    if shutil.which("git") is None:
        _replace_tree(layout, plan, composed)
    elif state is None or state.commit is None or state.version != upstream.version:
        _replace_tree(layout, plan, composed, history=True)
    else:
        commit = write_history(layout.tree, plan)
        write_state(layout, Composed(**{**asdict(state), "changing_to": commit}))
        git(layout.tree, "reset", "--quiet", "--hard", commit)
        if discard:
            git(layout.tree, "clean", "--quiet", "--force", "-d")
        write_state(layout, Composed(**{**asdict(composed), "commit": commit}))
    count = len(plan.steps)
    return (
        f"Composed Django {queue.manifest.fork_version}, {count} topics: {layout.tree}"
    )


def refresh(layout: Layout) -> str:
    """
    Make the tree what the queue says, beside the work that it holds.

    Files of ours that changed in the repository are taken into the tree. Raise
    QueueError, and change nothing, where work stands in the way.
    """
    state = read_state(layout)
    work = find_work(layout, state) if state is not None else Work()
    if state is None or not work.unexported:
        return compose(layout)
    if work.contested:
        raise QueueError(
            f"Changed in {layout.tree} and in this repository: "
            f"{', '.join(work.contested)}. Make them alike, then go on."
        )
    if fingerprint(layout)[1] != state.edits:
        raise QueueError("patches/ changed. " + _unexported(layout, work))
    for path in work.stale:
        source, target = layout.root / path, layout.tree / path
        if source.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
        else:
            target.unlink(missing_ok=True)
    return (
        f"{layout.tree} holds work that is not exported yet: "
        f"{', '.join(work.unexported)}."
    )


def find_work(layout: Layout, state: Composed) -> Work:
    """Compare the tree with the commit it was composed as, and with the repository."""
    work = Work()
    if state.commit is None:
        return work
    changed = set(
        _paths(git(layout.tree, "diff", "--name-only", "-z", state.commit))
    ) | set(
        _paths(git(layout.tree, "ls-files", "-z", "--others", "--exclude-standard"))
    )
    own = set(layout.own_files())
    composed_own = set(load_composed_own(layout, state))
    for path in sorted(changed | own | composed_own):
        in_tree = _content(layout.tree / path)
        composed = (
            _composed_content(layout.tree, state.commit, path)
            if path in changed
            else in_tree
        )
        is_own = path in own or path in composed_own
        in_repository = _content(layout.root / path) if is_own else composed
        if in_tree == in_repository:
            continue
        if in_tree == composed:
            work.stale.append(path)
        elif in_repository == composed:
            work.edited.append(path)
        else:
            work.contested.append(path)
    return work


def load_composed_own(layout: Layout, state: Composed) -> list[str]:
    """Return the files of ours that are in the commit the tree was composed as."""
    assert state.commit is not None
    listing = git(layout.tree, "diff", "--name-only", "-z", BASE_BRANCH, state.commit)
    superseded = load_manifest(layout.manifest).superseded
    at_base = set(
        _paths(git(layout.tree, "ls-tree", "-r", "-z", "--name-only", BASE_BRANCH))
    )
    return [
        path for path in _paths(listing) if path not in at_base or path in superseded
    ]


def write_history(tree: Path, plan: Plan) -> str:
    """
    Write the commits of the plan into the tree's git, and return the last one.

    The first one is upstream's and is kept. No branch and no file changes, but
    the notes that carry what the mails of the topics say beside their messages.
    """
    stream = []
    mark = 0
    parent = f"refs/heads/{BASE_BRANCH}^0"
    marks = []
    for step in plan.steps:
        mark += 1
        mail = step.topic.mail
        name, address = parseaddr(mail.author)
        person = f"{name} <{address}> {_timestamp(mail.date)}"
        stream.append(_commit_head("refs/heads/composing", mark, person, mail.message))
        stream.append(f"from {parent}\n".encode())
        for path, content in sorted(step.contents.items()):
            file = plan.upstream.files.get(path)
            executable = file is not None and file.executable
            stream.append(_file_command(path, content, executable))
        parent = f":{mark}"
        marks.append((mark, person, mail.note))
    git(tree, "update-ref", "-d", "refs/notes/commits")
    for number, (topic_mark, person, note) in enumerate(marks):
        mark += 1
        head = _commit_head("refs/notes/commits", mark, person, "Notes of the topics.")
        before = f"from :{mark - 1}\n" if number else ""
        command = f"{before}N inline :{topic_mark}\n"
        stream.append(head + command.encode() + _data(note.encode()))
    if not plan.steps:
        return git_text(tree, "rev-parse", BASE_BRANCH)
    git(tree, "fast-import", "--quiet", "--force", stdin=b"".join(stream))
    commit = git_text(tree, "rev-parse", "refs/heads/composing")
    git(tree, "update-ref", "-d", "refs/heads/composing")
    return commit


def start_history(tree: Path, upstream: Upstream) -> None:
    """Make the directory ``tree`` a git repository whose one commit is upstream's."""
    tree.mkdir(parents=True)
    git(tree, "init", "--quiet", f"--initial-branch={BRANCH}")
    (tree / ".git" / "info").mkdir(exist_ok=True)
    (tree / ".git" / "info" / "exclude").write_text("\n".join(_EXCLUDED) + "\n")
    name, address = parseaddr(AUTHOR)
    person = f"{name} <{address}> {_timestamp(_BASE_DATE)}"
    message = f"Django {upstream.version}\n"
    stream = [_commit_head(f"refs/heads/{BASE_BRANCH}", 1, person, message)]
    for path, file in sorted(upstream.files.items()):
        stream.append(_file_command(path, file.content, file.executable))
    git(tree, "fast-import", "--quiet", stdin=b"".join(stream))


def _replace_tree(
    layout: Layout, plan: Plan, composed: Composed, *, history: bool = False
) -> None:
    """Compose beside the tree, then put it in its place, so that none is ever half."""
    partial = layout.build / "django.partial"
    shutil.rmtree(partial, ignore_errors=True)
    layout.build.mkdir(exist_ok=True)
    commit = None
    if history:
        start_history(partial, plan.upstream)
        commit = write_history(partial, plan)
        git(partial, "reset", "--quiet", "--hard", commit)
    else:
        write_files(partial, plan)
    if layout.tree.exists():
        # A tree of another release was found clean; one without history cannot
        # be, and is kept.
        if (layout.tree / ".git").exists():
            shutil.rmtree(layout.tree)
        else:
            layout.tree.replace(_unused(layout.build / "django.previous"))
    partial.replace(layout.tree)
    write_state(layout, Composed(**{**asdict(composed), "commit": commit}))


def write_files(directory: Path, plan: Plan) -> None:
    """Write what the plan results in into ``directory``, without any history."""
    plan.upstream.unpack(directory)
    for path, content in plan.result().items():
        target = directory / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def _unexported(layout: Layout, work: Work) -> str:
    return (
        f"{layout.tree} holds work that is not exported: "
        f"{', '.join(work.unexported)}. Take it into the queue with "
        "'python3 scripts/fork.py export', or give it up with "
        "'python3 scripts/fork.py compose --discard'."
    )


def _unused(path: Path) -> Path:
    number = 1
    while path.with_name(f"{path.name}-{number}").exists():
        number += 1
    return path.with_name(f"{path.name}-{number}")


def _paths(listing: bytes) -> list[str]:
    return [os.fsdecode(path) for path in listing.split(b"\0") if path]


def _content(file: Path) -> bytes | None:
    return file.read_bytes() if file.is_file() else None


def _composed_content(tree: Path, commit: str, path: str) -> bytes | None:
    if not git(tree, "ls-tree", "-z", "--name-only", commit, "--", path):
        return None
    return git(tree, "cat-file", "blob", f"{commit}:{path}")


def _timestamp(date: str) -> str:
    moment = parsedate_to_datetime(date)
    return f"{int(moment.timestamp())} {moment.strftime('%z') or '+0000'}"


def _data(content: bytes) -> bytes:
    return b"data %d\n%b\n" % (len(content), content)


def _commit_head(ref: str, mark: int, person: str, message: str) -> bytes:
    head = f"commit {ref}\nmark :{mark}\nauthor {person}\ncommitter {person}\n"
    return head.encode() + _data(message.encode())


def _file_command(path: str, content: bytes, executable: bool) -> bytes:
    mode = "100755" if executable else "100644"
    return f"M {mode} inline {path}\n".encode() + _data(content)
