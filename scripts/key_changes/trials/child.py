"""
Runs several of Django's commands in one process: child.py '[["migrate", "shop"], …]'

A command that is called "run" runs a file of Python, in which all models have their
names. It ends at the first command that fails.
"""

import importlib
import json
import sys
from pathlib import Path
from typing import Any


def run(file: str) -> None:
    from django.apps import apps

    names: dict[str, Any] = {model.__name__: model for model in apps.get_models()}
    exec(compile(Path(file).read_text(), file, "exec"), names)


def main(commands: list[list[str]]) -> None:
    import django
    from django.core.management import execute_from_command_line

    django.setup()
    for name, *arguments in commands:
        if name == "run":
            run(*arguments)
        else:
            execute_from_command_line(["manage.py", name, *arguments])
        # The next command finds a migration that this one has written.
        importlib.invalidate_caches()


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
