"""How allauth behaves here: nobody signs up by themselves, tries are counted per person, secrets are sealed."""

from __future__ import annotations

import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.core.mail import EmailMessage
from django.http import HttpRequest
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from qafila.businesses.actions import record_for_person, set_password
from qafila.businesses.models import User
from qafila.senders.secrets import keyring
from qafila.web.pages.account.mails import send_later
from qafila.web.shell.addresses import client_address
from qafila.web.shell.session_life import begin

log = logging.getLogger(__name__)

SECRETS_PLACE = "allauth.mfa"
_UNSAID = frozenset({"account/messages/logged_in.txt", "account/messages/logged_out.txt"})
"""What a person sees anyway needs no message."""


class Accounts(DefaultAccountAdapter):
    """``ACCOUNT_ADAPTER``."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _(
            "The e-mail address or the password is not right. Check both and try again."
        ),
        "too_many_login_attempts": _(
            "Too many wrong tries. Wait a while, sign in with a passkey, or ask an owner for a sign-in link."
        ),
        "incorrect_code": _("This code is not right, or it was used already. Wait for the next one."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: people come by the first run, an invitation or the command line."""
        del request
        return False

    def is_safe_url(self, url: str | None) -> bool:
        """Only a path of this site: no scheme, no host, not even our own."""
        if not url or not url.startswith("/"):
            return False
        return url_has_allowed_host_and_scheme(url, allowed_hosts=None)

    def get_client_ip(self, request: HttpRequest) -> str:
        """Seen through ``TRUSTED_PROXIES``; one address for all who come by a unix socket."""
        return client_address(request) or "0.0.0.0"  # noqa: S104 - no address, nothing listens

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """One count a person, whatever host name and spelling the tries came with."""
        del request
        address = str(credentials.get("email") or "").strip()
        person = User.objects.filter(email__iexact=address).values_list("pk", flat=True).first()
        return f"person:{person}" if person else f"nobody:{address.casefold()}"

    def login(self, request: HttpRequest, user: Any) -> None:
        """Signs in: a new session id, a line in the audit log."""
        super().login(request, user)
        now = timezone.now()
        begin(request.session, now)
        record_for_person(user=user, action="person.signed_in", address=client_address(request), now=now)

    def logout(self, request: HttpRequest) -> None:
        """Signs out, with a line in the audit log."""
        user = request.user
        if isinstance(user, User):
            record_for_person(
                user=user, action="person.signed_out", address=client_address(request), now=timezone.now()
            )
        super().logout(request)

    def set_password(self, user: Any, password: str) -> None:
        """A new password ends all other sessions; allauth keeps the one that changed it."""
        set_password(
            user=user, password=password, by="self", address=client_address(self.request), now=timezone.now()
        )

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any, **kwargs: Any
    ) -> None:
        """As allauth, without what goes without saying."""
        if message_template not in _UNSAID:
            super().add_message(request, level, message_template, *args, **kwargs)

    def format_email_subject(self, subject: str) -> str:
        """Without the host's name, which a caller could choose."""
        return str(subject)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """By a worker: a slow or silent mail server must not show who is known here."""
        message: EmailMessage = self.render_mail(template_prefix, email, {"request": self.request, **context})
        send_later(to=email, subject=str(message.subject), body=str(message.body))


class SecondFactors(DefaultMFAAdapter):
    """``MFA_ADAPTER``: seeds of codes are sealed at rest."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": Accounts.error_messages["incorrect_code"],
    }

    def encrypt(self, text: str) -> str:
        """Sealed with the newest key."""
        return keyring().encrypt(text, SECRETS_PLACE)

    def decrypt(self, encrypted_text: str) -> str:
        """Opened. :raises CryptoError: the key is gone."""
        return keyring().decrypt(encrypted_text, SECRETS_PLACE)

    def generate_authenticator_name(self, user: Any, type: Any) -> str:
        """What a new passkey is called until its person renames it."""
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return gettext("Passkey") if number == 1 else gettext("Passkey %(number)d") % {"number": number}

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """This site, as browsers show it with a passkey."""
        return {**super().get_public_key_credential_rp_entity(), "name": "Qafila"}
