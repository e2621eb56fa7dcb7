"""Where things are in this repository."""

import os
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

# The rooms whose files take the same path in Django.
ROOMS = ("django", "tests", "docs")

# The entry to Django's runner has the path of the runner itself, and stays here.
NOT_COMPOSED = frozenset({"tests/runtests.py"})

IGNORED_DIRECTORIES = frozenset({"__pycache__", "_build", ".hypothesis", ".mypy_cache"})
IGNORED_FILES = ("*.py[co]", "*.orig", "*.rej", "*.swp", "*~", ".#*", ".DS_Store")


@dataclass(frozen=True)
class Layout:
    """The paths of one checkout of this repository."""

    root: Path

    @property
    def patches(self) -> Path:
        return self.root / "patches"

    @property
    def manifest(self) -> Path:
        return self.patches / "manifest.json"

    @property
    def series(self) -> Path:
        return self.patches / "series"

    @property
    def build(self) -> Path:
        return self.root / "build"

    @property
    def cache(self) -> Path:
        return self.build / "cache"

    @property
    def tree(self) -> Path:
        return self.build / "django"

    @property
    def lock(self) -> Path:
        return self.build / "lock"

    @property
    def tree_state(self) -> Path:
        return self.build / "django.json"

    def own_files(self) -> list[str]:
        """Return the paths of the files we wrote for the composed tree, sorted."""
        paths = (
            f"{room}/{path}" for room in ROOMS for path in find_files(self.root / room)
        )
        return sorted(path for path in paths if path not in NOT_COMPOSED)


def find_files(directory: Path) -> list[str]:
    """Return the paths, below ``directory``, of the files there that count, sorted."""
    found = []
    for parent, directories, names in os.walk(directory):
        directories[:] = [d for d in directories if d not in IGNORED_DIRECTORIES]
        for name in names:
            if not _is_ignored(name):
                found.append(Path(parent, name).relative_to(directory).as_posix())
    return sorted(found)


def _is_ignored(name: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in IGNORED_FILES)


def find_layout() -> Layout:
    """Return the layout of the checkout that this module is part of."""
    return Layout(Path(__file__).resolve().parents[2])
