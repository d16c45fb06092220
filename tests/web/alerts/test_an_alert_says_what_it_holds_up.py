"""What an alert holds up stands on the page and in the letter alike, and its link leads to what it is about."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from django.core import mail

if TYPE_CHECKING:
    from django.test import Client

    from qafila.alerts.models import Alert
    from qafila.businesses.actor import Actor
    from qafila.businesses.models import Business
    from qafila.senders.models import Package, Sender

pytestmark = pytest.mark.django_db


@pytest.fixture
def pool(business: Business, owner_actor: Actor, phone_linked_sender: Sender) -> Package:
    """A package with one number; a contract runs over the package, and one over the number."""
    from qafila.campaigns.actions import create_contract, start_contract
    from qafila.senders.actions import packages

    now = datetime.now(UTC)
    made = packages.create_package(business=business, name="Clinics", actor=owner_actor, now=now)
    packages.add_member(package=made, sender=phone_linked_sender, actor=owner_actor, now=now)
    targets: list[dict[str, Any]] = [{"package": made}, {"sender": phone_linked_sender}]
    for n, target in enumerate(targets):
        contract = create_contract(
            business=business,
            name=f"Offers {n}",
            recipients=[{"phoneNumber": "79991234567", "message": f"Text {n}"}],
            actor=owner_actor,
            now=now,
            **target,
        )
        start_contract(
            business=business,
            public_id=contract.campaign.public_id,
            confirm=True,
            actor=owner_actor,
            now=now,
        )
    return made


def raised(business: Business, code: str, subject: tuple[str, str]) -> Alert:
    from qafila.alerts.actions import raise_alert
    from qafila.alerts.models import Level

    return raise_alert(
        code,
        business_id=business.pk,
        level=Level.CRITICAL,
        params={"sender": "Shop", "package": "Clinics", "reason": "cloud_api.190"},
        subject=subject,
        now=datetime.now(UTC),
    )


def test_a_number_holds_up_what_runs_over_its_packages_too(
    business: Business, owner: Client, pool: Package, phone_linked_sender: Sender
) -> None:
    account = phone_linked_sender.provider_account
    assert account is not None
    raised(business, "sender_stopped", ("sender", str(phone_linked_sender.public_id)))
    raised(business, "account_stopped", ("provider_account", str(account.public_id)))
    raised(business, "package_waiting", ("package", str(pool.public_id)))
    rows = {line.row.alert.code: line.row.effect for line in owner.get("/alerts/").context["lines"]}
    assert rows == {
        "sender_stopped": "2 running contracts wait for it",
        "account_stopped": "2 running contracts wait for it",
        "package_waiting": "1 running contract waits for it",
    }


def test_trouble_that_stops_nothing_is_not_said_to_hold_anything_up(
    business: Business, owner: Client, pool: Package, phone_linked_sender: Sender
) -> None:
    account = phone_linked_sender.provider_account
    assert account is not None
    number = ("sender", str(phone_linked_sender.public_id))
    raised(business, "number_unwell", number)
    raised(business, "template_paused", ("provider_account", str(account.public_id)))
    raised(business, "package_losses", ("package", str(pool.public_id)))
    rows = {line.row.alert.code: line.row.effect for line in owner.get("/alerts/").context["lines"]}
    assert rows == {
        "number_unwell": "2 running contracts go out over it",
        "template_paused": "2 running contracts go out over it",
        "package_losses": "1 running contract goes out over it",
    }


def test_another_business_hears_nothing_of_it(
    business: Business, other_business: Business, pool: Package, phone_linked_sender: Sender
) -> None:
    from qafila.alerts.effects import effects_of

    alert = raised(other_business, "sender_stopped", ("sender", str(phone_linked_sender.public_id)))
    assert effects_of([alert], business_id=other_business.pk, language="en") == {}
    assert effects_of([alert], business_id=business.pk, language="en")[alert.pk]


def test_the_letter_says_it_and_its_link_leads_there(
    business: Business, owner: Client, pool: Package, phone_linked_sender: Sender, settings: Any
) -> None:
    from qafila.alerts import letters

    settings.ENV = settings.ENV.model_copy(
        update={"email_host": "mail.example", "public_url": "https://wa.example.com"}
    )
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    alert = raised(business, "sender_stopped", ("sender", str(phone_linked_sender.public_id)))
    now = datetime.now(UTC)
    letters.write_due(now=now)
    letters.send_due(now=now)
    (letter,) = mail.outbox
    assert "Effect: 2 running contracts wait for it" in letter.body
    (link,) = [line for line in letter.body.splitlines() if line.endswith(str(alert.public_id))]
    answer = owner.get(link.removeprefix("https://wa.example.com"))
    assert (answer.status_code, answer["Location"]) == (302, f"/senders/{phone_linked_sender.public_id}")


def test_what_has_no_page_of_its_own_leads_to_the_list(business: Business, owner: Client) -> None:
    alert = raised(business, "webhooks_refused", ("", ""))
    assert owner.get(f"/alerts/{alert.public_id}")["Location"].startswith("/alerts/?")


def test_a_stranger_is_led_nowhere(business: Business, stranger: Client) -> None:
    alert = raised(business, "webhooks_refused", ("", ""))
    assert stranger.get(f"/alerts/{alert.public_id}").status_code == 404
