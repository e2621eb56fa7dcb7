"""
Settings for the shop, with the database that the environment names.

``KEY_CHANGE_VENDOR`` is sqlite, postgresql or mariadb, ``KEY_CHANGE_DATABASE`` a name
or file, ``KEY_CHANGE_MIGRATIONS`` the package of the migrations: in one, or in steps.
"""

from __future__ import annotations

import os
from typing import Any

from servers import MARIADB, POSTGRESQL, SQLITE, find_server


def database_settings(vendor: str, database: str) -> dict[str, Any]:
    if vendor == SQLITE:
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": database}
    server = find_server(vendor)
    engine = {POSTGRESQL: "postgresql", MARIADB: "mysql"}[vendor]
    return {
        "ENGINE": f"django.db.backends.{engine}",
        "NAME": database,
        "HOST": server.host,
        "PORT": str(server.port),
        "USER": server.user,
        "PASSWORD": server.password,
    }


DATABASES = {
    "default": database_settings(
        os.environ.get("KEY_CHANGE_VENDOR", SQLITE),
        os.environ.get("KEY_CHANGE_DATABASE", ":memory:"),
    )
}
INSTALLED_APPS = ["key_change.shop"]
MIGRATION_MODULES = {
    "shop": f"key_change.shop.{os.environ.get('KEY_CHANGE_MIGRATIONS', 'migrations')}"
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = False
