"""
Settings of a project whose users have a composite key. The database is that of
the process which runs the tests.
"""

import json
import os

DATABASES = json.loads(os.environ["COMPOSITE_AUTH_DATABASES"])
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "users",
]
AUTH_USER_MODEL = "users.User"
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.request",
            ]
        },
    }
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ROOT_URLCONF = "users.urls"
SECRET_KEY = "composite_auth"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
