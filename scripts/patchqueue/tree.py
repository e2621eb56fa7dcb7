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
from dataclasses import asdict, dataclass, field, replace
from email.utils import parseaddr, parsedate_to_datetime
from pathlib import Path

from .errors import QueueError, listed
from .git import git, git_text, has_commits
from .layout import IGNORED_DIRECTORIES, IGNORED_FILES, Layout, find_files
from .locks import locked
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
    *IGNORED_FILES,
    "/build/",
    "/dist/",
    "*.egg-info/",
    "node_modules/",
    "/tests/screenshots/",
]
# For git commands, whatever the tree itself says.
_EXCLUSIONS = [f"--exclude={pattern}" for pattern in _EXCLUDED]

# Git writes files as they are, whatever a .gitattributes in the tree says.
_ATTRIBUTES = "* -text -ident -filter -working-tree-encoding\n"


@dataclass(frozen=True)
class Composed:
    """What is in the tree, as ``build/django.json`` remembers it."""

    fingerprint: str
    edits: str
    version: str
    # The commit that the tree was composed as, or a digest of its files where
    # it has no history.
    commit: str | None = None
    digest: str | None = None
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
    pinned release, the order of the topics and the patches, without the mails
    they are in.
    """
    digest, edits = hashlib.sha256(), hashlib.sha256()
    for file in sorted(layout.patches.glob("*")):
        content = file.read_bytes() if file.is_file() else b""
        digest.update(f"{file.name}\0".encode() + content + b"\0")
        if file == layout.manifest:
            edits.update(content)
        elif file == layout.series:
            edits.update(b"\n".join(_topic_lines(content)))
        elif file.suffix == ".patch":
            edits.update(content.partition(SEPARATOR)[2])
    for path in layout.own_files():
        name = os.fsencode(path)
        digest.update(name + b"\0" + (layout.root / path).read_bytes() + b"\0")
    return digest.hexdigest(), edits.hexdigest()


def _topic_lines(series: bytes) -> list[bytes]:
    lines = (line.rstrip() for line in series.splitlines())
    return [line for line in lines if line and not line.startswith((b"#", b" ", b"\t"))]


def read_state(layout: Layout) -> Composed | None:
    """Return what the tree was composed from, None if there is no tree."""
    if not layout.tree.is_dir():
        return None
    try:
        return Composed(**json.loads(layout.tree_state.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise _unknown(layout, f"{layout.tree_state} is missing or damaged") from error


def write_state(layout: Layout, state: Composed) -> None:
    text = json.dumps(asdict(state), indent=2) + "\n"
    partial = layout.tree_state.with_suffix(".json.partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(layout.tree_state)


def compose(layout: Layout, *, discard: bool = False) -> str:
    """
    Make the tree what the queue says, and return a line that tells what was done.

    Raise QueueError, and change nothing, if the queue does not apply, or if the
    tree holds work that was not exported, unless that is to be discarded.
    """
    with locked(layout.lock):
        digest, edits = fingerprint(layout)
        state, work = _look(layout, discard)
        if state is not None and not discard and not work:
            if state.fingerprint == digest and not _is_provisional(state):
                return f"{layout.tree} is up to date."
        queue = load_queue(layout)
        plan = make_plan(queue, fetch_upstream(layout, queue.manifest))
        # Work that the queue has already is no longer work: this is how an
        # export ends, even one that was interrupted.
        if work := [path for path in work if not _is_planned(layout, plan, path)]:
            raise _unexported(layout, work, state)
        composed = Composed(digest, edits, queue.manifest.version)
        kept = None
        if (
            state is None
            or state.commit is None
            or state.version != composed.version
            or shutil.which("git") is None
        ):
            kept = _replace_tree(layout, plan, composed, state, discard)
        else:
            _change_tree(layout, plan, composed, state, discard)
    count = len(plan.steps)
    done = (
        f"Composed Django {queue.manifest.fork_version}, "
        f"{count} topic{'' if count == 1 else 's'}: {layout.tree}"
    )
    return done if kept is None else f"{done} (what was there before is {kept})"


def refresh(layout: Layout) -> str:
    """
    Make the tree what the queue says, beside the work that it holds.

    Files of ours that changed in the repository are taken into the tree. Raise
    QueueError, and change nothing, where work stands in the way.
    """
    with locked(layout.lock):
        state = read_state(layout)
        if state is None or state.changing_to is not None:
            return compose(layout)
        work = find_work(layout, state)
        if not work.unexported:
            return compose(layout)
        refuse_contested(layout, state, work)
        for path in work.stale:
            source, target = layout.root / path, layout.tree / path
            if source.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target)
            else:
                target.unlink(missing_ok=True)
    return (
        f"{layout.tree} holds work that is not exported yet: "
        f"{listed(work.unexported)}."
    )


def refuse_contested(layout: Layout, state: Composed, work: Work) -> None:
    """Raise QueueError if work in the tree and changes in the repository clash."""
    if work.contested:
        raise QueueError(
            f"Changed in {layout.tree} and in this repository: "
            f"{listed(work.contested)}. Make them alike, then go on."
        )
    if work.edited and fingerprint(layout)[1] != state.edits:
        raise QueueError(
            f"{layout.tree} holds work that is not exported ({listed(work.edited)}), "
            "and patches/ changed below it. Put patches/ back as it was ('git stash'), "
            "run 'python3 scripts/fork.py export', and then bring the change of "
            "patches/ back."
        )


def find_work(layout: Layout, state: Composed) -> Work:
    """Compare the tree with the commit it was composed as, and with the repository."""
    work = Work()
    if state.commit is None:
        return work
    if not _has_history(layout, state):
        raise _unknown(layout, "its git history is damaged")
    changed = set(
        _paths(git(layout.tree, "diff", "--name-only", "-z", state.commit))
    ) | set(_paths(git(layout.tree, "ls-files", "-z", "--others", *_EXCLUSIONS)))
    own = set(layout.own_files())
    composed_own = set(load_composed_own(layout, state))
    for path in sorted(changed | own | composed_own):
        in_tree = _content(layout.tree / path)
        composed = in_tree
        if path in changed:
            composed = _composed_content(layout.tree, state.commit, path)
            if state.changing_to is not None:
                target = _composed_content(layout.tree, state.changing_to, path)
                if _is_on_the_way(in_tree, target):
                    continue
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
    range_ = (BASE_BRANCH, state.commit)
    listing = _paths(git(layout.tree, "diff", "--name-status", "-z", *range_))
    superseded = load_manifest(layout.manifest).superseded
    return [
        path
        for status, path in zip(listing[::2], listing[1::2])
        if status == "A" or path in superseded
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
    git(tree, "init", "--quiet", f"--initial-branch={BRANCH}", "--template=")
    info = tree / ".git" / "info"
    info.mkdir(exist_ok=True)
    (info / "exclude").write_text("\n".join(_EXCLUDED) + "\n", encoding="utf-8")
    (info / "attributes").write_text(_ATTRIBUTES, encoding="utf-8")
    name, address = parseaddr(AUTHOR)
    person = f"{name} <{address}> {_timestamp(_BASE_DATE)}"
    message = f"Django {upstream.version}\n"
    stream = [_commit_head(f"refs/heads/{BASE_BRANCH}", 1, person, message)]
    for path, file in sorted(upstream.files.items()):
        stream.append(_file_command(path, file.content, file.executable))
    git(tree, "fast-import", "--quiet", stdin=b"".join(stream))


def _look(layout: Layout, discard: bool) -> tuple[Composed | None, list[str]]:
    """Return the state of the tree and the work in it, none if that is given up."""
    if not discard:
        state = read_state(layout)
        return state, find_work(layout, state).unexported if state else []
    try:
        state = read_state(layout)
    except QueueError:
        return None, []
    if state and state.commit and not _has_history(layout, state):
        return None, []
    return state, []


def _has_history(layout: Layout, state: Composed) -> bool:
    names = (BASE_BRANCH, state.commit, state.changing_to)
    return has_commits(layout.tree, [name for name in names if name is not None])


def _is_provisional(state: Composed) -> bool:
    """Tell whether the tree is to be made anew though the queue is the same."""
    without_history = state.commit is None and shutil.which("git") is not None
    return without_history or state.changing_to is not None


def _is_planned(layout: Layout, plan: Plan, path: str) -> bool:
    planned = plan.result().get(path, plan.upstream.read(path))
    return _content(layout.tree / path) == planned


def _is_on_the_way(content: bytes | None, target: bytes | None) -> bool:
    """Tell whether git may have left ``content``, writing ``target``."""
    return content is None or target is not None and target.startswith(content)


def _change_tree(
    layout: Layout, plan: Plan, composed: Composed, state: Composed, clean: bool
) -> None:
    """Let git change the files that differ. A branch of the contributor's stays."""
    commit = write_history(layout.tree, plan)
    write_state(layout, replace(state, changing_to=commit))
    git(layout.tree, "symbolic-ref", "HEAD", f"refs/heads/{BRANCH}")
    git(layout.tree, "reset", "--quiet", "--hard", commit)
    if clean:
        git(layout.tree, "clean", "--quiet", "--force", "-d", "-x", *_EXCLUSIONS)
    write_state(layout, replace(composed, commit=commit))


