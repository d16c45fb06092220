"""The settings a person may change, read in one place from the environment and ``.env``, and checked at the start.

Every mistake is reported with the variable's name and what to write instead. Nothing else in the house reads ``os.environ``.
"""

from __future__ import annotations

import ipaddress
import os
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class BadSettings(Exception):
    """A setting cannot be used. The message has one line for each, with what to write instead."""

    code = "bad_settings"


def default_data_folder() -> Path:
    """``$QAFILA_DATA``, else ``./data`` beside a ``.env`` or a checkout, else the user's state folder."""
    here = Path.cwd()
    if (here / "pyproject.toml").exists() or (here / ".env").exists():
        return here / "data"
    return Path(os.environ.get("XDG_STATE_HOME", Path.home() / ".local" / "state")) / "qafila"


def _words(value: Any) -> Any:
    return [word.strip() for word in value.split(",") if word.strip()] if isinstance(value, str) else value


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError as exc:
        raise ValueError(f"{text!r} is not a network; write for example 10.1.0.0/16") from exc


Words = Annotated[list[str], NoDecode]
SHORTEST_KEYLESS_PREFIX = {4: 8, 6: 16}
"""By version of IP, as ``businesses.rules.keyless`` wants it; a test keeps them the same. Django is not loaded for it here."""
LOG_LEVELS = frozenset({"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"})


