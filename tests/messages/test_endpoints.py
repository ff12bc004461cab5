"""The delivery log over HTTP: for administrators, and never what a message said."""

from __future__ import annotations

from pathlib import Path

import httpx2

from ecg.accounts import Principal
from ecg.errors import Unauthorized
from ecg.messages.endpoints import router
from ecg.web import create_base_app
from tests.messages.office import in_loop, office
from tests.web.serving import serving

URL = "/api/admin/messages"


class Known:
    """`root` is an administrator, `former` was one when the token was made."""

    async def identify(self, token: str) -> Principal:
        if token not in ("root", "former", "me"):
            raise Unauthorized("the access token is wrong")
        return Principal(token, "tenant", "user" if token == "me" else "admin")

    async def is_admin(self, user_id: str) -> bool:
        return user_id == "root"


@in_loop
async def test_administrators_see_what_was_sent(tmp_path: Path) -> None:
    async with office(f"sqlite:///{tmp_path}/ecg.db", tmp_path) as desk:
        sent = [await desk.send(tenant_id=tenant) for tenant in ("one", "two", "one")]
        app = create_base_app("messages", desk.settings)
        app.state.identities = Known()
        app.state.messages = desk.messages
        app.include_router(router)
        async with serving(app) as address, httpx2.AsyncClient(base_url=f"http://{address}") as client:

            async def ask(user: str, **query: str | int) -> httpx2.Response:
                headers = {"Authorization": f"Bearer {user}"}
                return await client.get(URL, headers=headers, params=query)

            for user, status in (("me", 403), ("former", 403), ("nobody", 401)):
                refused = await ask(user)
                assert refused.status_code == status
                assert "example.com" not in refused.text
            answer = await ask("root", limit=2)
            assert "a1b2" not in answer.text
            page = answer.json()
            assert [each["message_id"] for each in page["messages"]] == sent[:0:-1]
            assert set(page["messages"][0]) >= {"recipient", "state", "attempts", "error_code"}
            rest = (await ask("root", cursor=page["next_cursor"])).json()
            assert [each["message_id"] for each in rest["messages"]] == sent[:1]
            of_two = (await ask("root", tenant_id="two", state="pending")).json()
            assert [each["message_id"] for each in of_two["messages"]] == [sent[1]]
            for wrong in ({"state": "odd"}, {"limit": 0}, {"limit": 201}, {"cursor": "x"}):
                assert (await ask("root", **wrong)).status_code in (400, 422)
