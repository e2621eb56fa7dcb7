"""What ``compose`` makes, and that it does so from anything but work."""

import json
import os
import shutil
from pathlib import Path
from unittest import mock

from patchqueue.plan import make_plan
from patchqueue.topics import load_queue
from patchqueue.upstream import SDIST_VARIABLE, fetch_upstream

from .support import (
    ADDED,
    COMPOSITE,
    EXECUTABLE,
    EXECUTABLES,
    FILES,
    LOOKUPS,
    MAC,
    UNENDED,
    WINDOWS,
    QueueTestCase,
    edit_manifest,
    hooked,
    make_sdist,
    pin,
    run_git,
    snapshot,
    without_git,
    write,
)


class Files(QueueTestCase):
    """Mixes in what is true of every composed tree."""

    def files(self) -> dict[str, bytes]:
        prefix = "build/django/"
        return {
            path.removeprefix(prefix): content
            for path, content in snapshot(self.layout.root).items()
            if path.startswith(prefix)
        }

    def assertComposed(self) -> None:
        """The tree has what the queue says, to the byte, and git finds it clean."""
        queue = load_queue(self.layout)
        upstream = fetch_upstream(self.layout, queue.manifest)
        expected = {path: file.content for path, file in upstream.files.items()}
        expected.update(make_plan(queue, upstream).result())
        self.assertEqual(self.files(), expected)
        if (self.tree / ".git").exists():
            self.assertEqual(self.git("status", "--porcelain"), "")
        self.assertIn("is up to date", self.succeed("compose"))


class FreshTests(Files):
    prepared = False

    def test_empty_queue_is_upstream(self) -> None:
        out = self.succeed("compose")
        self.assertIn("Composed Django 5.2.19+composite.1, 0 topics", out)
        self.assertEqual(self.files(), FILES)
        for path in FILES:
            executable = os.access(self.tree / path, os.X_OK)
            self.assertEqual(executable, path in EXECUTABLES, path)
        self.assertComposed()

    def test_empty_queue_without_git_is_upstream(self) -> None:
        with without_git():
            self.succeed("compose")
            self.assertEqual(self.files(), FILES)
            self.assertTrue(os.access(self.tree / EXECUTABLE, os.X_OK))
            self.assertIn("is up to date", self.succeed("compose"))

    def test_history_is_the_same_everywhere(self) -> None:
        self.succeed("compose")
        self.assertEqual(self.git("rev-list", "--count", "HEAD"), "1\n")
        first = self.git("rev-parse", "HEAD")
        shutil.rmtree(self.layout.build)
        self.succeed("compose")
        self.assertEqual(self.git("rev-parse", "HEAD"), first)


