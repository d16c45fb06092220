"""Who acts, as a value that is handed through every action."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qafila.businesses.refusals import NotAllowed, NotFound
from qafila.businesses.rules.scopes import EVERYTHING, LEGACY_SCOPES, ROLE_SCOPES, allows
from qafila.wording.languages import DEFAULT

if TYPE_CHECKING:
    from qafila.businesses.models import Business, User


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody or something that acts inside one business.

    :ivar kind: ``user``, ``api_key``, ``legacy`` (keyless old client), ``system`` or ``command``.
    :ivar id: public id of the person or key; "" for the others.
    :ivar scopes: names of ``businesses.rules.scopes``, or ``*``.
    :ivar language: of the answers it gets.
    :ivar name: for people to read: the person's real name, the key's name.
    :ivar address: where it called from, for the audit log.
    """

    kind: str
    id: str
    business: Business
    scopes: frozenset[str]
    language: str
    name: str = ""
    address: str | None = None

    def may(self, scope: str) -> bool:
        """Whether it has a right in its business."""
        return allows(self.scopes, scope)

    def must(self, scope: str, *, business_id: int, what: str = "business") -> None:
        """Lets pass who may do this in that business.

        :param what: what the 404 speaks of when the thing belongs to another business.
        :raises NotFound: it belongs to another business, which nobody needs to know.
        :raises NotAllowed: the right is missing.
        """
        if business_id != self.business.pk:
            raise NotFound(what)
        if not self.may(scope):
            raise NotAllowed(scope)


def user_actor(*, business: Business, user: User, role: str, address: str | None = None) -> Actor:
    """A person with the rights of their role in that business."""
    return Actor(
        kind="user",
        id=str(user.public_id),
        business=business,
        scopes=ROLE_SCOPES[role],
        language=user.language or business.language,
        name=user.name,
        address=address,
    )


def env_key_actor(business: Business) -> Actor:
    """Whoever shows ``API_SECRET_KEY``: a key with all rights of the first business."""
    return Actor(
        "api_key", "API_SECRET_KEY", business, frozenset({EVERYTHING}), business.language, "API_SECRET_KEY"
    )


def legacy_actor(business: Business, *, address: str) -> Actor:
    """An old client without a key, which ``rules.keyless`` let in; few rights, and each use is audited.

    It is answered in English, whatever its business speaks: old clients compare the texts that they know.
    """
    return Actor("legacy", "", business, LEGACY_SCOPES, DEFAULT, "keyless client", address)


def system_actor(business: Business) -> Actor:
    """The engine itself."""
    return Actor("system", "", business, frozenset({EVERYTHING}), business.language, "Qafila")


def command_actor(business: Business) -> Actor:
    """Whoever may run the ``qafila`` command on this machine."""
    return Actor("command", "", business, frozenset({EVERYTHING}), business.language, "qafila command")