class Env(BaseSettings):
    """One field a setting; the docstring of each is what ``docs/settings.md`` says of it."""

    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=True, extra="ignore", case_sensitive=False, populate_by_name=True
    )

    database_url: str = Field(
        "", description="A PostgreSQL server (15 or later). Empty: the embedded one in the data folder."
    )
    data: Path = Field(
        default_factory=default_data_folder,
        validation_alias=AliasChoices("QAFILA_DATA", "data"),
        description="The data folder: embedded database, keys, logs, uploads.",
    )
    api_secret_key: SecretStr = Field(
        SecretStr(""),
        description="One API key with all rights of the first business. At least 24 characters. Empty: none.",
    )
    secret_key: SecretStr = Field(
        SecretStr(""),
        validation_alias=AliasChoices("SECRET_KEY", "DJANGO_SECRET_KEY"),
        description="Signs sessions. Empty: made at the first start and kept in the data folder.",
    )
    encryption_keys: SecretStr = Field(
        SecretStr(""),
        validation_alias=AliasChoices("QAFILA_ENCRYPTION_KEYS", "encryption_keys"),
        description="Keys that encrypt tokens at rest, newest first. Empty: a key file in the data folder.",
    )
    debug: bool = Field(
        False, validation_alias=AliasChoices("DEBUG", "DJANGO_DEBUG"), description="Never on in production."
    )
    allowed_hosts: Words = Field(
        ["localhost", "127.0.0.1"],
        validation_alias=AliasChoices("ALLOWED_HOSTS", "DJANGO_ALLOWED_HOSTS"),
        description="Host names under which the pages and the API answer, separated by commas.",
    )
    port: Annotated[list[int], NoDecode] = Field(
        [5001], description="One port or several, separated by commas."
    )
    bind: str = Field(
        "127.0.0.1", validation_alias=AliasChoices("QAFILA_BIND", "bind"), description="Address to listen on."
    )
    workers: int = Field(
        1,
        ge=0,
        le=64,
        validation_alias=AliasChoices("QAFILA_WORKERS", "workers"),
        description="Worker processes.",
    )
    trusted_proxies: Words = Field(
        [], description="Networks of reverse proxies whose X-Forwarded headers are believed."
    )
    public_url: str = Field(
        "",
        description="The address people and Meta use, for example https://wa.example.com. With https, cookies are Secure.",
    )
    session_idle_hours: float = Field(
        24, gt=0, le=720, description="Signed out after so many hours without use."
    )
    session_days: float = Field(14, gt=0, le=90, description="Signed out after so many days, used or not.")
    email_host: str = Field(
        "", description="SMTP server for invitations and new passwords. Empty: no e-mail."
    )
    email_port: int = Field(587, ge=1, le=65535, description="Its port.")
    email_user: str = Field("", description="Signs in at the SMTP server. Empty: without.")
    email_password: SecretStr = Field(SecretStr(""), description="The password for it.")
    email_tls: str = Field("starttls", description="starttls, tls (from the first byte) or none.")
    email_from: str = Field("", description="The sender of e-mails, for example Qafila <wa@example.com>.")
    legacy_keyless_from: Words = Field(
        [], description="Networks from which old clients may call without a key. Empty: none."
    )
    legacy_business: str = Field("", description="The id of the business that keyless old clients act for.")
    keep_events_days: int = Field(
        30, ge=1, le=3650, description="So many days events, alerts that are over and provider events stay."
    )
    keep_deliveries_days: int = Field(
        30,
        ge=2,
        le=3650,
        description="So many days stays what was told to webhook endpoints, with every try.",
    )
    outgoing_allowed_networks: Words = Field(
        [],
        description="Networks that are not public and may be called all the same, for example 10.1.0.0/16. Empty: none.",
    )
    keep_webhooks_days: int = Field(
        14, ge=1, le=3650, description="So many days raw webhooks stay after they were handled."
    )
    wppconnect_dir: Path | None = Field(
        None, description="The folder of a WPPConnect server that you have installed. Empty: none."
    )
    wppconnect_port: int = Field(
        21465, ge=1, le=65535, description="The port of that server on this machine."
    )
    baileys_port: int = Field(
        8786, ge=1, le=65535, description="Port of the Baileys gateway that qafila up starts on this machine."
    )
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR.")
    log_levels: str = Field("", description="Levels of single modules: qafila.dispatch=DEBUG,django=ERROR")
    log_json: bool = Field(False, description="Log lines as JSON.")
    redis_host: str = Field("", description="Accepted and ignored: PostgreSQL does that work.")
    redis_port: str = Field("", description="Accepted and ignored.")
    redis_password: SecretStr = Field(SecretStr(""), description="Accepted and ignored.")

    @field_validator(
        "allowed_hosts", "trusted_proxies", "legacy_keyless_from", "outgoing_allowed_networks", mode="before"
    )
    @classmethod
    def _split(cls, value: Any) -> Any:
        return _words(value)

    @field_validator("port", mode="before")
    @classmethod
    def _ports(cls, value: Any) -> Any:
        ports = [value] if isinstance(value, int) else _words(value)
        if any(not str(p).isdigit() or not 0 <= int(p) <= 65535 for p in ports):
            raise ValueError("write a port between 1 and 65535, or several separated by commas")
        return ports

    @field_validator("log_level", mode="after")
    @classmethod
    def _level(cls, value: str) -> str:
        if value.upper() not in LOG_LEVELS:
            raise ValueError("write DEBUG, INFO, WARNING or ERROR")
        return value.upper()

    @field_validator("log_levels", mode="after")
    @classmethod
    def _levels(cls, value: str) -> str:
        for part in filter(None, (part.strip() for part in value.split(","))):
            name, equals, level = (each.strip() for each in part.partition("="))
            if not equals or not name or level.upper() not in LOG_LEVELS:
                raise ValueError(
                    f"{part!r} is not a module and its level; write for example qafila.dispatch=DEBUG,django=ERROR"
                )
        return value

    @field_validator("public_url", mode="after")
    @classmethod
    def _address(cls, value: str) -> str:
        parts = urlsplit(value)
        odd = parts.path.strip("/") or parts.query or parts.fragment or parts.username
        if value and (parts.scheme not in {"http", "https"} or not parts.hostname or odd):
            raise ValueError("write an address without a path, for example https://wa.example.com")
        return f"{parts.scheme}://{parts.netloc}" if value else ""

    @field_validator("email_tls", mode="after")
    @classmethod
    def _tls(cls, value: str) -> str:
        if value.lower() not in {"starttls", "tls", "none"}:
            raise ValueError("write starttls, tls or none")
        return value.lower()

    @field_validator("trusted_proxies", mode="after")
    @classmethod
    def _proxies(cls, value: list[str]) -> list[str]:
        for network in value:
            if _network(network).prefixlen == 0:
                raise ValueError(f"{network} means everybody; name the networks of your proxies")
        return value

    @field_validator("legacy_keyless_from", mode="after")
    @classmethod
    def _old_clients(cls, value: list[str]) -> list[str]:
        for network in value:
            parsed = _network(network)
            if parsed.prefixlen < SHORTEST_KEYLESS_PREFIX[parsed.version]:
                raise ValueError(
                    f"{network} is too wide, so nobody in it would be let in without a key; name the network of the"
                    f" old clients, /{SHORTEST_KEYLESS_PREFIX[parsed.version]} at the widest"
                )
        return value

    @field_validator("outgoing_allowed_networks", mode="after")
    @classmethod
    def _outgoing(cls, value: list[str]) -> list[str]:
        for network in value:
            try:
                ipaddress.ip_network(network)
            except ValueError as exc:
                raise ValueError(f"{network!r} is not a network; write for example 10.1.0.0/16") from exc
        return value

    @property
    def module_levels(self) -> dict[str, str]:
        """Logger name to level."""
        pairs = (part.split("=", 1) for part in self.log_levels.split(",") if "=" in part)
        return {name.strip(): level.strip().upper() for name, level in pairs}

    @property
    def listed_encryption_keys(self) -> list[str]:
        """The keys of QAFILA_ENCRYPTION_KEYS, newest first. Set to commas only it is one empty key, which is none."""
        given = self.encryption_keys.get_secret_value()
        return [part.strip() for part in given.split(",") if part.strip()] or ([""] if given else [])