def _replace_tree(
    layout: Layout,
    plan: Plan,
    composed: Composed,
    state: Composed | None,
    discard: bool,
) -> Path | None:
    """
    Compose beside the tree, then put it in its place, so that none is ever half.

    Return where the tree before is kept: that which may hold more than what it
    was composed as is never deleted.
    """
    partial = layout.build / "django.partial"
    old = layout.build / "django.old"
    for leftover in (partial, old):
        if leftover.exists():
            shutil.rmtree(leftover)
    if shutil.which("git") is not None:
        start_history(partial, plan.upstream)
        commit = write_history(partial, plan)
        git(partial, "reset", "--quiet", "--hard", commit)
        composed = replace(composed, commit=commit)
    else:
        write_files(partial, plan)
        composed = replace(composed, digest=_digest_of(partial))
    kept = None
    if layout.tree.exists():
        if not _is_disposable(layout, state, discard):
            old = kept = unused(layout.build / "django.previous")
        layout.tree.replace(old)
    # Without a tree its state counts for nothing, so that it may come first.
    write_state(layout, composed)
    partial.replace(layout.tree)
    if kept is None and old.exists():
        shutil.rmtree(old)
    return kept


def _is_disposable(layout: Layout, state: Composed | None, discard: bool) -> bool:
    """Tell whether a tree in which no work was found holds nothing else either."""
    if state is None:
        return False
    if state.commit is None:
        return discard or state.digest == _digest_of(layout.tree)
    known = {f"refs/heads/{BRANCH}", f"refs/heads/{BASE_BRANCH}", "refs/notes/commits"}
    listing = git_text(layout.tree, "for-each-ref", "--format=%(refname)")
    return known.issuperset(listing.split())


