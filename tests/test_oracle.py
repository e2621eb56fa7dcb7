# Settings for running the tests on Oracle: a server on the loopback interface,
# or what these environment variables say. The user must be able to create users
# and tablespaces. The name is an easy connect string.
import os

from test_sqlite import (  # NOQA: F401
    DEFAULT_AUTO_FIELD,
    PASSWORD_HASHERS,
    SECRET_KEY,
    USE_TZ,
)

SERVER = {
    "ENGINE": "django.db.backends.oracle",
    "NAME": os.environ.get("ORACLE_NAME", "127.0.0.1:1521/FREEPDB1"),
    "USER": os.environ.get("ORACLE_USER", "system"),
    "PASSWORD": os.environ.get("ORACLE_PASSWORD", "oracle"),
}

DATABASES = {
    "default": {**SERVER, "TEST": {"USER": "test_django"}},
    "other": {**SERVER, "TEST": {"USER": "test_django2"}},
}
