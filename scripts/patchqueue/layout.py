"""Where things are in this repository."""

import os
from dataclasses import dataclass
from pathlib import Path

# The rooms whose files take the same path in Django.
ROOMS = ("django", "tests", "docs")

# The entry to Django's runner has the path of the runner itself, and stays here.
NOT_COMPOSED = frozenset({"tests/runtests.py"})

IGNORED_DIRECTORIES = frozenset({"__pycache__", "_build", ".mypy_cache"})
IGNORED_SUFFIXES = frozenset({".pyc", ".pyo", ".orig", ".rej", ".swp"})


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
    def tree_state(self) -> Path:
        return self.build / "django.json"

    def own_files(self) -> list[str]:
        """Return the paths of the files we wrote for the composed tree, sorted."""
        found = []
        for room in ROOMS:
            for directory, directories, names in os.walk(self.root / room):
                directories[:] = [
                    name for name in directories if name not in IGNORED_DIRECTORIES
                ]
                for name in names:
                    file = Path(directory, name)
                    path = file.relative_to(self.root).as_posix()
                    if file.suffix not in IGNORED_SUFFIXES and (
                        path not in NOT_COMPOSED
                    ):
                        found.append(path)
        return sorted(found)


def find_layout() -> Layout:
    """Return the layout of the checkout that this module is part of."""
    return Layout(Path(__file__).resolve().parents[2])