def _digest_of(directory: Path) -> str:
    digest = hashlib.sha256()
    for path in find_files(directory):
        file = directory / path
        digest.update(os.fsencode(path) + b"\0" + (_content(file) or b"") + b"\0")
    return digest.hexdigest()


def write_files(directory: Path, plan: Plan) -> None:
    """Write what the plan results in into ``directory``, without any history."""
    plan.upstream.unpack(directory)
    for path, content in plan.result().items():
        target = directory / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def _unexported(layout: Layout, paths: list[str], state: Composed | None) -> QueueError:
    if state is not None and state.changing_to is not None:
        return QueueError(
            f"Composing {layout.tree} was interrupted, and then work was done there: "
            f"{listed(paths)}. Copy it elsewhere, then run 'python3 scripts/fork.py "
            "compose --discard'."
        )
    return QueueError(
        f"{layout.tree} holds work that is not exported: {listed(paths)}. Take it "
        "into the queue with 'python3 scripts/fork.py export', or give it up with "
        "'python3 scripts/fork.py compose --discard'."
    )


def _unknown(layout: Layout, reason: str) -> QueueError:
    return QueueError(
        f"{layout.tree} is not a tree that was composed here, or {reason}. Move it "
        "away, or let 'python3 scripts/fork.py compose --discard' do so."
    )


def unused(path: Path) -> Path:
    """Return the first of ``path``-1, ``path``-2 and so on that does not exist."""
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
