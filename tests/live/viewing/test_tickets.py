"""Tickets open one thing, for one organisation, until they end."""

from __future__ import annotations

import pytest

from ecg.live.viewing.tickets import LiveTickets, TicketRefused, cut, recording, stream


def test_a_ticket_opens_what_it_was_issued_for() -> None:
    tickets = LiveTickets("secret")
    ticket, ends = tickets.issue("my tenant/ü", "me", stream("front"), seconds=60)
    found = tickets.check(ticket, stream("front"))
    assert (found.tenant_id, found.ends) == ("my tenant/ü", ends)
    assert len(LiveTickets("secret").issue("t" * 32, "me", stream("front"), seconds=60)[0]) < 100


@pytest.mark.parametrize(
    "opens", [stream("back"), recording("front", "a" * 32), cut("front", 1, 2), "stream/front/", ""]
)
def test_and_nothing_else(opens: str) -> None:
    tickets = LiveTickets("secret")
    ticket, _ = tickets.issue("tenant", "me", stream("front"), seconds=60)
    with pytest.raises(TicketRefused):
        tickets.check(ticket, opens)


def test_what_was_altered_has_ended_or_is_none_is_refused() -> None:
    tickets = LiveTickets("secret")
    ticket, _ = tickets.issue("tenant", "me", stream("front"), seconds=60)
    ends, tenant, viewer, signature = ticket.split(".")
    later = f"{int(ends, 16) + 9:x}"
    other = LiveTickets("secret").issue("other", "me", stream("front"), seconds=60)[0].split(".")[1]
    for wrong in (
        None,
        "",
        "...",
        "nonsense",
        "é.ü.ö.ä",
        f"{later}.{tenant}.{viewer}.{signature}",
        f"{ends}.{other}.{viewer}.{signature}",
        f"{ends}.{tenant}.00000000.{signature}",
        tickets.issue("tenant", "me", stream("front"), seconds=-1)[0],
        LiveTickets("another").issue("tenant", "me", stream("front"), seconds=60)[0],
    ):
        with pytest.raises(TicketRefused):
            tickets.check(wrong, stream("front"))
