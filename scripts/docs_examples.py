"""
Runs the examples of a page of documentation: docs_examples.py PAGE

The models of the page become those of an app "theatre", with its tables in an
SQLite database in memory. Then its sessions ("code-block:: pycon") run from
top to bottom, as one.

This runs where the composed Django can be imported, see docs.py.
"""

import doctest
import re
import sys
import textwrap
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

APP = "theatre"

_BLOCK = re.compile(
    r"^(?P<indent>[ ]*)(?P<head>\S.*::(?: pycon)?)\n"
    r"(?P<body>(?:\n|(?P=indent)[ ]+.*\n)+)",
    re.MULTILINE,
)


def find_blocks(text: str) -> Iterator[tuple[str, str, int]]:
    """Yield the kind, the code and the number of the line of each example."""
    position = 0
    while match := _BLOCK.search(text, position):
        head, code = match["head"], textwrap.dedent(match["body"])
        line = text.count("\n", 0, match.start("body"))
        # What a directive or an item of a list contains may have examples.
        position = match.start("body")
        if head == ".. code-block:: pycon":
            yield "session", code, line
        elif not head.startswith("..") and "(models.Model)" in code:
            yield "models", code, line
        else:
            continue
        position = match.end()


def run_page(page: Path) -> int:
    """Run the examples of a page. Return how many failed."""
    blocks = list(find_blocks(page.read_text(encoding="utf-8")))
    models = make_app([code for kind, code, _ in blocks if kind == "models"])
    runner = doctest.DocTestRunner(verbose=False)
    parser = doctest.DocTestParser()
    names = vars(models)
    for kind, code, line in blocks:
        if kind == "session":
            test = parser.get_doctest(code, names, page.name, str(page), line)
            test.globs = names
            runner.run(test, clear_globs=False)
    failed, attempted = runner.failures, runner.tries
    if not attempted:
        print(f"{page} has no examples.")
        return 1
    return failed


def make_app(sources: list[str]) -> ModuleType:
    """Return the module of an app with these models, which have their tables."""
    django = import_module("django")
    settings = import_module("django.conf").settings
    models = import_module("django.db.models")
    settings.configure(
        DATABASES={
            "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
        },
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        INSTALLED_APPS=[APP],
        USE_TZ=True,
    )
    package = sys.modules[APP] = ModuleType(APP)
    package.__path__ = [f"/{APP}"]
    django.setup()
    module = sys.modules[f"{APP}.models"] = ModuleType(f"{APP}.models")
    vars(module)["models"] = models
    for source in sources:
        exec(source, vars(module))
    apps = import_module("django.apps").apps
    connection = import_module("django.db").connection
    with connection.schema_editor() as editor:
        for model in apps.get_app_config(APP).get_models():
            editor.create_model(model)
    return module


if __name__ == "__main__":
    sys.exit(run_page(Path(sys.argv[1])) > 0)
