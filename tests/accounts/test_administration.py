"""What operators do to accounts with `ecg admin`, and what those accounts can do then."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeVar

import httpx2
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal

from ecg.settings import load_settings
from tests.accounts.serving import Running, SignedUp, cookie_of, running
from tests.cli.running import Done, assert_one_clear_error, ecg

T = TypeVar("T")


@pytest.fixture(autouse=True)
def fresh_settings() -> Iterator[None]:
    """Each command reads its own environment, as a process of its own would."""
    load_settings.cache_clear()
    yield
    load_settings.cache_clear()


class Installation:
    """A server in a thread of its own; commands run here, in the main one, beside it."""

    def __init__(self, portal: BlockingPortal, server: Running) -> None:
        self._portal = portal
        self.server = server

    def admin(self, *arguments: str, stdin: str | None = None) -> Done:
        load_settings.cache_clear()
        return ecg("admin", *arguments, stdin=stdin, ECG_DATA_DIR=str(self.server.settings.data_dir))

    def told(self, *arguments: str, stdin: str | None = None) -> Any:
        """What a command says to programs."""
        done = self.admin(*arguments, "--json", stdin=stdin)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def sign_up(self, email: str | None = None) -> SignedUp:
        return self._call(lambda: self.server.sign_up(email))

    def log_in(self, email: str, *password: str) -> httpx2.Response:
        return self._call(lambda: self.server.log_in(email, *password))

    def refresh(self, token: str) -> int:
        return self._call(lambda: self.server.refresh(token)).status_code

    def get(self, path: str, token: str) -> httpx2.Response:
        return self._call(lambda: self.server.get(path, token))

    def post(self, path: str, body: object, token: str) -> httpx2.Response:
        headers = {"authorization": f"Bearer {token}"}
        return self._call(lambda: self.server.http.post(path, json=body, headers=headers))

    def _call(self, ask: Callable[[], Awaitable[T]]) -> T:
        answer: T = self._portal.call(ask)
        return answer


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("administration")
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(running(folder, LOGIN_FAILURES=1000)) as server,
    ):
        yield Installation(portal, server)


def test_the_first_administrator(installation: Installation) -> None:
    made = installation.told("create-user", "Boss@example.com", "--role", "admin")
    assert (made["email"], made["role"], made["email_verified"]) == ("boss@example.com", "admin", True)
    answer = installation.log_in("boss@example.com", made["password"])
    assert installation.get("/admin", answer.json()["access_token"]).status_code == 200


def test_a_given_password_is_not_printed(installation: Installation) -> None:
    done = installation.admin(
        "create-user",
        "a@example.com",
        "--username",
        "김지우",
        "--password-stdin",
        stdin="mine alone\n",
    )
    assert done.returncode == 0
    assert "mine alone" not in done.stdout + done.stderr
    answer = installation.log_in("a@example.com", "mine alone")
    assert answer.json()["user"]["username"] == "김지우"


def test_colleagues_share_an_organisation(installation: Installation) -> None:
    first = installation.told("create-user", "first@example.com")
    second = installation.told("create-user", "second@example.com", "--tenant", first["tenant_id"])
    assert second["tenant_id"] == first["tenant_id"]
    assert second["id"] != first["id"]
    listed = installation.told("list-users", "--tenant", first["tenant_id"])
    assert [user["email"] for user in listed] == ["first@example.com", "second@example.com"]


def test_roles_come_and_go(installation: Installation) -> None:
    person = installation.sign_up()
    assert installation.told("set-role", person.email, "admin")["role"] == "admin"
    token = installation.log_in(person.email).json()["access_token"]
    assert installation.get("/admin", token).status_code == 200
    installation.told("set-role", person.user["id"], "user")
    assert installation.get("/admin", token).status_code == 403


def test_a_reset_password_ends_all_sign_ins(installation: Installation) -> None:
    person = installation.sign_up()
    made = installation.told("reset-password", person.email)
    assert installation.refresh(person.refresh) == 401
    assert installation.log_in(person.email).status_code == 401
    assert installation.log_in(person.email, made["password"]).status_code == 200


def test_a_closed_account(installation: Installation) -> None:
    person = installation.sign_up()
    made = installation.post("/api/auth/api-keys", {"name": "x"}, person.access)
    assert installation.admin("disable-user", person.email).returncode == 0
    assert installation.log_in(person.email).status_code == 401
    assert installation.refresh(person.refresh) == 401
    assert installation.get("/api/auth/me", person.access).status_code == 401
    assert installation.get("/things", made.json()["key"]).status_code == 401
    assert [user["email"] for user in installation.told("list-users") if user["closed"]] == [person.email]
    assert installation.admin("enable-user", person.email).returncode == 0
    again = installation.log_in(person.email)
    assert again.status_code == 200
    assert installation.refresh(cookie_of(again)) == 200


def test_a_key_for_a_program(installation: Installation) -> None:
    person = installation.sign_up()
    done = installation.admin("create-api-key", person.email, "--name", "cron", "--scope", "things:read")
    key = done.stdout.strip()
    assert installation.get("/things", key).json()["user"] == person.user["id"]
    assert installation.post("/things", {}, key).status_code == 403


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("set-role", "nobody@example.com", "admin"), "NOT_FOUND"),
        (("reset-password", "nobody@example.com"), "NOT_FOUND"),
        (("create-user", "nobody"), "INVALID_INPUT"),
        (("create-user", "b@example.com", "--username", "x" * 51), "INVALID_INPUT"),
        (("create-user", "b@example.com", "--tenant", "none"), "NOT_FOUND"),
        (("create-user", "taken@example.com"), "EMAIL_TAKEN"),
        (("create-api-key", "taken@example.com", "--scope", "all"), "INVALID_INPUT"),
        (("create-api-key", "taken@example.com", "--scope", "admin"), "INSUFFICIENT_SCOPE"),
    ],
)
def test_one_clear_error(installation: Installation, arguments: tuple[str, ...], code: str) -> None:
    installation.admin("create-user", "taken@example.com")
    assert_one_clear_error(installation.admin(*arguments), 2, code)


def test_a_short_password_is_refused(installation: Installation) -> None:
    done = installation.admin("create-user", "c@example.com", "--password-stdin", stdin="short\n")
    assert_one_clear_error(done, 2, "INVALID_INPUT")
    assert "short" not in done.stderr


def test_people_read_it_too(installation: Installation) -> None:
    made = installation.admin("create-user", "reader@example.com")
    assert "password" in made.stdout
    listed = installation.admin("list-users")
    assert [line for line in listed.stdout.splitlines() if line.startswith("reader@example.com")]
