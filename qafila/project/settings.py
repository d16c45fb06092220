"""Django's settings, made from :mod:`qafila.project.env`. Wiring only."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Any

from psycopg.conninfo import conninfo_to_dict

from qafila.project import env as _env

ENV = _env.read()
BASE_DIR = Path(__file__).resolve().parent.parent
DATA = ENV.data


def _kept_secret_key() -> str:
    """The key from the settings, or one made at the first start and kept beside the database (0600)."""
    given = ENV.secret_key.get_secret_value()
    if given:
        return given
    path = DATA / "secret_key.json"
    try:
        return str(json.loads(path.read_text())["secret_key"])
    except FileNotFoundError:
        DATA.mkdir(parents=True, exist_ok=True)
        key = secrets.token_urlsafe(48)
        fresh = path.with_suffix(f".{secrets.token_hex(4)}")
        fresh.touch(mode=0o600)
        fresh.write_text(json.dumps({"secret_key": key}))
        try:
            path.hardlink_to(fresh)  # fails if another process was first: then theirs is the key
        except FileExistsError:
            return str(json.loads(path.read_text())["secret_key"])
        finally:
            fresh.unlink()
        return key


def _database(url: str) -> dict[str, Any]:
    parts: dict[str, Any] = conninfo_to_dict(url) if url else {}
    known = {
        "NAME": parts.pop("dbname", "qafila"),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
    }
    known |= {"HOST": parts.pop("host", ""), "PORT": parts.pop("port", "")}
    return {"ENGINE": "django.db.backends.postgresql", **known, "OPTIONS": parts, "CONN_MAX_AGE": 0}


SECRET_KEY = _kept_secret_key()
DEBUG = ENV.debug
ALLOWED_HOSTS = ENV.allowed_hosts
DATABASES = {"default": _database(ENV.database_url)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "businesses.User"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "procrastinate.contrib.django",
    "ninja",
    "qafila.wording",
    "qafila.businesses",
    "qafila.events",
    "qafila.alerts",
    "qafila.senders",
    "qafila.contacts",
    "qafila.ledger",
    "qafila.dispatch",
    "qafila.receiving",
    "qafila.campaigns",
    "qafila.api",
    "qafila.intake",
    "qafila.worker",
    "qafila.web",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "qafila.project.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
ASGI_APPLICATION = "qafila.project.asgi.application"

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = "en"
LANGUAGES = [("ar", "العربية"), ("he", "עברית"), ("ru", "Русский"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "wording" / "locale"]

STATIC_URL = "/static/"
STATIC_ROOT = DATA / "static"
WHITENOISE_USE_FINDERS = True  # one command starts everything: no collectstatic step

STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": DATA / "files"},
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

# 100,000 recipients in one JSON body are about 9 MB; more goes through the streamed upload.
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024 * 1024
APPEND_SLASH = False  # an API path with a stray slash is a 404, never a redirect that drops the body
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
LOGGING_CONFIG = None  # kit/logs configures logging, once, at the start of the process
SILENCED_SYSTEM_CHECKS: list[str] = []

PROCRASTINATE_ON_APP_READY = None
