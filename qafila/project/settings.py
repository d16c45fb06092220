"""Django's settings, made from :mod:`qafila.project.env`. Wiring only."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Any

from psycopg.conninfo import conninfo_to_dict

from qafila.kit.postgres.sessions import limited_parameters
from qafila.project import env as _env
from qafila.project.static_files import fingerprint

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
    options = limited_parameters(parts)
    return {"ENGINE": "django.db.backends.postgresql", **known, "OPTIONS": options, "CONN_MAX_AGE": 0}


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
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_htmx",
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
    "qafila.inbox",
    "qafila.api",
    "qafila.intake",
    "qafila.worker",
    "qafila.web",
]

MIDDLEWARE = [
    "qafila.web.shell.middleware.SecurityHeaders",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "qafila.web.shell.middleware.ReaderSettings",
    "django_htmx.middleware.HtmxMiddleware",
    "qafila.web.shell.only_posted.OnlyPosted",
    "qafila.web.shell.refusing.LateRefusals",
]

ROOT_URLCONF = "qafila.project.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "web" / "templates"],  # ours come before allauth's own
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "qafila.web.shell.context.shell",
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

# A fingerprint of the files is in their address, so that browsers may keep them for good and a new version is seen at once.
STATIC_PREFIX = "/static/"
STATIC_URL = f"{STATIC_PREFIX}{fingerprint(BASE_DIR / 'web' / 'static')}/"
WHITENOISE_USE_FINDERS = True  # one command starts everything: no collectstatic step
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_MAX_AGE = 0 if DEBUG else 31_536_000

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
# Security headers are in web/shell/headers.py: one place for Django, static files and webhooks alike.
CSRF_FAILURE_VIEW = "qafila.web.shell.errors.csrf_failure"

# --- signing in ---------------------------------------------------------------------------------------------------
HTTPS = ENV.public_url.startswith("https://")
CSRF_TRUSTED_ORIGINS = [ENV.public_url] if ENV.public_url else []
SESSION_ENGINE = "qafila.web.shell.sessions"
SESSION_COOKIE_AGE = int(ENV.session_days * 86_400)
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
# A browser takes a cookie of this name only over HTTPS, from this host, for all of it.
SESSION_COOKIE_NAME = "__Host-qafila" if HTTPS else "qafila"
CSRF_COOKIE_NAME = "__Host-qafila-csrf" if HTTPS else "qafila-csrf"
CACHES = {"default": {"BACKEND": "qafila.web.shell.kept.KeptInPostgres"}}  # all web processes count together
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
PASSWORD_RESET_TIMEOUT = 24 * 3600
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "qafila.web.pages.account.adapter.Accounts"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # an owner vouches for the address by inviting it
ACCOUNT_EMAIL_NOTIFICATIONS = bool(ENV.email_host)
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600
ACCOUNT_RATE_LIMITS = {
    "login_failed": "10/m/ip,100/d/ip,20/d/key",
    "login": "30/m/ip",
    "reset_password": "20/h/ip,5/d/key",
    "reset_password_from_key": "20/h/ip",
    "reauthenticate": "10/m/user",
    "change_password": "5/m/user",
}
MFA_ADAPTER = "qafila.web.pages.account.adapter.SecondFactors"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
ACCOUNT_FORMS = {"login": "qafila.web.pages.account.forms.SignInForm"}
MFA_FORMS = {
    "authenticate": "qafila.web.pages.account.forms.CodeForm",
    "reauthenticate": "qafila.web.pages.account.forms.CodeAgainForm",
    "activate_totp": "qafila.web.pages.account.forms.FirstCodeForm",
}
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"  # a passkey stands for password and second factor together
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS  # browsers themselves allow it on localhost only
MFA_TOTP_TOLERANCE = 1
MFA_TOTP_ISSUER = "Qafila"
MFA_RECOVERY_CODES_SHOW_ONCE = True

EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if ENV.email_host else 'dummy'}.EmailBackend"
EMAIL_HOST, EMAIL_PORT, EMAIL_TIMEOUT = ENV.email_host, ENV.email_port, 15
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = ENV.email_user, ENV.email_password.get_secret_value()
EMAIL_USE_TLS, EMAIL_USE_SSL = ENV.email_tls == "starttls", ENV.email_tls == "tls"
DEFAULT_FROM_EMAIL = ENV.email_from or ENV.email_user or "qafila@localhost"
LOGGING_CONFIG = None  # kit/logs configures logging, once, at the start of the process
SILENCED_SYSTEM_CHECKS: list[str] = []

PROCRASTINATE_ON_APP_READY = None
