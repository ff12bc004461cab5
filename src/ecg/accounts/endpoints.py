"""The routes of accounts that the contract names, and those of recovery."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Depends, Request, Response

from ecg.accounts.browsers import RefreshCookie, drop_cookie, language_of, own_page, set_cookie
from ecg.accounts.dependencies import CurrentPerson, CurrentUser
from ecg.accounts.recovery import Recovery
from ecg.accounts.refusals import SessionEnded
from ecg.accounts.repetition import IdempotencyKey
from ecg.accounts.schemas import (
    Done,
    Login,
    PasswordChange,
    Reset,
    ResetRequest,
    SignedIn,
    Signup,
    UserView,
    Verification,
    user_view,
)
from ecg.accounts.service import Accounts, Entered
from ecg.accounts.throttle import network_of
from ecg.web import problems

router = APIRouter(prefix="/api/auth", tags=["accounts"])


async def accounts(request: Request) -> Accounts:
    found: Accounts = request.app.state.accounts
    return found


async def recovery(request: Request) -> Recovery:
    found: Recovery = request.app.state.recovery
    return found


AccountsHere = Annotated[Accounts, Depends(accounts)]
RecoveryHere = Annotated[Recovery, Depends(recovery)]


def signed_in(request: Request, response: Response, entered: Entered) -> SignedIn:
    """The answer to whoever came in, and the cookie."""
    days = request.app.state.settings.refresh_token_days
    set_cookie(response, entered.refresh, seconds=int(days * 86400))
    return SignedIn(
        access_token=entered.access.text,
        expires_in=entered.access.expires_in,
        user=user_view(entered.user),
    )


@router.post("/signup", status_code=201, responses=problems(400, 401, 409, 413, 422, 429, 503))
async def signup(
    body: Signup,
    request: Request,
    response: Response,
    service: AccountsHere,
    idempotency_key: IdempotencyKey = None,
) -> SignedIn:
    """Make an account, with an organisation of its own, and sign in. A message asks to prove the address."""
    entered = await service.sign_up(
        body,
        network=network_of(request),
        locale=language_of(request),
        idempotency_key=idempotency_key,
    )
    return signed_in(request, response, entered)


@router.post("/login", responses=problems(400, 401, 413, 422, 429, 503))
async def login(body: Login, request: Request, response: Response, service: AccountsHere) -> SignedIn:
    """Sign in."""
    return signed_in(request, response, await service.log_in(body, network=network_of(request)))


@router.post("/refresh", responses=problems(401, 403, 422, 503), dependencies=[Depends(own_page)])
async def refresh(
    request: Request, response: Response, service: AccountsHere, refresh_token: RefreshCookie = None
) -> SignedIn:
    """Another access token, for the cookie of the sign-in. The cookie works once; the answer has the next.

    A cookie that comes a second time ends the sign-in: refresh once at a time.
    """
    if refresh_token is None:
        raise SessionEnded("there is no cookie refresh_token", hint="sign in")
    return signed_in(request, response, await service.refresh(refresh_token))


@router.post("/logout", responses=problems(403, 422, 503), dependencies=[Depends(own_page)])
async def logout(response: Response, service: AccountsHere, refresh_token: RefreshCookie = None) -> Done:
    """End the sign-in. An access token that is still around works until its time is over."""
    await service.log_out(refresh_token)
    drop_cookie(response)
    return Done(message="signed out")


@router.get("/me", responses=problems(401, 403, 503))
async def me(who: CurrentUser, service: AccountsHere) -> UserView:
    """One's own account."""
    return user_view(await service.me(who))


@router.post("/password", responses=problems(400, 401, 403, 413, 422, 429, 503))
async def change_password(
    body: PasswordChange, who: CurrentPerson, request: Request, service: AccountsHere
) -> Done:
    """Choose another password; all other sign-ins end."""
    await service.change_password(who, body, network=network_of(request))
    return Done(message="the password was changed")


@router.post("/verify-email", responses=problems(400, 413, 422, 429, 503))
async def verify_email(body: Verification, request: Request, service: RecoveryHere) -> Done:
    """Prove an address with the token of the message."""
    await service.verify(body.token, network=network_of(request))
    return Done(message="the address is verified")


@router.post("/verify-email/resend", status_code=202, responses=problems(401, 403, 503))
async def resend(who: CurrentPerson, service: AccountsHere, sender: RecoveryHere) -> Done:
    """Send that message again; a few times an hour at the most."""
    sent = await sender.ask_to_verify(await service.me(who))
    return Done(message="a message is on its way" if sent else "no message is needed, or too many were sent")


@router.post("/password-reset", status_code=202, responses=problems(400, 413, 422, 429, 503))
async def ask_to_reset(
    body: ResetRequest, request: Request, service: RecoveryHere, later: BackgroundTasks
) -> Done:
    """Send a link to choose a new password. The answer is the same whether there is such an account."""
    await service.count_request(network=network_of(request))
    later.add_task(service.ask_to_reset, body.email)
    return Done(message="if there is an account with this address, a message is on its way")


@router.post("/password-reset/confirm", responses=problems(400, 413, 422, 429, 503))
async def reset(body: Reset, request: Request, response: Response, service: RecoveryHere) -> Done:
    """Choose a new password with the token of the message; all sign-ins end."""
    await service.reset(body.token, body.new_password, network=network_of(request))
    drop_cookie(response)
    return Done(message="the password was changed; sign in")
