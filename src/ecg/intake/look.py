"""The look at a video before its job is accepted: is it there, may it be fetched, is it a video at all?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from anyio import to_thread

from ecg.errors import ConnectionFailed, EcgError, InputError, TimedOut, TooLarge
from ecg.intake.header import VideoFacts, index_after_media, read_header
from ecg.intake.signature import check_signature
from ecg.intake.video_input import OwnObject, locate, missing
from ecg.net import NetworkPolicy, Resolver, check_url, preflight, read_range, system_resolver
from ecg.settings import Settings
from ecg.store import ObjectStore

FIRST_BYTES = 64 * 1024


class Unreachable(InputError):
    """Its server cannot be reached, or fails; a later request may succeed."""

    code = "CONNECTION_ERROR"


class TooSlow(InputError):
    code = "TIMEOUT_ERROR"


@contextmanager
def blamed_on(where: str) -> Iterator[None]:
    """What goes wrong with a URL of a request is the client's to mend, and lies in this field."""
    try:
        yield
    except ConnectionFailed as error:
        raise Unreachable(error.message, where=where, hint=error.hint) from error
    except TimedOut as error:
        raise TooSlow(error.message, where=where, hint=error.hint) from error
    except InputError as error:
        error.where = where
        raise


@dataclass(frozen=True, slots=True)
class Looker:
    """Looks at videos under one policy."""

    settings: Settings
    store: ObjectStore
    policy: NetworkPolicy
    resolver: Resolver = system_resolver
    timeout_seconds: float = 5.0
    where: str = "/videoUrl"
    """The field of the request that names the video."""
    sound_alone: bool = False
    """Whether a file without pictures will do."""

    async def look(self, reference: str, tenant_id: str) -> VideoFacts:
        """What the header tells.

        Raises InputErrors (`where` is the field): ForbiddenUrl, FetchRefused, Unreachable, TooSlow,
        MediaError, TooLarge, NotFound, BadKey; StorageError when the own store fails.
        """
        with blamed_on(self.where):
            found = locate(reference, self.settings, tenant_id)
            if isinstance(found, OwnObject):
                return await self._look_at_object(found.key)
            return await self._look_at_url(found.url)

    async def check_callback(self, url: str, where: str) -> None:
        """Raises InputErrors when we would never post there; `where` is the field."""
        with blamed_on(where):
            await check_url(url, self.policy, self.resolver)

    async def _look_at_object(self, key: str) -> VideoFacts:
        stored = await to_thread.run_sync(self.store.head, key)
        if stored is None:
            raise missing(key)
        self._check_size(stored.size)
        head = await to_thread.run_sync(self._part, key, 0)
        check_signature(head, sound_alone=self.sound_alone)
        place = index_after_media(head)
        if place is not None and place < stored.size:
            return read_header(await to_thread.run_sync(self._part, key, place))
        return read_header(head)

    def _part(self, key: str, start: int) -> bytes:
        return b"".join(self.store.open_range(key, start, FIRST_BYTES))

    async def _look_at_url(self, url: str) -> VideoFacts:
        seen = await preflight(
            url,
            policy=self.policy,
            resolver=self.resolver,
            timeout_seconds=self.timeout_seconds,
            first_bytes=FIRST_BYTES,
        )
        self._check_size(seen.size)
        check_signature(seen.head, sound_alone=self.sound_alone)
        place = index_after_media(seen.head)
        if place is None:
            return read_header(seen.head)
        if not seen.accepts_ranges or seen.size is None or place >= seen.size:
            return VideoFacts()
        try:
            tail = await read_range(
                url,
                place,
                FIRST_BYTES,
                policy=self.policy,
                resolver=self.resolver,
                timeout_seconds=self.timeout_seconds,
            )
        except EcgError:  # an estimate is not worth a refusal
            return VideoFacts()
        return read_header(tail)

    def _check_size(self, size: int | None) -> None:
        if size is not None and size > self.settings.max_video_bytes:
            raise TooLarge(
                f"the video has {size:,} bytes; the limit is {self.settings.max_video_bytes:,}",
                hint="the operator may raise MAX_VIDEO_BYTES",
            )