WEAK_KEYS = {
    "secret",
    "changeme",
    "change-me",
    "password",
    "api_secret_key",
    "your-secret-key",
    "test",
    "qafila",
}


SHORTEST_ENCRYPTION_KEY = 32
"""As ``kit.crypto`` wants it; a test keeps them the same. Said here, since ``up`` needs no cryptography of its own."""


def _weak(key: str, *, shortest: int) -> bool:
    return len(key) < shortest or key.casefold() in WEAK_KEYS or len(set(key)) < 8


_THIS_MACHINE = frozenset({"localhost", ".localhost", "127.0.0.1", "::1", "[::1]"})


def _reached_by_others(env: Env) -> bool:
    """Whether callers from elsewhere can come in: directly, or through a proxy that listens for them in front of loopback."""
    names = [env.bind, *env.allowed_hosts]
    if env.public_url:
        names.append(urlsplit(env.public_url).hostname or "")
    return bool(env.trusted_proxies) or any(name.lower() not in _THIS_MACHINE for name in names)


def weaknesses(env: Env) -> list[str]:
    """Codes of what makes this configuration unfit to serve; empty when it may start. Codes are worded in ``wording/``."""
    found = []
    key = env.api_secret_key.get_secret_value()
    if key and _weak(key, shortest=24):
        found.append("weak_api_secret_key")
    django_key = env.secret_key.get_secret_value()
    if django_key and (_weak(django_key, shortest=32) or "insecure" in django_key):
        found.append("weak_secret_key")
    if any(_weak(key, shortest=SHORTEST_ENCRYPTION_KEY) for key in env.listed_encryption_keys):
        found.append("weak_encryption_keys")
    if env.debug and _reached_by_others(env):
        found.append("debug_on_public_address")
    if "*" in env.allowed_hosts:
        found.append("all_hosts_allowed")
    if not env.allowed_hosts:
        found.append("no_hosts_allowed")
    if env.legacy_keyless_from and not env.legacy_business:
        found.append("legacy_business_missing")
    return found


@lru_cache(maxsize=1)
def read() -> Env:
    """The settings of this process.

    :raises BadSettings: with a line for each setting that cannot be used.
    """
    try:
        return Env()
    except ValidationError as exc:
        lines = [
            f"{str(err['loc'][0]).upper()}: {err['msg'].removeprefix('Value error, ')}"
            for err in exc.errors()
        ]
        raise BadSettings("\n".join(lines)) from exc
