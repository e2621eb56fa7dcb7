"""The queue, carried to other releases."""

import os
import shutil
from pathlib import Path
from unittest import mock

from patchqueue.manifest import load_manifest
from patchqueue.topics import load_queue
from patchqueue.upstream import SDIST_VARIABLE

from .support import (
    ADDED,
    COMPOSITE,
    FILES,
    LOOKUPS,
    UNENDED,
    QueueTestCase,
    edit_manifest,
    hooked,
    make_sdist,
    pin,
    run_git,
    snapshot,
    write,
)

HOOK = b"        check_columns(self)\n"
# Upstream puts something else where the first topic has its hook.
CLASHING = hooked(FILES[LOOKUPS], "Exact", "check_rows(self)")


class RebaseTests(QueueTestCase):
    def release(self, **changes: bytes | None) -> None:
        version = "5.2.18"
        paths = {"LOOKUPS": LOOKUPS, "COMPOSITE": COMPOSITE, "ADDED": ADDED}
        paths["UNENDED"] = UNENDED
        files: dict[str, bytes | None] = {
            **FILES,
            "django/__init__.py": version.encode(),
            **{paths[name]: content for name, content in changes.items()},
        }
        kept = {path: c for path, c in files.items() if c is not None}
        make_sdist(self.releases, kept, version)

    def repository(self) -> dict[str, bytes]:
        """Return the files of the repository, of which build/ is no part."""
        files = snapshot(self.layout.root)
        return {p: c for p, c in files.items() if not p.startswith("build/")}

    def resolution(self, topic: str = "first", version: str = "5.2.18") -> Path:
        return self.layout.build / "rebase" / version / topic / LOOKUPS

    def conflict(self, *arguments: str) -> str:
        """Run a rebase that meets conflicts, and return its report."""
        before = self.repository()
        tree = self.git("rev-parse", "HEAD")
        result = self.fork("rebase", *arguments)
        self.assertEqual(result.code, 1, result)
        self.assertIn("do not apply; nothing was changed", result.err)
        self.assertEqual(self.repository(), before)
        self.assertEqual(self.git("rev-parse", "HEAD"), tree)
        return result.out

    def test_there_and_back(self) -> None:
        self.release(LOOKUPS=b"# A line more.\n" * 3 + FILES[LOOKUPS])
        before = self.repository()
        out = self.succeed("rebase", "5.2.18")
        self.assertIn("From Django 5.2.19 to 5.2.18:\n", out)
        self.assertIn("first: applies, merged\n", out)
        self.assertIn("2 of 2 topics apply.", out)
        self.assertIn("wrote patches/first.patch\n", out)
        self.assertEqual(self.read("django/__init__.py"), b"5.2.18")
        self.assertEqual(load_manifest(self.layout.manifest), self.expected("5.2.18"))
        self.assertSound()
        self.succeed("series", "--verify")
        self.succeed("rebase", "5.2.19")
        self.assertEqual(self.repository(), before)
        self.assertSound()

    def expected(self, version: str) -> object:
        manifest = load_manifest(self.layout.manifest)
        return pin(self.releases, version).with_superseded(manifest.superseded)

    def test_clean(self) -> None:
        self.release()
        patches = self.patch("first"), self.patch("second")
        out = self.succeed("rebase", "5.2.18")
        self.assertIn("first: applies\n", out)
        self.assertIn(f"    {COMPOSITE}: superseded, unchanged upstream\n", out)
        self.assertEqual((self.patch("first"), self.patch("second")), patches)

    def test_edited_manifest(self) -> None:
        """The release that the committed manifest pins is where the queue is from."""
        self.release(LOOKUPS=b"# A line more.\n" + FILES[LOOKUPS])
        self.commit()
        edit_manifest(self.layout, pin(self.releases, "5.2.18"))
        self.assertIn("2 of 2 topics apply.", self.succeed("rebase"))
        self.assertSound()

    def commit(self) -> None:
        root = self.layout.root
        write(root, ".gitignore", b"/build/\n")
        run_git(root, "init", "-q")
        run_git(root, "add", "-A")
        run_git(root, "commit", "-q", "-m", "All.")

    def test_at_this_release_already(self) -> None:
        self.fail_with("cannot be read", "rebase")
        self.commit()
        for arguments in ([], ["5.2.19"]):
            self.fail_with("is at Django 5.2.19 already", "rebase", *arguments)

    def test_no_version(self) -> None:
        self.fail_with("'../x' is not a version like 5.2.19", "rebase", "../x")

    def test_conflict_resolution_and_again(self) -> None:
        self.release(LOOKUPS=CLASHING)
        out = self.conflict("5.2.18")
        self.assertIn("first: conflicts\n", out)
        self.assertIn(f"{LOOKUPS}: 1 conflict, resolve {self.resolution()}", out)
        # What comes behind in the same file would only repeat the conflict.
        self.assertIn(f"second: conflicts\n    {LOOKUPS}: waits for first\n", out)
        self.assertIn("0 of 2 topics apply.", out)
        self.assertIn(b"<<<<<<< 5.2.18\n", self.resolution().read_bytes())
        self.assertIn(b"\n>>>>>>> first\n", self.resolution().read_bytes())
        # It is not resolved yet.
        self.assertIn(f"resolve {self.resolution()}", self.conflict("5.2.18"))
        resolved = CLASHING.replace(b"check_rows(self)\n", b"check_rows(self)\n" + HOOK)
        self.resolution().write_bytes(resolved)
        out = self.succeed("rebase", "5.2.18")
        self.assertIn("merged, as resolved in", out)
        self.assertIn("second: applies, merged", out)
        self.assertIn(resolved[:300], self.read(LOOKUPS))
        self.assertSound()

    def test_resolution_of_another_conflict_is_kept(self) -> None:
        self.release(LOOKUPS=CLASHING)
        self.conflict("5.2.18")
        self.resolution().write_bytes(b"mine")
        self.edit(LOOKUPS, self.read(LOOKUPS).replace(b"check_columns", b"check_all"))
        self.edit(UNENDED, FILES[UNENDED])
        self.succeed("export", "--topic", "second")
        self.replace_in("patches/first.patch", "It is needed.", "It is.")
        self.succeed("compose")
        self.edit(LOOKUPS, hooked(self.read(LOOKUPS), "In", "pass"))
        self.succeed("export", "--topic", "first")
        self.conflict("5.2.18")
        kept = self.resolution().with_name("lookups.py-1")
        self.assertEqual(kept.read_bytes(), b"mine")
        self.assertIn(b"<<<<<<<", self.resolution().read_bytes())

    def test_edited_file_is_gone(self) -> None:
        self.release(UNENDED=None)
        out = self.conflict("5.2.18")
        self.assertIn(f"second: conflicts\n    {UNENDED}: gone in 5.2.18\n", out)

    def test_superseded_changed_upstream(self) -> None:
        self.release(COMPOSITE=FILES[COMPOSITE] + b"    new = True\n")
        out = self.conflict("5.2.18")
        said = f"{COMPOSITE}: superseded, changed upstream (+1 -0 lines)"
        self.assertIn(f"second: conflicts\n    {said}\n", out)
        before = load_manifest(self.layout.manifest).superseded
        out = self.succeed("rebase", "5.2.18", "--relock")
        self.assertIn(f"second: applies, to be reviewed\n    {said}\n", out)
        after = load_manifest(self.layout.manifest).superseded
        self.assertEqual(before.keys(), after.keys())
        self.assertNotEqual(before, after)
        self.assertSound()

    def test_superseded_is_gone_upstream(self) -> None:
        self.release(COMPOSITE=None)
        self.assertIn("superseded, and gone in 5.2.18", self.conflict("5.2.18"))
        self.succeed("rebase", "5.2.18", "--relock")
        self.assertEqual(load_manifest(self.layout.manifest).superseded, {})
        self.assertSound()

    def test_added_path_appears_upstream(self) -> None:
        self.release(ADDED=b"upstream = True\n")
        out = self.conflict("5.2.18")
        self.assertIn(f"{ADDED}: we add it, and 5.2.18 has such a file", out)
        self.succeed("rebase", "5.2.18", "--relock")
        self.assertIn(ADDED, load_manifest(self.layout.manifest).superseded)
        self.assertSound()

    def test_edit_is_upstreams_already(self) -> None:
        self.release(LOOKUPS=hooked(FILES[LOOKUPS], "Exact", "check_columns(self)"))
        out = self.succeed("rebase", "5.2.18")
        self.assertIn("first: applies, to be reviewed\n", out)
        self.assertIn(f"    {LOOKUPS}: upstream has this edit\n", out)
        self.assertEqual(load_queue(self.layout).topics[0].edits, [])
        self.assertSound()

    def test_near_identical_classes(self) -> None:
        """A class that upstream puts in front takes no hook that is another's."""
        other = FILES[LOOKUPS].replace(b"class Exact(", b"class Almost(")
        start = other[: other.index(b"class GreaterThan(")]
        self.release(LOOKUPS=start + FILES[LOOKUPS])
        self.succeed("rebase", "5.2.18")
        exact = hooked(FILES[LOOKUPS], "Exact", "check_columns(self)")
        self.assertEqual(
            self.read(LOOKUPS), start + hooked(exact, "Null", "check_nulls(self)")
        )

    def test_report(self) -> None:
        cases: list[dict[str, bytes]] = [
            {},
            {"LOOKUPS": CLASHING},
            {"COMPOSITE": b"", "ADDED": b""},
        ]
        for changes in cases:
            with self.subTest(changes):
                self.release(**changes)
                before = snapshot(self.layout.root)
                out = self.succeed("rebase", "5.2.18", "--report")
                self.assertIn("From Django 5.2.19 to 5.2.18:", out)
                self.assertEqual(self.changes_since(before), [])

    def test_report_beside_work(self) -> None:
        self.release()
        self.edit(LOOKUPS, b"mine = True\n")
        before = snapshot(self.layout.root)
        self.succeed("rebase", "5.2.18", "--report")
        self.assertEqual(self.changes_since(before), [])

    def test_work_is_refused(self) -> None:
        self.release()
        self.edit(LOOKUPS, b"mine = True\n")
        self.fail_with("holds work that is not exported", "rebase", "5.2.18")

    def test_without_a_tree(self) -> None:
        self.release()
        shutil.rmtree(self.layout.build)
        self.succeed("rebase", "5.2.18")
        self.assertSound()

    def test_queue_that_does_not_apply(self) -> None:
        self.release()
        self.replace_in("patches/first.patch", "check_columns", "check_all")
        self.fail_with("was edited by hand", "rebase", "5.2.18")

    def test_label_of_an_edited_manifest(self) -> None:
        self.release()
        self.commit()
        edit_manifest(self.layout, pin(self.releases, "5.2.18"))
        self.replace_in("patches/manifest.json", "composite.1", "composite.2")
        self.succeed("rebase")
        self.assertEqual(load_manifest(self.layout.manifest).label, "composite.2")

    def test_sdist_of_the_other_release_is_cached(self) -> None:
        self.release()
        with mock.patch.dict(os.environ):
            del os.environ[SDIST_VARIABLE]
            self.succeed("rebase", "5.2.18")
        self.assertTrue((self.layout.cache / "django-5.2.18.tar.gz").exists())
