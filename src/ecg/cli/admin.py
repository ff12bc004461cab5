"""Commands for operators: accounts, from the machine that has the database.

Passwords come from a prompt, or from standard input with ``--password-stdin``, never from the command line,
which other users of the machine can read.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from ecg.cli import options
from ecg.cli.outcome import concluded, tell

if TYPE_CHECKING:
    from ecg.accounts.administration import Administration
    from ecg.database import Record

Found = TypeVar("Found")

admin = typer.Typer(
    no_args_is_help=True, help="Accounts: make users, change roles and passwords, make API keys."
)


class RoleOption(StrEnum):
    """What a user may do."""

    USER = "user"
    ADMIN = "admin"


Who = Annotated[str, typer.Argument(help="A user's e-mail address or id.")]
PasswordStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input; else one is made up.")
]


@admin.command("create-user")
@concluded
def create_user(
    *,
    email: Annotated[str, typer.Argument(help="Counts as verified.")],
    username: Annotated[
        str | None, typer.Option("--username", help="By default the address's first part.")
    ] = None,
    role: Annotated[RoleOption, typer.Option("--role")] = RoleOption.USER,
    tenant: Annotated[
        str | None, typer.Option("--tenant", help="Id of an organisation; by default one of the user's own.")
    ] = None,
    password_stdin: PasswordStdin = False,
    as_json: options.AsJson = False,
) -> None:
    """Make a user. A password that was made up is printed once."""
    password = _password() if password_stdin else None
    made = _run(
        lambda accounts: accounts.create_user(
            email=email,
            username=_username(username or email.partition("@")[0]),
            password=password,
            role=role.value,
            tenant_id=tenant,
        )
    )
    _print_user(made.user, as_json, made.made_up_password)


@admin.command("set-role")
@concluded
def set_role(who: Who, role: RoleOption, as_json: options.AsJson = False) -> None:
    """Make a user an administrator, or no longer one."""
    _print_user(_run(lambda accounts: accounts.set_role(who, role.value)), as_json)


@admin.command("reset-password")
@concluded
def reset_password(who: Who, password_stdin: PasswordStdin = False, as_json: options.AsJson = False) -> None:
    """Give a user another password and end all sign-ins. One that was made up is printed once."""
    password = _password() if password_stdin else None
    made = _run(lambda accounts: accounts.reset_password(who, password))
    _print_user(made.user, as_json, made.made_up_password)


@admin.command("disable-user")
@concluded
def disable_user(who: Who) -> None:
    """Close an account: sign-ins end, API keys are revoked, nothing is deleted."""
    tell("done", str(_run(lambda accounts: accounts.disable(who)).email))


@admin.command("enable-user")
@concluded
def enable_user(who: Who) -> None:
    """Open a closed account again; its API keys stay revoked."""
    tell("done", str(_run(lambda accounts: accounts.enable(who)).email))


@admin.command("list-users")
@concluded
def list_users(
    tenant: Annotated[str | None, typer.Option("--tenant", help="Of one organisation.")] = None,
    as_json: options.AsJson = False,
) -> None:
    """List users by address."""
    found = _run(lambda accounts: accounts.list_users(tenant_id=tenant))
    if as_json:
        print(json.dumps([_shown(user) for user in found], ensure_ascii=False, indent=2))
        return
    for user in found:
        closed = "  closed" if user.disabled_at is not None else ""
        print(f"{user.email:40} {user.role:6} {user.user_id} {user.tenant_id}{closed}")


@admin.command("create-api-key")
@concluded
def create_api_key(
    who: Who,
    name: Annotated[str, typer.Option("--name", help="What it is for.")] = "command line",
    scope: Annotated[
        list[str] | None,
        typer.Option("--scope", help="read, write, admin, or AREA:read …; repeat it. None: all but admin."),
    ] = None,
    days: Annotated[
        int | None, typer.Option("--days", min=1, max=3660, help="How long it works; by default for ever.")
    ] = None,
    as_json: options.AsJson = False,
) -> None:
    """Make an API key for a user's program and print it, this once."""
    from pydantic import ValidationError

    from ecg.accounts.schemas import NewApiKey, key_view
    from ecg.errors import InputError

    try:
        asked = NewApiKey(name=name, scopes=scope or [], expires_in_days=days)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = "--" + str(first["loc"][0]).removesuffix("s")
        raise InputError(first["msg"].removeprefix("Value error, "), where=where) from None
    row, key = _run(lambda accounts: accounts.create_api_key(who, asked))
    if as_json:
        print(json.dumps({**key_view(row).model_dump(), "key": key}, ensure_ascii=False, indent=2))
    else:
        print(key)


def _run(work: Callable[[Administration], Awaitable[Found]]) -> Found:
    """With the accounts of this installation."""
    import asyncio

    from ecg.accounts.administration import administration
    from ecg.errors import EcgError
    from ecg.settings import load_settings
    from ecg.web import Refused

    async def run() -> Found:
        async with administration(load_settings()) as accounts:
            return await work(accounts)

    try:
        return asyncio.run(run())
    except Refused as refused:  # a status says nothing here, its error everything
        error: EcgError = refused.error
        raise error from None


def _password() -> str:
    """One line of standard input; raises InputError where it cannot be a password."""
    from ecg.accounts.passwords import MAX_LENGTH, MIN_LENGTH
    from ecg.errors import InputError

    password = sys.stdin.readline().rstrip("\r\n")
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH or "\0" in password:
        raise InputError(f"a password has {MIN_LENGTH} to {MAX_LENGTH} characters", where="standard input")
    return password


def _username(given: str) -> str:
    """Raises InputError."""
    from pydantic import TypeAdapter, ValidationError

    from ecg.accounts.schemas import Username
    from ecg.errors import InputError

    try:
        name: str = TypeAdapter(Username).validate_python(given.ljust(3, "_"))
    except ValidationError as error:
        raise InputError(error.errors(include_url=False)[0]["msg"], where="--username") from None
    return name


def _print_user(user: Record, as_json: bool, password: str | None = None) -> None:
    shown = _shown(user) | ({} if password is None else {"password": password})
    if as_json:
        print(json.dumps(shown, ensure_ascii=False, indent=2))
        return
    for name, value in shown.items():
        print(f"{name:14} {value}")


def _shown(user: Record) -> dict[str, Any]:
    from ecg.accounts.schemas import user_view

    return {**user_view(user).model_dump(), "closed": user.disabled_at is not None}
