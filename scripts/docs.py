#!/usr/bin/env python3
"""
Checks the documentation: that it builds, and that its examples are true.

A warning of Sphinx is an error, as with "-W". Excepted are references to the
documentation of other projects, which cannot be resolved without a network, on
the pages of Django that have them anyway.

The examples of our pages are run on SQLite.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Container
from dataclasses import dataclass
from pathlib import Path

from environments import ACTIVE_VARIABLE, Environment, say
from patchqueue.errors import QueueError
from patchqueue.layout import Layout, find_layout
from patchqueue.manifest import load_manifest
from patchqueue.tree import refresh
from patchqueue.upstream import Upstream, fetch_upstream

# The pages whose examples can be run as they are.
PAGES_WITH_EXAMPLES = (
    "docs/howto/composite-foreign-keys-tenants.txt",
    "docs/howto/composite-primary-key-migrate.txt",
    "docs/howto/composite-primary-key-schemas.txt",
    "docs/topics/composite-primary-key.txt",
)

# Django's extensions without intersphinx, which needs a network.
EXTENSIONS = (
    "djangodocs",
    "sphinx.ext.extlinks",
    "sphinx.ext.autosectionlabel",
    "sphinx.ext.linkcode",
)
REQUIREMENTS = ["Sphinx>=8", "asgiref>=3.8.1", "sqlparse>=0.3.1"]

# e.g.: …/docs/howto/logging.txt:77: WARNING: undefined label: 'x' [ref.ref]
_MISSING = re.compile(
    r"(?P<file>.+?\.(txt|inc)):(\d+:)? WARNING: [^:]*(:\w+ [^:]*)?: "
    r"(?P<quote>'?)(?P<target>.+)(?P=quote) \[ref\.\w+\]"
)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="docs.py",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--html", type=Path, metavar="DIRECTORY", help="write the pages there, too"
    )
    parser.add_argument(
        "-j", "--jobs", default="auto", help="how many pages to read at a time"
    )
    options = parser.parse_args()
    try:
        return check_docs(find_layout(), options.html, options.jobs)
    except QueueError as error:
        print(f"docs.py: {error}", file=sys.stderr)
        return 1


def check_docs(layout: Layout, html: Path | None, jobs: str) -> int:
    if note := refresh(layout):
        say(note)
    python = ensure_docs_environment(layout)
    wrong = [
        page for page in PAGES_WITH_EXAMPLES if not run_examples(layout, python, page)
    ]
    say("Building the documentation …")
    warnings = build(layout, python, html, jobs)
    manifest = load_manifest(layout.manifest)
    origin = Origin(layout, fetch_upstream(layout, manifest), manifest.superseded)
    ours = [warning for warning in warnings if not origin.is_upstreams(warning)]
    for warning in ours:
        print(warning)
    if wrong or ours:
        print(f"{len(ours)} warnings, {len(wrong)} pages with wrong examples.")
        return 1
    say("The documentation builds, and its examples are true.")
    return 0


def ensure_docs_environment(layout: Layout) -> Path:
    """Return a Python that has Sphinx, and what Django needs to be imported."""
    if os.environ.get(ACTIVE_VARIABLE) == "active":
        return Path(sys.executable)
    environment = Environment(layout.build / "environments" / "docs")
    environment.ensure()
    environment.install("Sphinx", REQUIREMENTS)
    return environment.python


def run_examples(layout: Layout, python: Path, page: str) -> bool:
    """Run the examples of a page, show those that fail, and return if none did."""
    script = Path(__file__).with_name("docs_examples.py")
    result = subprocess.run(
        [str(python), str(script), str(layout.tree / page)],
        env={**os.environ, "PYTHONPATH": str(layout.tree)},
        stdin=subprocess.DEVNULL,
    )
    return result.returncode == 0


def build(layout: Layout, python: Path, html: Path | None, jobs: str) -> list[str]:
    """Build the documentation of the composed tree, and return the warnings."""
    room = layout.build / "docs"
    # A page that isn't read again makes no warnings again.
    shutil.rmtree(room, ignore_errors=True)
    room.mkdir(parents=True)
    log = room / "warnings"
    result = subprocess.run(
        [
            *(str(python), "-m", "sphinx", "-n", "-q", "-j", jobs),
            *("-b", "djangohtml" if html else "dummy"),
            *("-D", "language=en", "-D", f"extensions={','.join(EXTENSIONS)}"),
            *("-d", str(room / "doctrees"), "-w", str(log)),
            str(layout.tree / "docs"),
            str(html.resolve() if html else room / "pages"),
        ],
        env={**os.environ, "LC_ALL": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    if result.returncode:
        raise QueueError(f"Sphinx failed:\n{result.stdout}{result.stderr}"[-4000:])
    # Of a message that goes on over several lines, only the first has a location.
    messages: list[str] = []
    for line in log.read_text(encoding="utf-8").splitlines():
        if messages and not re.search(r"\b(WARNING|ERROR|CRITICAL|SEVERE): ", line):
            messages[-1] += f"\n{line}"
        else:
            messages.append(line)
    return messages


@dataclass
class Origin:
    """Tells warnings about Django's pages as they are from those that are ours."""

    layout: Layout
    upstream: Upstream
    superseded: Container[str]

    def __post_init__(self) -> None:
        # What upstream says in the pages that aren't as upstream has them.
        self.changed = {
            path: content.decode()
            for path, file in self.upstream.files.items()
            if path.startswith("docs/")
            and path.endswith(".txt")
            and (content := file.content) != (self.layout.tree / path).read_bytes()
        }

    def is_upstreams(self, warning: str) -> bool:
        """
        Is the warning about a reference of upstream's, to something that no page
        of upstream's has that is another one now?
        """
        match = _MISSING.fullmatch(warning)
        if match is None:
            return False
        try:
            page = Path(match["file"]).relative_to(self.layout.tree).as_posix()
        except ValueError:
            return False
        target = re.escape(match["target"])
        # What a warning or a note begins with isn't defined by it.
        defined = re.compile(
            rf"^\s*\.\. (_{target}:|(?!warning|note)[\w:-]+:: (.*\W)?{target}\b)",
            re.MULTILINE | re.I,
        )
        if any(defined.search(text) for text in self.changed.values()):
            return False
        if page in self.superseded or self.upstream.read(page) is None:
            return False
        text = self.changed.get(page)
        return text is None or match["target"].lower() in text.lower()


if __name__ == "__main__":
    sys.exit(main())