class ComposeTests(Files):
    def test_history_has_a_commit_for_each_topic(self) -> None:
        subjects = self.git("log", "--format=%s", "--reverse")
        self.assertEqual(
            subjects.splitlines(),
            [
                "Django 5.2.19",
                "Refs #373 -- Added first.",
                "Refs #373 -- Added second.",
            ],
        )
        self.assertIn("Ticket: #373.", self.git("notes", "show", "HEAD"))

    def test_fresh(self) -> None:
        commit = self.git("rev-parse", "HEAD")
        shutil.rmtree(self.layout.build)
        self.succeed("compose")
        self.assertComposed()
        self.assertEqual(self.git("rev-parse", "HEAD"), commit)

    def test_again(self) -> None:
        before = os.stat(self.tree / LOOKUPS).st_mtime_ns
        self.assertIn("is up to date", self.succeed("compose"))
        self.assertEqual(os.stat(self.tree / LOOKUPS).st_mtime_ns, before)

    def test_after_changes(self) -> None:
        untouched = os.stat(self.tree / EXECUTABLE).st_mtime_ns
        write(self.layout.root, ADDED, b"changed = True\n")
        self.assertIn("Composed", self.succeed("compose"))
        self.assertEqual(self.read(ADDED), b"changed = True\n")
        self.assertComposed()
        self.assertEqual(os.stat(self.tree / EXECUTABLE).st_mtime_ns, untouched)

    def test_after_a_topic_left(self) -> None:
        (self.layout.patches / "second.patch").unlink()
        (self.layout.root / COMPOSITE).unlink()
        self.replace_in("patches/series", f"second\n    {COMPOSITE}\n", "")
        self.layout.manifest.write_text(pin(self.releases).dumps())
        self.succeed("compose")
        self.assertEqual(self.read(COMPOSITE), FILES[COMPOSITE])
        self.assertComposed()

    def test_after_the_order_changed(self) -> None:
        self.replace_in("patches/series", "first\n", "zeroth\n")
        (self.layout.patches / "first.patch").rename(
            self.layout.patches / "zeroth.patch"
        )
        self.succeed("compose")
        self.assertComposed()

    def test_what_running_leaves_is_no_work(self) -> None:
        for path in ("django/__pycache__/x.pyc", "docs/_build/x.html", "django/x.swp"):
            self.edit(path, b"")
            write(self.layout.root, path, b"")
        (self.layout.root / "django" / ".#lock").symlink_to("nobody@nowhere")
        self.assertIn("is up to date", self.succeed("compose"))

    def test_other_release(self) -> None:
        """Another release has another first commit."""
        files = {**FILES, "django/new.py": b""}
        self.make_release(files)
        self.succeed("compose")
        self.assertComposed()
        self.assertEqual(self.git("log", "--format=%s", "upstream"), "Django 5.2.18\n")

    def test_other_release_keeps_branches(self) -> None:
        self.git("branch", "mine")
        self.make_release(FILES)
        self.assertIn("django.previous-1", self.succeed("compose"))
        kept = self.layout.build / "django.previous-1"
        self.assertTrue(self.git("rev-parse", "mine", directory=kept))
        self.assertComposed()

    def make_release(self, files: dict[str, bytes]) -> None:
        make_sdist(self.releases, files, "5.2.18")
        edit_manifest(self.layout, pin(self.releases, "5.2.18"))

    def test_branch_of_the_contributor_stays(self) -> None:
        self.git("checkout", "-q", "-b", "mine")
        commit = self.git("rev-parse", "mine")
        write(self.layout.root, ADDED, b"changed = True\n")
        self.succeed("compose")
        self.assertEqual(self.git("rev-parse", "mine"), commit)
        self.assertEqual(self.git("symbolic-ref", "HEAD"), "refs/heads/main\n")
        self.assertComposed()


class WorkTests(Files):
    """Work in the tree is never lost."""

    def test_refused(self) -> None:
        edits = {
            "an edit of upstream's file": (LOOKUPS, b"mine = True\n"),
            "an edit of our file": (ADDED, b"mine = True\n"),
            "an edit of a superseded file": (COMPOSITE, b"mine = True\n"),
            "a new file": ("tests/composite/test_new.py", b""),
            "a file that a .gitignore names": ("tests/ignored/x.py", b"x"),
            "a removal": (UNENDED, None),
            "a removal of our file": (ADDED, None),
            "another line end": (WINDOWS, FILES[WINDOWS].replace(b"\r", b"")),
            "other white space": (MAC, FILES[MAC].replace(b"\r", b"\n")),
        }
        for name, (path, content) in edits.items():
            for changed in (False, True):
                with self.subTest(name, queue_changed=changed):
                    if changed:
                        write(self.layout.root, TESTS_OWN, b"other = True\n")
                    before = (
                        (self.tree / path).read_bytes()
                        if (self.tree / path).exists()
                        else None
                    )
                    self.edit(path, content)
                    said = self.fail_with("holds work that is not exported", "compose")
                    self.assertIn(path, said)
                    self.assertIn("--discard", said)
                    self.edit(path, before)
                    self.succeed("compose")

    def test_refused_when_it_was_committed(self) -> None:
        self.edit(LOOKUPS, b"mine = True\n")
        self.edit("django/mine.py", b"mine = True\n")
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "Mine.")
        said = self.fail_with("holds work that is not exported", "compose")
        self.assertIn(f"{LOOKUPS}, django/mine.py", said)

    def test_refused_when_it_was_staged_only(self) -> None:
        self.edit("django/mine.py", b"mine = True\n")
        self.git("add", "-A")
        self.fail_with("holds work that is not exported", "compose")

    def test_many_names_do_not_hide_the_message(self) -> None:
        for number in range(100):
            self.edit(f"django/mine{number}.py", b"")
        self.assertIn("and 92 more", self.fail_with("holds work", "compose"))

    def test_discarded(self) -> None:
        self.edit(LOOKUPS, b"mine = True\n")
        self.edit(ADDED, None)
        self.edit("tests/ignored/mine.py", b"")
        self.edit("tests/ignored/.gitignore", b"*\n")
        self.edit("django/__pycache__/x.pyc", b"kept")
        self.succeed("compose", "--discard")
        self.assertEqual(self.read("django/__pycache__/x.pyc"), b"kept")
        shutil.rmtree(self.tree / "django" / "__pycache__")
        self.assertComposed()

    def test_work_that_the_repository_has_is_none(self) -> None:
        self.edit(ADDED, b"mine = True\n")
        write(self.layout.root, ADDED, b"mine = True\n")
        self.succeed("compose")
        self.assertComposed()

    def test_stash_is_kept(self) -> None:
        self.edit(LOOKUPS, b"mine = True\n")
        self.git("stash")
        write(self.layout.root, ADDED, b"changed = True\n")
        self.succeed("compose")
        self.assertIn("stash@{0}", self.git("stash", "list"))

    def test_queue_that_does_not_apply(self) -> None:
        write(self.layout.root, "django/unclaimed.py", b"")
        self.fail_with("django/unclaimed.py belongs to no topic", "compose")

    def test_without_git_changed_trees_are_kept(self) -> None:
        shutil.rmtree(self.layout.build)
        with without_git():
            self.succeed("compose")
            write(self.layout.root, ADDED, b"1")
            self.assertNotIn("previous", self.succeed("compose"))
            self.edit(LOOKUPS, b"mine = True\n")
            write(self.layout.root, ADDED, b"2")
            self.assertIn("django.previous-1", self.succeed("compose"))
        kept = self.layout.build / "django.previous-1" / LOOKUPS
        self.assertEqual(kept.read_bytes(), b"mine = True\n")
        # With git there is a history to be made.
        self.assertIn("Composed", self.succeed("compose"))
        self.assertComposed()

    def test_history_needs_git(self) -> None:
        with without_git():
            self.fail_with("This needs git, and there is none on the PATH", "compose")


