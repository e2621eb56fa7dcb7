# Settings for running the tests on PostgreSQL: a server on the loopback
# interface, or what libpq's environment variables say.
import os

from test_sqlite import (  # NOQA: F401
    DEFAULT_AUTO_FIELD,
    PASSWORD_HASHERS,
    SECRET_KEY,
    USE_TZ,
)

SERVER = {
    "ENGINE": "django.db.backends.postgresql",
    "HOST": os.environ.get("PGHOST", "127.0.0.1"),
    "PORT": os.environ.get("PGPORT", "5432"),
    "USER": os.environ.get("PGUSER", "postgres"),
    "PASSWORD": os.environ.get("PGPASSWORD", ""),
}

DATABASES = {
    "default": {**SERVER, "NAME": "django"},
    "other": {**SERVER, "NAME": "django2"},
}
