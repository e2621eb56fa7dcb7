"""
Settings for the Mondial database, which isn't part of this repository.

    MONDIAL_DATABASE      the SQLite file, which is only read
    MONDIAL_MIGRATIONS    a directory outside of the repository where
                          makemigrations may write

The databases "sqlite", "postgres" and "mysql" are for copies of it, made by
scripts/mondial_check.py. The servers are those on the loopback interface, or
what the environment variables of their client libraries say.
"""

import os
import sys
from pathlib import Path

SECRET_KEY = "the-elbe-flows-through-prague"

INSTALLED_APPS = ["geography"]

# Nobody else's databases have these names.
COPY = {"NAME": "mondial", "TEST": {"NAME": f"test_mondial_{os.getpid()}"}}

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": f"{Path(os.environ['MONDIAL_DATABASE']).resolve().as_uri()}?mode=ro",
    },
    "sqlite": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"},
    "postgres": {
        **COPY,
        "ENGINE": "django.db.backends.postgresql",
        "HOST": os.environ.get("PGHOST", "127.0.0.1"),
        "PORT": os.environ.get("PGPORT", "5432"),
        "USER": os.environ.get("PGUSER", "postgres"),
        "PASSWORD": os.environ.get("PGPASSWORD", ""),
    },
    "mysql": {
        **COPY,
        "ENGINE": "django.db.backends.mysql",
        "HOST": os.environ.get("MYSQL_HOST", "127.0.0.1"),
        "PORT": os.environ.get("MYSQL_TCP_PORT", "3306"),
        "USER": os.environ.get("MYSQL_USER", "root"),
        "PASSWORD": os.environ.get("MYSQL_PWD", ""),
        "TEST": {**COPY["TEST"], "CHARSET": "utf8mb4"},
    },
}

if directory := os.environ.get("MONDIAL_MIGRATIONS"):
    sys.path.insert(0, directory)
    MIGRATION_MODULES = {"geography": "mondial_migrations"}

USE_TZ = True