TESTS_OWN = "tests/composite/test_columns.py"


class DamageTests(Files):
    """Trees that cannot be told from work are not touched, but on demand."""

    def damages(self) -> dict[str, tuple[Path, bytes | None]]:
        git = self.tree / ".git"
        return {
            "no state": (self.layout.tree_state, None),
            "half a state": (self.layout.tree_state, b'{"fingerprint": '),
            "another state": (self.layout.tree_state, b'{"a": 1}'),
            "no HEAD": (git / "HEAD", None),
            "no base": (git / "refs" / "heads" / "upstream", None),
        }

    def test_refused_and_moved_away_on_demand(self) -> None:
        for number, (name, (file, content)) in enumerate(self.damages().items()):
            with self.subTest(name):
                self.assertTrue(file.exists(), file)
                self.edit("mine.txt", b"mine")
                write(file.parent, file.name, content)
                for verb in ("compose", "export"):
                    said = self.fail_with("is not a tree that was composed here", verb)
                    self.assertIn("Move it away", said)
                if name == "no base":
                    shutil.rmtree(self.tree)
                    self.succeed("compose")
                    continue
                self.assertIn("previous", self.succeed("compose", "--discard"))
                kept = self.layout.build / f"django.previous-{number + 1}" / "mine.txt"
                self.assertEqual(kept.read_bytes(), b"mine")
                self.assertComposed()

    def test_other_repositories_around_are_not_touched(self) -> None:
        """A tree without .git is not taken for a part of what is around it."""
        root = self.layout.root
        write(root, ".gitignore", b"/build/\n")
        for arguments in (
            ["init", "-q"],
            ["add", "-A"],
            ["commit", "-q", "-m", "All."],
        ):
            run_git(root, *arguments)
        before = run_git(root, "for-each-ref"), run_git(root, "rev-parse", "HEAD")
        shutil.rmtree(self.tree / ".git")
        self.fail_with("its git history is damaged", "compose")
        self.succeed("compose", "--discard")
        after = run_git(root, "for-each-ref"), run_git(root, "rev-parse", "HEAD")
        self.assertEqual(before, after)
        self.assertComposed()

    def test_tree_is_gone(self) -> None:
        shutil.rmtree(self.tree)
        self.succeed("compose")
        self.assertComposed()

    def test_build_cannot_be_written(self) -> None:
        shutil.rmtree(self.layout.build)
        self.layout.build.write_bytes(b"")
        said = self.fail_with("fork.py compose: ", "compose")
        self.assertEqual(len(said.splitlines()), 1)
        self.assertIn("build", said)


