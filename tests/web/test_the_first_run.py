"""First run (pages.md row 1): safe on an open network, then six steps that survive a reload."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.test import Client

from qafila.businesses.actions import add_member, ensure_first_business, make_link
from qafila.businesses.actor import user_actor
from qafila.businesses.models import AuditEntry, Business, Link, Membership, User
from qafila.campaigns.models import Campaign
from qafila.kit.crypto import Keyring, new_key
from qafila.providers.interface import Failure, ProviderError
from qafila.providers.management import NumberInfo
from qafila.senders.models import ProviderAccount, Sender
from qafila.senders.secrets import open_
from qafila.web.pages.first_run import connecting
from qafila.web.ui.figures import plain_number
from tests.web.signing_in.steps import is_in, sign_in
from tests.web.world import World

pytestmark = pytest.mark.django_db
Browser = Callable[..., Client]
OWNER = {
    "name": "Amira Hassan",
    "email": "Amira@Example.com",
    "password": "a long pass phrase 7",
    "business_name": "Caravan & Sons",
    "language": "ar",
    "timezone": "Africa/Cairo",
    "default_country": "EG",
}
META = {
    "token": "EAAG-secret-token",
    "account_ref": "100000000000009",
    "number_ref": "200000000000009",
    "app_secret": "app-secret-1",
}


def setup_link() -> str:
    return f"/welcome/owner/{make_link(purpose=Link.Purpose.SETUP, now=datetime.now(UTC))}/"


def test_without_an_owner_everything_leads_to_the_welcome_page() -> None:
    client = Client()
    for path in ("/keys/", "/team/", "/account/profile/"):
        assert client.get(path).headers["Location"] == "/welcome/"
    assert client.get("/account/login/").headers["Location"] == "/welcome/"
    page = client.get("/welcome/").content.decode()
    assert "qafila people sign-in-link" in page
    assert '<form method="post" action="/welcome' not in page


def test_nobody_becomes_owner_without_the_link() -> None:
    for path in ("/welcome/owner/guess/", "/welcome/owner/" + "a" * 43 + "/"):
        assert Client().get(path).status_code == 410
        assert Client().post(path, OWNER).status_code == 410
    assert not User.objects.exists()


def test_the_first_owner() -> None:
    ensure_first_business(now=datetime.now(UTC))
    client, path = Client(), setup_link()
    assert client.get(path).status_code == 200
    weak = client.post(path, {**OWNER, "password": "amira@example.com"})
    assert "too easy to guess" in weak.content.decode()
    done = client.post(path, OWNER)
    assert done.headers["Location"] == "/welcome/steps/"
    assert is_in(client)
    business = Business.objects.get()
    assert (business.name, business.language, business.timezone, business.default_country) == (
        "Caravan & Sons",
        "ar",
        "Africa/Cairo",
        "EG",
    )
    assert Membership.objects.get().role == "owner"
    assert AuditEntry.objects.filter(action="member.added", detail__first=True).exists()
    sign_in(other := Client(), "amira@example.com", OWNER["password"])
    assert is_in(other)


def test_the_link_works_once_and_only_while_nobody_owns_anything() -> None:
    used, unused = setup_link(), None
    Client().post(used, OWNER)
    unused = setup_link()
    for path in (used, unused):
        answer = Client().post(path, {**OWNER, "email": "second@example.com"})
        assert answer.headers["Location"] == "/account/login/"
    assert User.objects.count() == 1


def test_the_system_check_says_what_is_not_well(world: World, browser: Browser) -> None:
    page = browser(world.here.people["owner"]).get("/welcome/steps/").content.decode()
    for title in ("Database", "Clock", "Worker", "Storage", "Encryption key", "Public address", "E-mail"):
        assert f"<strong>{title}</strong>" in page
    assert "nothing is sent. Start one: qafila up" in page
    assert "Set PUBLIC_URL" in page


def test_steps_are_remembered_and_can_be_hidden(world: World, browser: Browser) -> None:
    client = browser(world.here.people["owner"])

    def done() -> int:
        return len(re.findall(r'aria-label="done"', client.get("/welcome/steps/").content.decode()))

    before = done()
    client.post("/welcome/steps/note")
    assert done() == before + 1
    client.post("/welcome/steps/note", {"hide": "1"})
    assert "Show them again" in client.get("/settings/").content.decode()
    client.post("/settings/first-steps")
    assert "Show them again" not in client.get("/settings/").content.decode()


def test_the_list_has_a_sample_file_and_every_way_to_a_number(world: World, browser: Browser) -> None:
    client = browser(world.here.people["owner"])
    page = client.get("/welcome/steps/").content.decode()
    steps = page[
        page.index('<ol class="list-unstyled') : page.index("</ol>", page.index('<ol class="list-unstyled'))
    ]
    for address in ("/campaigns/new/sample", "/campaigns/new/sample?format=csv"):
        assert f'href="{address}" download' in steps, "a newcomer has no file to begin with"
        assert client.get(address).status_code == 200
    number = page[page.index('id="number"') : page.index('id="message"')]
    assert 'href="/senders/new#gateways_title"' in number, "a phone is linked from elsewhere only"
    assert 'id="gateways_title"' in client.get("/senders/new").content.decode()


def test_the_numbers_to_choose_from_cannot_be_turned_around(world: World, browser: Browser) -> None:
    sender = world.here.sender
    page = browser(world.here.people["owner"]).get("/welcome/steps/").content.decode()
    option = re.search(rf'<option value="{sender.public_id}"[^>]*>([^<]*)</option>', page)
    assert option is not None
    assert option.group(1) == plain_number(sender.name, sender.phone)


def test_the_start_page_leads_on_until_the_list_is_hidden(world: World, browser: Browser) -> None:
    client = browser(world.here.people["owner"])

    def reminds(who: Client = client) -> bool:
        return 'id="first-steps"' in who.get("/").content.decode()

    page = client.get("/").content.decode()
    card = page[page.index('id="first-steps"') : page.index('id="dashboard"')]
    assert '<a href="/welcome/steps/">First steps</a>' in card
    assert '<a class="btn btn-primary" href="/welcome/steps/#check">Look</a>' in card
    assert 'class="q-num">50%</bdi>' in card, "account, number and contract are done, three of six"
    client.post("/welcome/steps/note")
    assert 'href="/welcome/steps/#message">Send</a>' in client.get("/").content.decode()
    assert reminds(browser(world.here.people["admin"]))
    for role in ("agent", "read_only"):
        assert not reminds(browser(world.here.people[role])), f"{role} cannot open the list"
    client.post("/welcome/steps/note", {"hide": "1"})
    assert not reminds()
    client.post("/settings/first-steps")
    assert reminds()


def test_the_start_page_leads_nowhere_when_all_is_done(
    world: World, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qafila.web.pages.first_run import steps

    owner = world.here.people["owner"]
    world.here.business.first_steps = {"checked": True, "tested": True}
    world.here.business.save()
    assert 'id="first-steps"' in browser(owner).get("/").content.decode()
    monkeypatch.setattr(steps, "with_second_factor", set)
    assert 'id="first-steps"' not in browser(owner).get("/").content.decode()


def test_without_a_number_everybody_reads_what_they_can_do(browser: Browser) -> None:
    now = datetime.now(UTC)
    ensure_first_business(now=now)
    client = Client()
    client.post(setup_link(), {**OWNER, "language": "en"})
    business, owner = Business.objects.get(), User.objects.get()
    page = client.get("/dashboard/part").content.decode()
    assert '<a class="btn btn-primary" href="/senders/new">' in page
    assert client.get("/senders/new").status_code == 200
    for role in ("agent", "read_only"):
        actor = user_actor(business=business, user=owner, role="owner")
        member = add_member(
            business=business, email=f"{role}@example.com", role=role, name=role, actor=actor, now=now
        )
        page = browser(member.user).get("/dashboard/part").content.decode()
        assert "/senders/new" not in page
        assert "Ask an owner or admin of the business to connect one." in page
    made = client.post("/campaigns/new/", {"pasted": "Phone\tMessage\n+79161230001\tHello\n"})
    wizard = client.get(made.headers["Location"]).content.decode()
    assert '<a class="btn btn-primary" href="/senders/new">' in wizard


def test_test_messages_are_no_first_contract(world: World, browser: Browser) -> None:
    Campaign.objects.filter(business=world.here.business).update(deleted_at=world.now)
    client = browser(world.here.people["owner"])
    for phone in ("01000000098", "01000000099"):
        sent = {"sender": str(world.here.sender.public_id), "phone": phone, "text": "Hello me"}
        assert client.post("/welcome/message", sent).status_code == 302
    assert Campaign.objects.filter(business=world.here.business, deleted_at=None).count() == 2
    begin = '<a class="btn btn-sm" href="/campaigns/new/">Begin</a>'
    assert begin in client.get("/welcome/steps/").content.decode(), "a test ticks the first contract"
    Campaign.objects.filter(pk=world.here.campaign.pk).update(deleted_at=None)
    assert begin not in client.get("/welcome/steps/").content.decode()


def test_a_first_message_goes_through_the_engine(world: World, browser: Browser) -> None:
    client = browser(world.here.people["owner"])
    sent = {"sender": str(world.here.sender.public_id), "phone": "01000000099", "text": "Hello me"}
    answer = client.post("/welcome/message", sent)
    assert answer.headers["Location"] == "/welcome/steps/#message"
    made = Campaign.objects.filter(business=world.here.business).order_by("-pk")[0]
    assert made.total_count == 1
    assert made.batch.state != 0
    assert made.name in client.get("/welcome/steps/").content.decode()
    wrong = client.post("/welcome/message", {**sent, "phone": "12"})
    assert wrong.status_code == 200
    assert Campaign.objects.filter(business=world.here.business).count() == 2


def test_a_number_is_read_back_before_it_is_kept(
    world: World, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The provider is the vendor's side: it is answered for here, as its own conformance tests have it."""
    info = NumberInfo(
        ref=META["number_ref"],
        display_phone="+20 100 000 0077",
        verified_name="Caravan Shop",
        quality="GREEN",
        throughput="STANDARD",
        limit_tier="TIER_1K",
        limit=1000,
        limit_known=True,
    )

    async def number_info(self: object, to: object, ref: str = "") -> NumberInfo:
        return info

    provider = connecting.registry.get("cloud_api")
    monkeypatch.setattr(type(provider), "number_info", number_info)
    client = browser(world.here.people["owner"])
    assert client.post("/welcome/number", META).headers["Location"] == "/welcome/steps/"
    sender = Sender.objects.get(ref=META["number_ref"])
    assert (sender.business, sender.name, sender.phone) == (
        world.here.business,
        "Caravan Shop",
        "+201000000077",
    )
    assert sender.provider_account is not None
    held = open_(sender.provider_account)
    assert (held.token, held.app_secrets) == (META["token"], [META["app_secret"]])
    page = client.get("/welcome/steps/").content.decode()
    for told in (
        "Caravan Shop",
        "High quality",
        ">1K<",
        f"/webhooks/{sender.provider_account.public_id}",
        held.verify_token,
    ):
        assert told in page
    assert META["token"] not in page
    assert META["app_secret"] not in page
    client.post("/welcome/number", {**META, "token": "EAAG-newer"})
    assert Sender.objects.filter(ref=META["number_ref"]).count() == 1
    assert open_(ProviderAccount.objects.get(pk=sender.provider_account.pk)).token == "EAAG-newer"


