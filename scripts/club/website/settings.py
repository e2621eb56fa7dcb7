"""
Settings of the game club's site.

Nothing is written next to the code. The database and the models that
inspectdb made from it live in CLUB_DATA_DIR, where scripts/demo.py puts them:

    build/demo/club.sqlite3         the club's database, made by legacy.sql, and
                                    the tables of the admin, made by migrate
    build/demo/legacy/models.py     what inspectdb says about it, unedited
"""

import os
import sys
from pathlib import Path

from django.urls import reverse

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(
    os.environ.get("CLUB_DATA_DIR", BASE_DIR.parent.parent / "build" / "demo")
)

# Makes the generated "legacy" application importable.
sys.path.insert(0, str(DATA_DIR))

# The site runs on your own machine only, so there is nothing to keep secret.
SECRET_KEY = "the-owl-sees-everything"
DEBUG = True
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "legacy",
    "website",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "website.urls"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": DATA_DIR / "club.sqlite3",
    }
}
# The ids of the club's tables are integers, and so are references to them.
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"

# What get_absolute_url() is for models that inspectdb wrote.
ABSOLUTE_URL_OVERRIDES = {
    "legacy.campaign": lambda campaign: reverse("campaign", args=[campaign.pk]),
    "legacy.person": lambda person: reverse("person", args=[person.pk]),
    "legacy.personcampaign": lambda part: reverse("participation", args=[part.pk]),
    "legacy.sessionlog": lambda session: reverse("session", args=[session.pk]),
}

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "static/"
