"""
Settings for the app, with the database that the environment names.

``TPCC_VENDOR`` is sqlite, postgresql or mariadb, ``TPCC_DATABASE`` a name or file.
"""

from __future__ import annotations

import os
from typing import Any

from servers import MARIADB, POSTGRESQL, SQLITE, find_server
from tpcc.contestant import SQLITE_PRAGMAS


def database_settings(vendor: str, database: str) -> dict[str, Any]:
    if vendor == SQLITE:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": database,
            "OPTIONS": {
                "init_command": SQLITE_PRAGMAS,
                "transaction_mode": "IMMEDIATE",
            },
        }
    server = find_server(vendor)
    engine = {POSTGRESQL: "postgresql", MARIADB: "mysql"}[vendor]
    # Statements that are done again and again are prepared, as SQLAlchemy lets the
    # driver do it.
    prepare = {"server_side_binding": True, "prepare_threshold": 5}
    return {
        "ENGINE": f"django.db.backends.{engine}",
        "OPTIONS": prepare if vendor == POSTGRESQL else {},
        "NAME": database,
        "HOST": server.host,
        "PORT": str(server.port),
        "USER": server.user,
        "PASSWORD": server.password,
    }


DATABASES = {
    "default": database_settings(
        os.environ.get("TPCC_VENDOR", SQLITE),
        os.environ.get("TPCC_DATABASE", ":memory:"),
    )
}
INSTALLED_APPS = ["tpcc.supplier"]
USE_TZ = False
