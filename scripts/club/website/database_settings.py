"""Settings for inspectdb, which runs before there are models for the site."""

from .settings import DATABASES, SECRET_KEY, USE_TZ  # NOQA: F401
