"""Google's Gemini, through its own SDK. Pictures go along in the request: two dozen of them are far below the
20 MB from which on the Files API is needed."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

from ecg.live.analysis.engines.answer import answer_schema
from ecg.live.analysis.engines.asking import Reply, seconds_until
from ecg.live.analysis.engines.base import (
    EngineAway,
    EngineBusy,
    EngineNotSet,
    EngineRefused,
    EngineSlow,
    VisionError,
)
from ecg.live.analysis.engines.prompt import RULES, Question
from ecg.settings import Settings

if TYPE_CHECKING:
    from google.genai.errors import APIError
    from google.genai.types import Content

MAX_ANSWER_TOKENS = 4096
_DELAY = re.compile(r"(\d+(?:\.\d+)?)s")


class GeminiModel:
    name = "gemini"

    def __init__(self, settings: Settings) -> None:
        """Raises EngineNotSet."""
        if settings.gemini_api_key is None:
            raise EngineNotSet(
                "the engine gemini has no key", where="GEMINI_API_KEY", hint="set GEMINI_API_KEY"
            )
        self.model = settings.gemini_model
        self._key = settings.gemini_api_key.get_secret_value()
        self._base = settings.gemini_base_url
        self._seconds = settings.vision_timeout_seconds

    async def ask(self, question: Question) -> Reply:
        import httpx2
        from google.genai.errors import APIError

        client = self._client()
        try:
            answer = await client.aio.models.generate_content(
                model=self.model, contents=_contents(question), config=_config()
            )
        except APIError as error:
            raise _refusal(error, self.model) from error
        except (httpx2.TimeoutException, TimeoutError) as error:
            raise EngineSlow(f"{self.model} did not answer within {self._seconds:g} s") from error
        except (httpx2.HTTPError, OSError) as error:
            raise EngineAway("the server of the engine gemini cannot be reached") from error
        except ValueError as error:
            raise EngineAway(
                f"the server of the engine gemini answers nonsense: {type(error).__name__}"
            ) from error
        finally:
            await client.aio.aclose()
            client.close()
        usage = answer.usage_metadata
        return Reply(answer.text or "", (usage.total_token_count or 0) if usage else 0)

    def _client(self) -> Any:
        from google import genai
        from google.genai import types

        return genai.Client(
            vertexai=False,  # whatever the environment says: the key is for this API
            api_key=self._key,
            http_options=types.HttpOptions(
                base_url=self._base,
                api_version="v1beta",
                timeout=round(self._seconds * 1000),
                retry_options=types.HttpRetryOptions(attempts=1),
            ),
        )


def _contents(question: Question) -> list[Content]:
    from google.genai.types import Content, Part

    parts = [Part.from_text(text=question.notes)]
    for still in question.stills:
        parts.append(Part.from_text(text=question.label(still)))
        parts.append(Part.from_bytes(data=still.jpeg, mime_type="image/jpeg"))
    parts.append(Part.from_text(text=question.closing))
    contents = [Content(role="user", parts=parts)]
    if question.repair is not None:
        contents.append(
            Content(role="model", parts=[Part.from_text(text=question.repair.answer or "(nothing)")])
        )
        complaint = question.complaint(question.repair)
        contents.append(Content(role="user", parts=[Part.from_text(text=complaint)]))
    return contents


def _config() -> Any:
    from google.genai import types

    return types.GenerateContentConfig(
        system_instruction=RULES,
        temperature=0,
        max_output_tokens=MAX_ANSWER_TOKENS,
        response_mime_type="application/json",
        response_json_schema=answer_schema(),
        media_resolution=types.MediaResolution.MEDIA_RESOLUTION_LOW,
    )


def _refusal(error: APIError, model: str) -> VisionError | EngineAway:
    status, pause = int(error.code or 0), _pause(error)
    if status == 429:
        return EngineBusy(f"{model} takes no more requests now (429)", retry_after=pause)
    if status >= 500 or status in (408, 425):
        return EngineAway(f"the server of {model} broke down ({status})", retry_after=pause)
    hint = "check GEMINI_API_KEY" if status in (401, 403) else "check GEMINI_MODEL and GEMINI_BASE_URL"
    return EngineRefused(f"{model} refuses the request ({status})", hint=hint)


def _pause(error: APIError) -> float | None:
    """Seconds to wait, by the header or by the RetryInfo among the error's details."""
    headers = getattr(error.response, "headers", None) or {}
    told = seconds_until(headers.get("retry-after"), time.time())
    if told is not None or not isinstance(error.details, dict):
        return told
    said = error.details.get("error", error.details)
    details = said.get("details") if isinstance(said, dict) else None
    for detail in details if isinstance(details, list) else ():
        delay = _DELAY.fullmatch(str(detail.get("retryDelay", ""))) if isinstance(detail, dict) else None
        if delay:
            return float(delay[1])
    return None
