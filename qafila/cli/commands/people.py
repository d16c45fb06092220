"""`qafila people`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from qafila.cli import database, given, household, screen
from qafila.cli.given import DataOption
from qafila.cli.naming import BusinessOption, chosen_or_first

if TYPE_CHECKING:
    from qafila.businesses.models import Business, Membership, User
    from qafila.project.env import Env

app = typer.Typer(
    help="People who sign in: added, listed, given roles, helped when they cannot get in.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Email = Annotated[str, typer.Argument(metavar="EMAIL", help="The address they sign in with.")]


@app.command("add")
def add(
    email: Email,
    name: Annotated[str, typer.Option("--name", help="Their real name.")],
    data: DataOption = None,
    role: Annotated[str, typer.Option("--role", help="owner, admin, agent or read_only.")] = "agent",
    of: BusinessOption = None,
) -> None:
    """Make a person a member. A new one gets a link, shown once, to choose a password.

    \b
    qafila people add amira@example.com --name "Amira Hassan" --role owner
    """
    env = given.settings(data)
    with database.rooms(env):
        from qafila.businesses.actions import add_member
        from qafila.businesses.actor import command_actor
        from qafila.businesses.models import User

        now = datetime.now(UTC)
        place = _business()
        is_new = not User.objects.filter(email__iexact=email.strip()).exists()
        member = add_member(
            business=place, email=email, role=role, name=name, actor=command_actor(place), now=now
        )
        screen.say(f"{member.user} is a member of {place.name}: {member.role}.")
        if is_new:
            _password_link(env, member.user, now)


@app.command("list")
def list_(data: DataOption = None, of: BusinessOption = None) -> None:
    """List who belongs to a business."""
    with database.rooms(given.settings(data)):
        from qafila.businesses.queries import memberships
        from qafila.web.pages.account.factors import last_seen, with_second_factor

        found = memberships(_business().pk)
        people = [each.user_id for each in found]
        secure, seen = with_second_factor(people), last_seen(people)
        rows = screen.table("e-mail", "name", "role", "second factor", "seen", "state")
        for each in found:
            at = seen.get(each.user_id)
            rows.add_row(
                each.user.email,
                each.user.name,
                each.role,
                "yes" if each.user_id in secure else "no",
                at.strftime("%Y-%m-%d %H:%M") if at else "-",
                "active" if each.user.is_active else "switched off",
            )
        screen.out.print(
            rows if found else "Nobody yet. `qafila people sign-in-link` prints a link for the owner."
        )


@app.command("role")
def role(
    email: Email,
    role: Annotated[str, typer.Argument(metavar="ROLE", help="owner, admin, agent or read_only.")],
    data: DataOption = None,
    of: BusinessOption = None,
) -> None:
    """Give a member another role."""
    with database.rooms(given.settings(data)):
        from qafila.businesses.actions import change_role
        from qafila.businesses.actor import command_actor

        member = _member(email)
        actor = command_actor(member.business)
        changed = change_role(membership=member, role=role, actor=actor, now=datetime.now(UTC))
        screen.say(f"{member.user} is now {role}." if changed else f"{member.user} was {role} before.")


@app.command("remove")
def remove(email: Email, data: DataOption = None, of: BusinessOption = None) -> None:
    """Take somebody out of a business. What they did stays in its books."""
    with database.rooms(given.settings(data)):
        from qafila.businesses.actions import remove_member
        from qafila.businesses.actor import command_actor

        member = _member(email)
        user, place = member.user, member.business
        remove_member(membership=member, actor=command_actor(place), now=datetime.now(UTC))
        screen.say(f"{user} does not belong to {place.name} any more.")


@app.command("reset-password")
def reset_password(
    email: Email,
    data: DataOption = None,
    without_second_factors: Annotated[
        bool,
        typer.Option(
            "--without-second-factors",
            help="Take authenticator app, passkeys and recovery codes away as well.",
        ),
    ] = False,
) -> None:
    """Print a link, good for one day, by which a person chooses a new password."""
    env = given.settings(data)
    with database.rooms(env):
        from qafila.web.pages.account.factors import remove_second_factors

        now = datetime.now(UTC)
        user = _user(email)
        if without_second_factors and remove_second_factors(user=user, by="command", now=now):
            screen.say("Second factors were taken away.")
        _password_link(env, user, now)


@app.command("sign-in-link")
def sign_in_link(
    email: Annotated[str, typer.Argument(metavar="[EMAIL]", help="Default: the first owner.")] = "",
    data: DataOption = None,
) -> None:
    """Print a link that signs in once, within 15 minutes. Without any owner yet: the link of the first run."""
    env = given.settings(data)
    with database.rooms(env):
        from qafila.cli.first_steps import entrance_link

        user = _user(email) if email else None
        screen.data(entrance_link(web_address(env), user=user, now=datetime.now(UTC)))
        screen.err.print("Works once. Whoever has it gets in.", style="dim", markup=False)


def web_address(env: Env) -> str:
    """Where a browser on this machine finds the pages, when nobody asked through one."""
    if env.public_url:
        return env.public_url
    host = "localhost" if env.bind in {"127.0.0.1", "0.0.0.0", "::", "::1"} else env.bind  # noqa: S104 - compared only
    at_work = household.running(env, "web") or household.running(env, "up", "demo")
    return f"http://{host}:{at_work.port if at_work and at_work.port else env.port[0]}"


def _password_link(env: Env, user: User, now: datetime) -> None:
    from qafila.businesses.actions import make_link
    from qafila.businesses.models import Link

    secret = make_link(purpose=Link.Purpose.PASSWORD, user=user, now=now)
    screen.data(f"{web_address(env)}/account/new-password/{secret}/")
    screen.err.print("Works once, within one day. Send it to this person only.", style="dim", markup=False)


def _business() -> Business:
    from qafila.cli.first_steps import first_business

    return chosen_or_first() or first_business(now=datetime.now(UTC))


def _user(email: str) -> User:
    from qafila.businesses.models import User

    found = User.objects.filter(email__iexact=email.strip()).first()
    if found is None:
        raise screen.Refusal(
            "not_found", f"There is nobody {email}. `qafila people list` shows who there is."
        )
    return found


def _member(email: str) -> Membership:
    from qafila.businesses.queries import member

    place = _business()
    found = member(place.pk, _user(email).public_id)
    if found is None:
        raise screen.Refusal("not_found", f"{email} is no member of {place.name}.")
    return found
