#!/usr/bin/env python3
"""
Run Django's test suite, and ours, on the composed tree.

This takes all options and labels of Django's runner, which it hands on to. It
first makes what that needs: an environment and the composed tree, in build/.
"""

import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "scripts"))

import python_version  # NOQA: E402, F401  isort: skip

from browser import browser_environment, wants_browser  # NOQA: E402
from environments import ensure_test_environment  # NOQA: E402
from patchqueue.errors import QueueError, describe  # NOQA: E402
from patchqueue.layout import find_layout  # NOQA: E402


def named_settings(arguments: list[str]) -> list[str]:
    """Return the names of the settings modules that the arguments speak of."""
    names = [os.environ.get("DJANGO_SETTINGS_MODULE", "")]
    for argument, following in zip(arguments, [*arguments[1:], ""]):
        option, _, value = argument.partition("=")
        if option == "--settings":
            names.append(value or following)
    return names


def main(arguments: list[str]) -> int:
    layout = find_layout()
    try:
        python = ensure_test_environment(layout, named_settings(arguments))
    except QueueError as error:
        print(f"runtests.py: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"runtests.py: {describe(error)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    if wants_browser(arguments):
        os.environ.update(browser_environment(layout))
    # Hypothesis would leave what it remembers among the tests.
    os.environ.setdefault(
        "HYPOTHESIS_STORAGE_DIRECTORY", str(layout.build / "hypothesis")
    )
    tests = layout.tree / "tests"
    sys.stdout.flush()
    os.chdir(tests)
    os.execv(python, [str(python), str(tests / "runtests.py"), *arguments])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
