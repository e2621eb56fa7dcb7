"""Each rule of the queue, broken alone, is told of in one line."""

import shutil

from patchqueue.manifest import load_manifest

from .support import (
    ADDED,
    COMPOSITE,
    EMPTY,
    FILES,
    LOOKUPS,
    MESSAGE,
    TESTS,
    UNENDED,
    QueueTestCase,
    hooked,
    make_sdist,
    pin,
    write,
)

FIRST = "patches/first.patch"
SECOND = "patches/second.patch"
MARKERS = b"<<<<<<< a\none\n||||||| b\ntwo\n=======\nthree\n>>>>>>> c\n"


class CheckTests(QueueTestCase):
    def assertViolation(self, said: str, where: str = "") -> None:
        violations = self.violations()
        self.assertEqual(len(violations), 1, violations)
        self.assertIn(said, violations[0])
        self.assertIn(where, violations[0])

    def test_sound(self) -> None:
        self.assertSound()

    def test_sound_without_a_tree(self) -> None:
        shutil.rmtree(self.layout.build)
        self.assertEqual(self.violations(), [])
        self.assertFalse(self.tree.exists())

    def by_hand(self, old: str, new: str, said: str, path: str = FIRST) -> None:
        before = self.own(path)
        with self.subTest(said, old=old, new=new):
            self.replace_in(path, old, new)
            self.assertViolation(said, path.removeprefix("patches/"))
        write(self.layout.root, path, before)

    def test_patches_edited_by_hand(self) -> None:
        for old, new, said in (
            ("+        check_columns", "+        check_all", "was edited by hand"),
            ("+        check_columns(self)\n", "", "has other lines than it says"),
            ("@@ -8,0 +9 @@", "@@ -7,0 +9 @@", "was edited by hand"),
            ("@@ -8,0 +9 @@", "@@ -8,0 +10 @@", "is not as export writes it"),
            ("@@ -8,0 +9 @@", "@@ -8,0 +9 @@ class A:", "is followed by a line"),
            ("@@ -8,0 +9 @@", "@@ -8 +8,2 @@\n     def check(self):", "context lines"),
            ("+        check_col", "     def check():\n+        check_col", "context"),
            ("100644", "100755", "is not as export writes it"),
            (
                "+        check_columns(self)\n",
                "+        check_columns(self)\r\n",
                "hand",
            ),
        ):
            self.by_hand(old, new, said)

    def test_context_line_behind_a_hunk(self) -> None:
        file = self.layout.patches / "first.patch"
        file.write_bytes(file.read_bytes() + b"         return []\n")
        self.assertViolation("'return []' is a context line", "first.patch")

    def test_diffs_of_another_kind(self) -> None:
        new = f"a/{LOOKUPS} b/django/other.py"
        self.by_hand(f"a/{LOOKUPS} b/{LOOKUPS}", new, "is not the edit of one file")
        self.by_hand("--- a/", "--- c/", "are not there")
        self.by_hand(
            "index ", "new file mode 100644\nindex ", "with both hashes in full"
        )
        self.by_hand("---\ndiff", "---\nhello\ndiff", "'hello' is not part of a diff")
        whole = self.own(FIRST).partition(b"---\n")[2].decode()
        self.by_hand(whole, whole * 2, "is edited twice")
        self.by_hand(whole, whole.partition("@@")[0], "there are no hunks")

    def test_hashes(self) -> None:
        text = self.own(FIRST).decode()
        index = text[text.index("index ") + 6 :].split()[0]
        before, after = index.split("..")
        self.by_hand(before, "0" * 40, "the file drifted")
        self.by_hand(after, "0" * 40, "promises 000000000000")
        self.by_hand(before, before[:12], "with both hashes in full")

    def test_drifted_upstream(self) -> None:
        """One line tells of the file, however many topics edit it."""
        drifted = hooked(FILES[LOOKUPS], "In", "pass")
        make_sdist(self.releases, {**FILES, LOOKUPS: drifted})
        manifest = pin(self.releases)
        locked = load_manifest(self.layout.manifest).superseded
        self.layout.manifest.write_text(manifest.with_superseded(locked).dumps())
        self.assertViolation("the file drifted", LOOKUPS)

    def test_wrong_hash_of_the_sdist(self) -> None:
        pinned = load_manifest(self.layout.manifest).sdist.sha256
        shutil.rmtree(self.layout.cache)
        path = "patches/manifest.json"
        self.by_hand(pinned, "0" * 64, "this is not the pinned django-5.2.19", path)

    def test_manifest(self) -> None:
        for old, new, said in (
            ("{", "", "This is not JSON"),
            ('"label"', '"lable"', "'label' is missing"),
            ("5.2.19", "five", "'five' is not a version"),
            ('"label": "composite.1"', '"label": "A b"', "'A b' is not a label"),
            ('"superseded": {', '"superseded": [{', "JSON"),
            ('"label": "composite.1"', '"label": 1', "1 is not a label"),
            ("\n  ", "\n", "is not as export writes it"),
        ):
            self.by_hand(old, new, said, "patches/manifest.json")

    def test_headers(self) -> None:
        for name in ("From", "Date", "Subject", "Ticket", "Drop-when"):
            line = next(li for li in self.patch("first").splitlines() if name in li)
            self.by_hand(f"{line}\n", "", f"'{name}: …' is expected")
            self.by_hand(line, f"{name}: ", f"'{name}: …' is expected")
        date = self.patch("first").splitlines()[1]
        self.by_hand(date, "Date: now", "'now' is not a date")
        no_zone = "Date: Fri, 20 Nov 2026 10:27:28 -0000"
        self.by_hand(date, no_zone, "is not a date with a time zone")
        self.by_hand("From: Composite", "From: <>Composite", "is not of the form")
        self.by_hand("\nDate", "\nCc: me\nDate", "is expected")
        self.by_hand("\n\nIt is", "\nCc: me\n\nIt is", "the header has more than")
        self.by_hand("---\ndiff", "diff", "the line '---' below the message is missing")

    def test_subjects(self) -> None:
        subject = "Subject: Refs #373 -- Added first."
        for wrong in (
            "added it.",
            "Added it",
            "Refs 373 -- Added it.",
            "refs #1 -- A.",
        ):
            self.by_hand(subject, f"Subject: {wrong}", "is not of Django's form")
        for right in ("Added it.", "Fixed #1, #2 -- Added it.", "Refs #1 -- Added é."):
            before = self.own(FIRST)
            self.replace_in(FIRST, subject, f"Subject: {right}")
            self.assertEqual(self.violations(), [])
            write(self.layout.root, FIRST, before)

    def test_messages(self) -> None:
        self.by_hand("\nIt is needed.\n", "", "does not say why the topic exists")
        drop_when = "Drop-when: Upstream has it."
        self.by_hand(drop_when, "Drop-when: FIXME", "Drop-when is not filled in")

    def test_patched_and_superseded(self) -> None:
        added = '"superseded": {\n    "%s": "%s",' % (LOOKUPS, "0" * 40)
        path = "patches/manifest.json"
        self.replace_in(path, '"superseded": {', added)
        self.assertViolation("in patches/manifest.json, and no topic", LOOKUPS)

    def test_added_path_that_upstream_has(self) -> None:
        write(self.layout.root, EMPTY, b"ours = True\n")
        self.replace_in("patches/series", f"    {ADDED}", f"    {EMPTY}\n    {ADDED}")
        self.assertViolation("is ours, and Django 5.2.19 has such a file too", EMPTY)
        self.fail_with("has such a file too", "compose")

    def test_patched_and_ours(self) -> None:
        write(self.layout.root, UNENDED, b"ours\n")
        self.replace_in("patches/series", f"    {ADDED}", f"    {UNENDED}\n    {ADDED}")
        violations = self.violations()
        self.assertEqual(len(violations), 2)
        self.assertIn("has such a file too", violations[0])
        self.assertIn(
            f"second.patch edits {UNENDED}, which first brings", violations[1]
        )

    def test_patch_of_a_file_that_upstream_has_not(self) -> None:
        file = self.layout.patches / "second.patch"
        text = file.read_text()
        file.write_text(text.replace(UNENDED, "docs/other.txt"))
        self.assertViolation("edits docs/other.txt, which upstream does not have")

    def test_unclaimed_file(self) -> None:
        write(self.layout.root, "django/new.py", b"")
        self.assertViolation("django/new.py belongs to no topic")

    def test_listed_file_that_is_gone(self) -> None:
        (self.layout.root / TESTS).unlink()
        self.assertViolation("there is no such file", TESTS)

    def test_unlisted_patch(self) -> None:
        write(self.layout.patches, "other.patch", b"")
        self.assertViolation("patches/other.patch is in no topic")
        (self.layout.patches / "other.patch").rename(self.layout.patches / "notes")
        self.assertViolation("patches/notes is in no topic")

    def test_listed_patch_that_is_gone(self) -> None:
        (self.layout.patches / "second.patch").unlink()
        self.assertViolation("patches/second.patch: No such file")

    def test_series(self) -> None:
        path = "patches/series"
        for old, new, said in (
            ("second\n", "first\n", "first is listed twice"),
            ("second\n", "Second\n", "'Second' is no topic"),
            (f"    {COMPOSITE}", f"    {ADDED}", f"{ADDED} belongs to first already"),
            ("first\n", "", "stands below no topic"),
            ("first\n", "# A comment.\nfirst\n", "is not as export writes it"),
            (f"    {ADDED}\n    {TESTS}\n", f"    {TESTS}\n    {ADDED}\n", "is not as"),
        ):
            self.by_hand(old, new, said, path)

    def test_file_in_no_room(self) -> None:
        self.replace_in("patches/series", f"    {ADDED}", f"    setup.cfg\n    {ADDED}")
        violations = self.violations()
        self.assertIn("setup.cfg is in none of the rooms", violations[0])

    def test_stale_lock(self) -> None:
        lock = load_manifest(self.layout.manifest).superseded[COMPOSITE]
        path = "patches/manifest.json"
        before = self.own(path)
        self.replace_in(path, lock, "0" * 40)
        self.assertViolation(
            "see what changed there, then lock the new hash", COMPOSITE
        )
        write(self.layout.root, path, before)
        self.replace_in(path, COMPOSITE, ADDED)
        violations = self.violations()
        self.assertIn(f"{ADDED} is superseded", violations[0])
        self.assertIn(f"{COMPOSITE} is ours, and Django 5.2.19 has", violations[1])
        self.assertEqual(len(violations), 2)

    def test_conflict_markers(self) -> None:
        before = self.own(ADDED)
        write(self.layout.root, ADDED, MARKERS)
        self.assertViolation("has the markers of a merge conflict", ADDED)
        headings = b"A title\n=======\n\nx = '<<<<<<< a'\n"
        write(self.layout.root, ADDED, headings)
        self.assertEqual(self.violations(), [])
        write(self.layout.root, ADDED, before)
        self.edit(UNENDED, MARKERS)
        self.succeed("export")
        self.assertViolation("gets the markers of a merge conflict", UNENDED)

    def export_edit(self, path: str, content: bytes) -> None:
        self.edit(path, content)
        self.succeed("export", "--topic", "first")

    def test_logic_in_a_hunk(self) -> None:
        content = self.read(LOOKUPS)
        self.export_edit(LOOKUPS, hooked(content, "In", "pass\n        " * 9 + "pass"))
        self.assertEqual(self.violations(), [])
        self.export_edit(LOOKUPS, hooked(content, "In", "pass\n        " * 10 + "pass"))
        self.assertViolation(
            "adds 11 lines; more than 10 want to be a function", LOOKUPS
        )

    def test_logic_in_a_hunk_of_a_test(self) -> None:
        self.export_edit("tests/tool.py", FILES["tests/tool.py"] + b"print()\n" * 99)
        self.assertEqual(self.violations(), [])

    def test_noise(self) -> None:
        content = self.read(LOOKUPS)
        reflowed = content.replace(b"lhs, rhs = self.lhs", b"lhs,  rhs = self.lhs", 1)
        self.export_edit(LOOKUPS, reflowed)
        self.assertViolation("only changes space", LOOKUPS)
        self.export_edit(LOOKUPS, content.replace(b"def check", b"\n    def check", 1))
        self.assertViolation("only changes space", LOOKUPS)

    def test_redundant_hunk(self) -> None:
        """A hunk that replaces a line by itself applies, and is not what git makes."""
        self.by_hand(
            "@@ -8,0 +9 @@\n",
            "@@ -8 +8,2 @@\n-        return []\n+        return []\n",
            "edited by hand",
        )
        line = FILES[LOOKUPS].splitlines()[7].decode()
        self.by_hand(
            "@@ -8,0 +9 @@\n",
            f"@@ -8 +8,2 @@\n-{line}\n+{line}\n",
            "is exported with other hunks",
        )

    def test_topic_that_became_empty(self) -> None:
        self.edit("tests/windows.txt", b"")
        message = MESSAGE.format(name="third")
        about = ("--topic", "third", "-m", message, "--drop-when", "It is.")
        self.succeed("export", *about)
        self.edit("tests/windows.txt", FILES["tests/windows.txt"])
        self.succeed("export")
        self.assertViolation("brings nothing and edits nothing: remove it")
        self.fail_with("A topic that changes nothing has no mail: third", "series")

    def test_several(self) -> None:
        write(self.layout.root, "django/new.py", MARKERS)
        self.replace_in(SECOND, "Refs #373", "refs")
        self.assertEqual(len(self.violations()), 3)
