"""
Settings of a project on trial, and of the process that looks at its database.

``TRIAL_VENDOR`` is sqlite, postgres or mysql, ``TRIAL_DATABASE`` a name or file,
``TRIAL_ROOM`` the directory with the apps, ``TRIAL_APPS`` their names,
``TRIAL_AUTO_FIELD`` the class of keys that models don't declare.
``TRIAL_KILL`` is a number: the process is killed before the statement of this number,
of those that change something.
"""

import os
import sys
from typing import Any

ROOM = os.environ.get("TRIAL_ROOM")
if ROOM:
    sys.path.insert(0, ROOM)


def database_settings(vendor: str, name: str) -> dict[str, Any]:
    if vendor == "sqlite":
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": name}
    variables = {
        "postgres": (
            ("PGHOST", "127.0.0.1"),
            ("PGPORT", "5432"),
            ("PGUSER", "postgres"),
            ("PGPASSWORD", ""),
        ),
        "mysql": (
            ("MYSQL_HOST", "127.0.0.1"),
            ("MYSQL_TCP_PORT", "3306"),
            ("MYSQL_USER", "root"),
            ("MYSQL_PWD", ""),
        ),
    }[vendor]
    keys = ("HOST", "PORT", "USER", "PASSWORD")
    engine = {"postgres": "postgresql", "mysql": "mysql"}[vendor]
    return {
        "ENGINE": f"django.db.backends.{engine}",
        "NAME": name,
        **{
            key: os.environ.get(variable, default)
            for key, (variable, default) in zip(keys, variables, strict=True)
        },
    }


DATABASES = {
    "default": database_settings(
        os.environ.get("TRIAL_VENDOR", "sqlite"),
        os.environ.get("TRIAL_DATABASE", ":memory:"),
    )
}
INSTALLED_APPS = ["trials", *os.environ.get("TRIAL_APPS", "").split()]
DEFAULT_AUTO_FIELD = os.environ.get("TRIAL_AUTO_FIELD", "django.db.models.BigAutoField")
USE_TZ = True
SECRET_KEY = "nothing to keep"