class SurroundingsTests(Files):
    """Whose machine it is makes no difference."""

    def test_hostile_git(self) -> None:
        home = self.room / "home"
        hooks = home / "hooks"
        for name in ("post-checkout", "reference-transaction", "post-index-change"):
            write(hooks, name, b"#!/bin/sh\nexit 1\n")
            (hooks / name).chmod(0o755)
        config = (
            f"[core]\n\tautocrlf = true\n\teol = crlf\n\thooksPath = {hooks}\n"
            f"\texcludesFile = {home}/excludes\n\tattributesFile = {home}/attributes\n"
            "\tquotePath = true\n\tfsmonitor = /bin/false\n"
            "[commit]\n\tgpgSign = true\n[gpg]\n\tprogram = /bin/false\n"
            "[diff]\n\tnoprefix = true\n\tcontext = 7\n\texternal = /bin/false\n"
            "[color]\n\tui = always\n[format]\n\tcoverLetter = true\n\tsignOff = true\n"
            f"[init]\n\ttemplateDir = {hooks}\n\tdefaultBranch = odd\n"
            "[notes]\n\trewriteRef = refs/notes/odd\n"
        )
        write(home, ".gitconfig", config.encode())
        write(home, "excludes", b"*.py\n")
        write(home, "attributes", b"* text eol=crlf\n")
        write(home, ".config/git/ignore", b"*.py\n")
        write(home, ".config/git/attributes", b"* text eol=crlf\n")
        hostile = {
            "HOME": str(home),
            "XDG_CONFIG_HOME": str(home / ".config"),
            "GIT_DIR": str(self.room / "nowhere"),
            "GIT_WORK_TREE": str(self.room),
            "GIT_INDEX_FILE": str(self.room / "index"),
            "GIT_OBJECT_DIRECTORY": str(self.room / "objects"),
            "GIT_EXTERNAL_DIFF": "/bin/false",
            "GIT_CONFIG_PARAMETERS": "'core.autocrlf'='true'",
            "GIT_PAGER": "/bin/false",
            "GIT_DIFF_OPTS": "-u7",
            "LANG": "de_DE.UTF-8",
        }
        commit = self.git("rev-parse", "HEAD")
        patches = self.patch("first"), self.patch("second")
        with mock.patch.dict(os.environ, hostile):
            shutil.rmtree(self.layout.build)
            self.succeed("compose")
            self.assertEqual(self.git("rev-parse", "HEAD"), commit)
            self.assertComposed()
            self.edit("django/mine.py", b"mine = True\n")
            self.fail_with("django/mine.py", "compose")
            self.edit("django/mine.py", None)
            self.edit(WINDOWS, FILES[WINDOWS] + b"four\r\n")
            self.succeed("export", "--topic", "first")
            self.assertSound()
            self.edit(WINDOWS, FILES[WINDOWS])
            self.succeed("export")
            self.succeed("series", "--verify")
        self.assertEqual((self.patch("first"), self.patch("second")), patches)

    def test_worktree_of_a_repository(self) -> None:
        """A checkout whose .git is a file, as those of worktrees and submodules."""
        outer = self.room / "outer"
        outer.mkdir()
        run_git(outer, "init", "-q")
        run_git(outer, "commit", "-q", "--allow-empty", "-m", "Empty.")
        run_git(outer, "worktree", "add", "-q", str(self.room / "worktree"))
        shutil.rmtree(self.layout.build)
        shutil.copytree(self.layout.root, self.room / "worktree", dirs_exist_ok=True)
        object.__setattr__(self.layout, "root", self.room / "worktree")
        self.tree = self.layout.tree
        self.succeed("compose")
        self.assertComposed()
        self.assertSound()

    def test_ignored_directory_of_a_repository(self) -> None:
        run_git(self.room, "init", "-q")
        write(self.room, ".gitignore", b"*\n")
        shutil.rmtree(self.layout.build)
        self.succeed("compose")
        self.assertComposed()
        self.edit(LOOKUPS, hooked(self.read(LOOKUPS), "In", "check_in(self)"))
        self.succeed("export", "--topic", "first")
        self.assertSound()

    def test_state_tells_what_was_composed(self) -> None:
        state = json.loads(self.layout.tree_state.read_text())
        self.assertEqual(state["version"], "5.2.19")
        self.assertEqual(state["commit"], self.git("rev-parse", "HEAD").strip())

    def test_offline_from_the_cache(self) -> None:
        shutil.rmtree(self.tree)
        with mock.patch.dict(os.environ):
            del os.environ[SDIST_VARIABLE]
            self.succeed("compose")
            self.assertComposed()
