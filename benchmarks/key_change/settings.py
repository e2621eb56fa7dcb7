"""
Settings for the shop, with the database that the environment names.

``KEY_CHANGE_VENDOR`` is sqlite, postgresql or mariadb, ``KEY_CHANGE_DATABASE`` a name
or file, ``KEY_CHANGE_MIGRATIONS`` the package of the migrations: in one, or in steps.
"""

from __future__ import annotations

import os

from django_settings import database_settings
from servers import SQLITE

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
