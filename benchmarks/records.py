"""What every benchmark keeps of a run: what it ran on, and its JSON file."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from contestants import FORK


@dataclass
class Record:
    # Versions, the machine, options, when.
    about: dict[str, Any]

    def title(self, contestant: str) -> str:
        """Return what people call a contestant; the fork bears Django's version."""
        if contestant == FORK:
            return "the fork"
        return str(self.about["contestants"][contestant]["name"])

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")


def load(path: Path) -> dict[str, Any]:
    """Return the fields of what was saved, to be made objects of their classes."""
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