def test_a_number_that_the_provider_does_not_know_is_not_kept(
    world: World, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def number_info(self: object, to: object, ref: str = "") -> NumberInfo:
        raise ProviderError(Failure.ACCOUNT, "190", "Invalid OAuth access token")

    monkeypatch.setattr(type(connecting.registry.get("cloud_api")), "number_info", number_info)
    answer = browser(world.here.people["owner"]).post("/welcome/number", META)
    assert answer.status_code == 200
    assert "alert-danger" in answer.content.decode()
    assert META["token"] not in answer.content.decode()
    assert not Sender.objects.filter(ref=META["number_ref"]).exists()
    assert not ProviderAccount.objects.filter(ref=META["account_ref"]).exists()


def test_a_number_whose_secrets_cannot_be_opened_says_what_to_do(world: World, browser: Browser) -> None:
    """As after a restore without the key."""
    client, account = browser(world.here.people["owner"]), world.here.sender.provider_account
    session = client.session
    session["connected"] = world.here.sender.pk
    session.save()
    ProviderAccount.objects.filter(pk=account.pk).update(secrets=Keyring([new_key()]).encrypt("{}", "lost"))
    answer = client.get("/welcome/steps/")
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "The access token cannot be opened." in page
    assert "Enter the access token again, or bring the key back." in page
    assert f"/webhooks/{account.public_id}" in page
    assert "Verify token" not in page
