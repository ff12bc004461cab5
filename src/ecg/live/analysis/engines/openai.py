"""Any server that speaks OpenAI's chat completions with pictures: OpenAI, vLLM, Ollama, LM Studio …"""

from __future__ import annotations

import base64
import time
from typing import TYPE_CHECKING, Any, cast

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
    from openai import APIStatusError

MAX_ANSWER_TOKENS = 4096


class OpenAIModel:
    name = "openai"

    def __init__(self, settings: Settings) -> None:
        """Raises EngineNotSet."""
        if not settings.openai_model:
            raise EngineNotSet(
                "no model is set for the engine openai", where="OPENAI_MODEL", hint="set OPENAI_MODEL"
            )
        if settings.openai_api_key is None and settings.openai_base_url is None:
            raise EngineNotSet(
                "the engine openai has neither a key nor a server",
                where="OPENAI_API_KEY",
                hint="set OPENAI_API_KEY, or OPENAI_BASE_URL for a server of your own",
            )
        self.model = settings.openai_model
        key = settings.openai_api_key
        self._key = key.get_secret_value() if key else "none"
        self._base = settings.openai_base_url
        self._seconds = settings.vision_timeout_seconds

    async def ask(self, question: Question) -> Reply:
        from openai import APIConnectionError, APIStatusError, APITimeoutError, AsyncOpenAI, OpenAIError
        from openai.types.chat import ChatCompletion

        try:
            async with AsyncOpenAI(
                api_key=self._key, base_url=self._base, timeout=self._seconds, max_retries=0
            ) as client:
                completion = await client.chat.completions.create(
                    model=self.model,
                    messages=cast(Any, _messages(question)),
                    response_format=cast(Any, _format()),
                    max_tokens=MAX_ANSWER_TOKENS,
                )
        except APITimeoutError as error:
            raise EngineSlow(f"{self.model} did not answer within {self._seconds:g} s") from error
        except APIConnectionError as error:
            raise EngineAway("the server of the engine openai cannot be reached") from error
        except APIStatusError as error:
            raise _refusal(error, self.model) from error
        except (OpenAIError, ValueError) as error:
            raise EngineAway(
                f"the server of the engine openai answers nonsense: {type(error).__name__}"
            ) from error
        if not isinstance(completion, ChatCompletion):  # the SDK hands on what is no JSON
            raise EngineAway("the server of the engine openai answers something else: check OPENAI_BASE_URL")
        text = completion.choices[0].message.content if completion.choices else None
        used = completion.usage.total_tokens if completion.usage else 0
        return Reply(text or "", used)


def _messages(question: Question) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = [{"type": "text", "text": question.notes}]
    for still in question.stills:
        url = f"data:image/jpeg;base64,{base64.b64encode(still.jpeg).decode()}"
        parts.append({"type": "text", "text": question.label(still)})
        parts.append({"type": "image_url", "image_url": {"url": url, "detail": "low"}})
    parts.append({"type": "text", "text": question.closing})
    messages: list[dict[str, Any]] = [
        {"role": "system", "content": RULES},
        {"role": "user", "content": parts},
    ]
    if question.repair is not None:
        messages.append({"role": "assistant", "content": question.repair.answer})
        messages.append({"role": "user", "content": question.complaint(question.repair)})
    return messages


def _format() -> dict[str, Any]:
    schema = {"name": "report", "schema": answer_schema(), "strict": True}
    return {"type": "json_schema", "json_schema": schema}


def _refusal(error: APIStatusError, model: str) -> VisionError | EngineAway:
    status = error.status_code
    pause = seconds_until(error.response.headers.get("retry-after"), time.time())
    if status == 429:
        return EngineBusy(f"{model} takes no more requests now (429)", retry_after=pause)
    if status >= 500 or status in (408, 425):
        return EngineAway(f"the server of {model} broke down ({status})", retry_after=pause)
    hint = "check OPENAI_API_KEY" if status in (401, 403) else "check OPENAI_MODEL and OPENAI_BASE_URL"
    return EngineRefused(f"{model} refuses the request ({status})", hint=hint)
