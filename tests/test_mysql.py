# Settings for running the tests on MySQL or MariaDB: a server on the loopback
# interface, or what these environment variables say.
import os

from test_sqlite import (  # NOQA: F401
    DEFAULT_AUTO_FIELD,
    PASSWORD_HASHERS,
    SECRET_KEY,
    USE_TZ,
)

SERVER = {
    "ENGINE": "django.db.backends.mysql",
    "HOST": os.environ.get("MYSQL_HOST", "127.0.0.1"),
    "PORT": os.environ.get("MYSQL_TCP_PORT", "3306"),
    "USER": os.environ.get("MYSQL_USER", "root"),
    "PASSWORD": os.environ.get("MYSQL_PWD", ""),
    "TEST": {"CHARSET": "utf8mb4"},
}

DATABASES = {
    "default": {**SERVER, "NAME": "django"},
    "other": {**SERVER, "NAME": "django2"},
}
