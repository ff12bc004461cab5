"""What the speech server calls. No user's token opens these routes: `callbacks` says who may."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from starlette.concurrency import run_in_threadpool

from ecg.errors import InputError
from ecg.library.callbacks import RESULT, TOKENS, check_signature, check_token
from ecg.library.endpoints import TheAnalyses
from ecg.library.news import News, SpeechServerError, read_news
from ecg.library.schemas import CallbackAnswer
from ecg.settings import Settings
from ecg.web import problems

router = APIRouter(tags=["callbacks"])

_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": News.model_json_schema()}},
    }
}


class UnreadableNews(InputError):
    code = "INVALID_REQUEST"


@router.post(RESULT, responses=problems(400, 401, 413, 503), openapi_extra=_BODY)
async def result(request: Request, service: TheAnalyses) -> CallbackAnswer:
    """News of a video from the speech server, signed as all our callbacks are."""
    body = await request.body()
    settings: Settings = request.app.state.settings
    check_signature(settings, body, request.headers)
    return await _hear(service, await _read(body))


@router.post(TOKENS + "/{token}" + RESULT, responses=problems(400, 401, 413, 422, 503), openapi_extra=_BODY)
async def result_with_token(
    token: Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,100}$")], request: Request, service: TheAnalyses
) -> CallbackAnswer:
    """News from a speech server that signs nothing, where the operator lets it (`ML_CALLBACKS=token`)."""
    news = await _read(await request.body())
    settings: Settings = request.app.state.settings
    check_token(settings, token, news.job_id)
    return await _hear(service, news)


async def _read(body: bytes) -> News:
    try:
        return await run_in_threadpool(read_news, body)
    except SpeechServerError as error:
        raise UnreadableNews(error.message) from None


async def _hear(service: TheAnalyses, news: News) -> CallbackAnswer:
    reason = await service.hear(news)
    if reason is None:
        return CallbackAnswer(status="received")
    return CallbackAnswer(status="ignored", reason=reason)
