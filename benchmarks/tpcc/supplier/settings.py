"""
Settings for the app, with the database that the environment names.

``TPCC_VENDOR`` is sqlite, postgresql or mariadb, ``TPCC_DATABASE`` a name or file.
"""

from __future__ import annotations

import os
from typing import Any

from django_settings import database_settings
from servers import POSTGRESQL, SQLITE
from tpcc.contestant import SQLITE_PRAGMAS

OPTIONS: dict[str, dict[str, Any]] = {
    SQLITE: {"init_command": SQLITE_PRAGMAS, "transaction_mode": "IMMEDIATE"},
    # Statements that are done again and again are prepared, as SQLAlchemy lets the
    # driver do it.
    POSTGRESQL: {"server_side_binding": True, "prepare_threshold": 5},
}
DATABASES = {
    "default": database_settings(
        os.environ.get("TPCC_VENDOR", SQLITE),
        os.environ.get("TPCC_DATABASE", ":memory:"),
        OPTIONS,
    )
}
INSTALLED_APPS = ["tpcc.supplier"]
USE_TZ = False
