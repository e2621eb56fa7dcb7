"""How Django is given a database that is measured."""

from __future__ import annotations

from typing import Any

from servers import MARIADB, POSTGRESQL, SQLITE, find_server


def database_settings(
    vendor: str, database: str, options: dict[str, dict[str, Any]] | None = None
) -> dict[str, Any]:
    """Return an item of DATABASES; `options` has that of each vendor, if any."""
    settings = {"NAME": database, "OPTIONS": (options or {}).get(vendor, {})}
    if vendor == SQLITE:
        return {"ENGINE": "django.db.backends.sqlite3", **settings}
    server = find_server(vendor)
    engine = {POSTGRESQL: "postgresql", MARIADB: "mysql"}[vendor]
    return {
        "ENGINE": f"django.db.backends.{engine}",
        "HOST": server.host,
        "PORT": str(server.port),
        "USER": server.user,
        "PASSWORD": server.password,
        **settings,
    }
