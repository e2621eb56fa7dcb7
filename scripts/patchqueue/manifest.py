"""The manifest: which Django this is a fork of, and what it superseded there."""

import json
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from .errors import QueueError


@dataclass(frozen=True)
class Distribution:
    """One file of a release on PyPI."""

    filename: str
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """
    The contents of ``patches/manifest.json``.

    ``superseded`` maps the path of each upstream file that ours replaces whole
    to the git blob hash of the file that was replaced.
    """

    version: str
    sdist: Distribution
    wheel: Distribution
    label: str
    superseded: dict[str, str] = field(default_factory=dict)

    @property
    def fork_version(self) -> str:
        """The version of the distribution that is installed."""
        return f"{self.version}+{self.label}"

    def with_superseded(self, superseded: dict[str, str]) -> "Manifest":
        return replace(self, superseded=dict(sorted(superseded.items())))

    def dumps(self) -> str:
        data = {
            "upstream": {
                "version": self.version,
                "sdist": vars(self.sdist),
                "wheel": vars(self.wheel),
            },
            "label": self.label,
            "superseded": self.superseded,
        }
        return json.dumps(data, indent=2) + "\n"


def load_manifest(path: Path) -> Manifest:
    """Read the manifest at ``path``. Raise QueueError where it is not one."""
    try:
        return parse_manifest(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise QueueError(f"{path}: {error.strerror}.") from error
    except (QueueError, UnicodeDecodeError) as error:
        raise QueueError(f"{path}: {error}") from error


def parse_manifest(text: str) -> Manifest:
    """Return the manifest that ``text`` describes. Raise QueueError if none."""
    try:
        data = json.loads(text)
        upstream = data["upstream"]
        manifest = Manifest(
            version=_matching(upstream["version"], r"\d+(\.\d+)+", "a version"),
            sdist=_distribution(upstream["sdist"]),
            wheel=_distribution(upstream["wheel"]),
            label=_matching(data["label"], r"[a-z0-9]+(\.[a-z0-9]+)*", "a label"),
            superseded={
                path: _matching(blob, r"[0-9a-f]{40}", "a git blob hash")
                for path, blob in data["superseded"].items()
            },
        )
    except json.JSONDecodeError as error:
        raise QueueError(f"This is not JSON: {error}.") from error
    except KeyError as error:
        raise QueueError(f"{error} is missing.") from error
    except (TypeError, AttributeError) as error:
        raise QueueError("A value has the wrong type.") from error
    return manifest


def _distribution(data: dict[str, Any]) -> Distribution:
    return Distribution(
        filename=_matching(data["filename"], r"[\w.+-]+", "a file name"),
        sha256=_matching(data["sha256"], r"[0-9a-f]{64}", "a sha256"),
    )


def _matching(value: Any, pattern: str, what: str) -> str:
    if not isinstance(value, str) or not re.fullmatch(pattern, value):
        raise QueueError(f"{value!r} is not {what}.")
    return value
