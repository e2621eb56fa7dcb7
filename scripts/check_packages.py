#!/usr/bin/env python3
"""
Build the fork's packages twice, install them, and use them as a project would.

Run with ``python3 scripts/check_packages.py``. It exits with 1 and says why if
a package is not complete, not the same both times, or not a Django for others.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

from environments import Environment
from patchqueue.errors import QueueError
from patchqueue.layout import Layout, find_layout
from patchqueue.plan import make_plan
from patchqueue.topics import load_queue
from patchqueue.tree import write_files
from patchqueue.upstream import download, fetch_upstream, verify

# A model with a composite key, served by Django REST framework.
REST_PROJECT = """
import django
from django.conf import settings

settings.configure(
    DEBUG=True,
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["testserver"],
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    REST_FRAMEWORK={
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"]
    },
)
django.setup()

from django.db import connection, models
from django.test import Client
from django.urls import path
from rest_framework import generics, serializers


class Item(models.Model):
    pk = models.CompositePrimaryKey("order", "line")
    order = models.IntegerField()
    line = models.IntegerField()
    product = models.CharField(max_length=20)

    class Meta:
        app_label = "shop"


class ItemSerializer(serializers.ModelSerializer):
    class Meta:
        model = Item
        fields = ["order", "line", "product"]


class ItemList(generics.ListCreateAPIView):
    queryset = Item.objects.order_by("pk")
    serializer_class = ItemSerializer


urlpatterns = [path("items/", ItemList.as_view())]

with connection.schema_editor() as editor:
    editor.create_model(Item)
item = {"order": 1, "line": 2, "product": "Dice"}
response = Client().post("/items/", item, content_type="application/json")
assert response.status_code == 201, response.content
assert Client().get("/items/").json() == [item]
assert Item.objects.get(pk=(1, 2)).product == "Dice"
print("Django REST framework serves a model with a composite key.")
"""


class PackageProblem(Exception):
    """What is wrong with the packages."""


def run(*command: object, cwd: Path | None = None) -> str:
    result = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if result.returncode:
        said = (result.stdout + result.stderr)[-3000:]
        raise PackageProblem(f"{' '.join(map(str, command))} failed:\n{said}")
    return result.stdout


def new_environment(directory: Path) -> Environment:
    environment = Environment(directory)
    environment.ensure()
    return environment


def pip(environment: Environment, *arguments: object) -> str:
    return run(environment.python, "-m", "pip", "-q", *arguments)


def build(layout: Layout, builder: Environment, target: Path) -> list[Path]:
    """Build the sdist, and the wheel from it; return both, the wheel first."""
    run(builder.python, "-m", "build", "--outdir", target, layout.root)
    files = sorted(target.iterdir(), key=lambda file: file.suffix, reverse=True)
    if [file.suffix for file in files] != [".whl", ".gz"]:
        raise PackageProblem(f"{target} has {', '.join(file.name for file in files)}.")
    return files


def check_same(first: list[Path], second: list[Path]) -> None:
    for one, other in zip(first, second, strict=True):
        digests = {hashlib.sha256(f.read_bytes()).hexdigest() for f in (one, other)}
        if len(digests) != 1:
            raise PackageProblem(f"Two builds of {one.name} differ.")


def check_contents(layout: Layout, room: Path, wheel: Path, sdist: Path) -> None:
    """Nothing is missing, and what differs from upstream is what the queue says."""
    queue = load_queue(layout)
    upstream = fetch_upstream(layout, queue.manifest)
    plan = make_plan(queue, upstream)
    pinned = download(queue.manifest.version, room / "pinned", wheel=True)
    verify(pinned, queue.manifest.wheel)
    ours, theirs = (
        {
            name: archive.read(name)
            for name in archive.namelist()
            if name.startswith("django/")
        }
        for archive in (zipfile.ZipFile(wheel), zipfile.ZipFile(pinned))
    )
    changed = {
        path: content
        for path, content in plan.result().items()
        if path.startswith("django/")
    }
    if ours != {**theirs, **changed}:
        raise PackageProblem(f"{wheel.name} is not upstream's wheel with the queue.")
    composed = room / "composed"
    write_files(composed, plan)
    with tarfile.open(sdist) as archive:
        packed = {m.name.partition("/")[2] for m in archive if m.isfile()}
    expected = {
        f.relative_to(composed).as_posix() for f in composed.rglob("*") if f.is_file()
    }
    if packed != expected | {"setup.py"}:
        difference = sorted(packed ^ (expected | {"setup.py"}))[:10]
        raise PackageProblem(f"{sdist.name}: unexpected or missing: {difference}.")


def check_use(layout: Layout, room: Path, wheel: Path, sdist: Path) -> None:
    """The wheel replaces an installed Django, and others take it for Django."""
    manifest = load_queue(layout).manifest
    user = new_environment(room / "user")
    pip(user, "install", f"Django=={manifest.version}")
    pip(user, "install", wheel)
    check_version(user, manifest.fork_version)
    pip(user, "install", "djangorestframework")
    check_version(user, manifest.fork_version)
    run(user.python, "-m", "pip", "check")
    admin = user.python.with_name("django-admin")
    run(admin, "startproject", "example", cwd=room)
    run(user.python, "manage.py", "migrate", cwd=room / "example")
    run(user.python, "manage.py", "check", "--deploy", cwd=room / "example")
    script = room / "rest_project.py"
    script.write_text(REST_PROJECT)
    print(run(user.python, script).strip())
    # The sdist builds where upstream cannot be reached: setuptools is all it asks.
    offline = new_environment(room / "offline")
    pip(offline, "install", "setuptools>=83", "asgiref", "sqlparse")
    pip(offline, "install", "--no-index", "--no-build-isolation", sdist)
    check_version(offline, manifest.fork_version)


def check_version(environment: Environment, expected: str) -> None:
    code = "import importlib.metadata as m; print(m.version('Django'))"
    found = run(environment.python, "-c", code).strip()
    if found != expected:
        raise PackageProblem(f"Django {found} is installed, and not {expected}.")


def main() -> int:
    layout = find_layout()
    room = layout.build / "packages"
    shutil.rmtree(room, ignore_errors=True)
    room.mkdir(parents=True)
    try:
        builder = new_environment(room / "builder")
        pip(builder, "install", "build", "installer")
        first = build(layout, builder, room / "first")
        second = build(layout, builder, room / "second")
        check_same(first, second)
        wheel, sdist = first
        print(f"Built twice, the same: {wheel.name}, {sdist.name}", flush=True)
        (room / "pinned").mkdir()
        check_contents(layout, room, wheel, sdist)
        installed = room / "installed"
        run(
            *(builder.python, "-m", "installer", "--validate-record", "all"),
            *("--destdir", installed, wheel),
        )
        check_use(layout, room, wheel, sdist)
    except (PackageProblem, QueueError) as error:
        print(f"check_packages.py: {error}", file=sys.stderr)
        return 1
    print("The packages are sound.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
