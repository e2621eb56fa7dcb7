"""The series for upstream's reviewers: one mail for each topic, with full context."""

import re
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from .errors import QueueError, listed
from .git import git, git_text
from .layout import Layout
from .topics import Topic, load_queue
from .tree import BASE_BRANCH, compose, read_state, start_history
from .upstream import fetch_upstream

_MAIL = re.compile(r"\d{4}-.+\.patch")
_TEST_MODULE = re.compile(r"tests/(?P<label>.+/(test_\w+|tests))\.py")


def write_series(layout: Layout, directory: Path) -> list[Path]:
    """
    Write the mails into ``directory``, in place of those that are there.

    Each has the topic's hooks, modules, tests and docs, and below its message
    what the header of the patch says of tickets. Return the paths in order.
    """
    compose(layout)
    state = read_state(layout)
    if state is None or state.commit is None:
        raise QueueError("The series needs a composed tree with a history, and so git.")
    if empty := [topic.name for topic in load_queue(layout).topics if topic.is_empty]:
        raise QueueError(f"A topic that changes nothing has no mail: {listed(empty)}.")
    directory.mkdir(parents=True, exist_ok=True)
    before = list(directory.iterdir())
    if any(not _MAIL.fullmatch(file.name) for file in before):
        raise QueueError(f"{directory} holds other files than mails of a series.")
    for file in before:
        file.unlink()
    git(
        layout.tree,
        *("format-patch", "--quiet", "--full-index", "--no-signature", "--notes"),
        *("--zero-commit", "--binary", "-o", str(directory.resolve())),
        f"{BASE_BRANCH}..{state.commit}",
    )
    return sorted(directory.iterdir())


def verify_series(
    layout: Layout,
    mails: list[Path],
    run_tests: Callable[[Path, list[str]], None] | None = None,
) -> Iterator[str]:
    """
    Apply the mails with 'git am' to the pristine release, as a reviewer would.

    Yield a line for each mail that was applied. Where ``run_tests`` is given it
    is called with the tree and the labels of the tests that each topic brings,
    at that topic. Raise QueueError if a mail does not apply, or if the result
    is not exactly the composed tree.
    """
    state = read_state(layout)
    assert state is not None and state.commit is not None
    queue = load_queue(layout)
    upstream = fetch_upstream(layout, queue.manifest)
    identity = {
        "GIT_COMMITTER_NAME": "Reviewer",
        "GIT_COMMITTER_EMAIL": "reviewer@composite-keys.invalid",
    }
    with tempfile.TemporaryDirectory(prefix="patchqueue-") as room:
        tree = Path(room, "django")
        start_history(tree, upstream)
        git(tree, "reset", "--quiet", "--hard", BASE_BRANCH)
        for topic, mail in zip(queue.topics, mails, strict=True):
            # --keep-cr: among the files are some with the line ends of Windows.
            mail_path = str(mail.resolve())
            git(tree, "am", "--quiet", "--keep-cr", mail_path, environment=identity)
            labels = test_labels(topic)
            if run_tests is not None and labels:
                run_tests(tree, labels)
            yield f"{mail.name}: applied" + (
                f", and passes {' '.join(labels)}" if run_tests and labels else ""
            )
        ours = git_text(layout.tree, "rev-parse", f"{state.commit}^{{tree}}")
        theirs = git_text(tree, "rev-parse", "HEAD^{tree}")
        if ours != theirs:
            raise QueueError("'git am' of the series gives another tree than ours.")
        yield f"The result is the composed tree ({ours[:12]})."


def test_labels(topic: Topic) -> list[str]:
    """Return the labels, for Django's runner, of the test modules of a topic."""
    paths = {*topic.files, *(edit.path for edit in topic.edits)}
    found = (_TEST_MODULE.fullmatch(path) for path in sorted(paths))
    return [match["label"].replace("/", ".") for match in found if match]


def run_labels(python: Path, tree: Path, labels: list[str]) -> None:
    """Run tests of the tree ``tree``. Raise QueueError if they do not pass."""
    result = subprocess.run(
        [str(python), "runtests.py", "--parallel=1", *labels],
        cwd=tree / "tests",
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(tree), "LC_ALL": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if result.returncode:
        raise QueueError(f"{' '.join(labels)} failed:\n{result.stdout[-4000:]}")
