"""What answers behind the local store's signed links, as an S3 store answers behind its own.

    GET, HEAD /files/{key}?expires=…&signature=…            the object, or a range of it
    PUT       /files/{key}?expires=…&size=…&type=…&signature=…   one file, once, of that type and length
              (`most` in place of `size`: of that length at most)

The link is the permission: no token is asked for. The routes belong into an application of `ecg.web`, which
words refusals and leaves the length of bodies below /files/ to these routes.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from email.utils import format_datetime
from http import HTTPStatus
from io import FileIO
from pathlib import Path

import anyio
from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from fastapi.concurrency import contextmanager_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from ecg.errors import Conflict, InputError, TimedOut
from ecg.store.disk import chunks
from ecg.store.disposition import attachment
from ecg.store.local import LocalStore
from ecg.store.objects import CHUNK, ObjectStore, RangeOutside, StoredObject
from ecg.store.ranges import Unsatisfiable, asked_range, not_modified
from ecg.store.receiving import Receiving
from ecg.store.signing import LinkRefused, Upload
from ecg.web.problems import Refused, problem_of
from ecg.web.refusals import refusal

STALL_SECONDS = 60.0
"""An upload that brings no byte for so long is given up."""


def files_router(store: ObjectStore) -> APIRouter:
    """The routes for this store's links; none for a store that serves its own."""
    router = APIRouter(include_in_schema=False)
    if isinstance(store, LocalStore):
        files = _Files(store)
        router.add_api_route("/files/{key:path}", files.download, methods=["GET", "HEAD"])
        router.add_api_route("/files/{key:path}", files.upload, methods=["PUT"])
    return router


class _Files:
    def __init__(self, store: LocalStore) -> None:
        self._store = store

    async def download(self, key: str, request: Request) -> Response:
        with _link_refusals():
            link = self._store.links.read_download(key, request.query_params)
        file, stored = await run_sync(self._store.open, link.key)
        name = link.file_name or link.key.rpartition("/")[2]
        return _answer(request, file, stored, _headers(stored, name))

    async def upload(self, key: str, request: Request) -> Response:
        with _link_refusals():
            link = self._store.links.read_upload(key, request.query_params)
            _check_head(request, link)
        if await run_sync(self._store.head, link.key) is not None:
            raise Conflict(f"{link.key} is stored already", hint="ask for a new upload link")
        try:
            stored = await self._receive(request, link)
        except ClientDisconnect:
            return Response(status_code=HTTPStatus.BAD_REQUEST.value)  # nobody is there to read it
        return Response(headers={"ETag": f'"{stored.etag}"'})

    async def _receive(self, request: Request, link: Upload) -> StoredObject:
        receiving = self._store.receive(link.key, link.content_type)
        async with contextmanager_in_threadpool(receiving) as arrival:
            async for data in _in_chunks(request):
                await run_sync(arrival.write, data)
            declared = int(request.headers["content-length"])
            if arrival.size != declared:
                raise InputError(f"{arrival.size} of {declared} bytes came", hint="send the whole file")
            return await run_sync(_finish_once, arrival)


class _Body(StreamingResponse):
    """Bytes of an open file, which is closed however the answer ends."""

    def __init__(self, file: FileIO, key: str, length: int, status: int, headers: dict[str, str]) -> None:
        super().__init__(chunks(file, Path(key), length), status, headers)
        self._file = file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._file.close()


def _answer(request: Request, file: FileIO, stored: StoredObject, headers: dict[str, str]) -> Response:
    if not_modified(request.headers, stored.etag):
        file.close()
        return Response(status_code=HTTPStatus.NOT_MODIFIED.value, headers=headers)
    headers |= {"Content-Type": stored.content_type, "Content-Length": str(stored.size)}
    if request.method == "HEAD":
        file.close()
        return Response(headers=headers)
    try:
        part = asked_range(request.headers, stored.etag, stored.size)
    except Unsatisfiable:
        file.close()
        error = RangeOutside(f"{stored.key} has {stored.size} bytes, none of them in that range")
        problem = problem_of(error, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE.value)
        return refusal(request.scope, problem, {"Content-Range": f"bytes */{stored.size}"})
    if part is None:
        return _Body(file, stored.key, stored.size, HTTPStatus.OK.value, headers)
    start, length = part
    file.seek(start)
    headers["Content-Length"] = str(length)
    headers["Content-Range"] = f"bytes {start}-{start + length - 1}/{stored.size}"
    return _Body(file, stored.key, length, HTTPStatus.PARTIAL_CONTENT.value, headers)


def _headers(stored: StoredObject, name: str) -> dict[str, str]:
    return {
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-cache",
        "Content-Disposition": attachment(name),
        "ETag": f'"{stored.etag}"',
        "Last-Modified": format_datetime(stored.modified, usegmt=True),
        "X-Content-Type-Options": "nosniff",
    }


def _check_head(request: Request, link: Upload) -> None:
    """Raises LinkRefused for a file of another type or length than the link was made for."""
    length = request.headers.get("content-length", "")
    fits = length.isascii() and length.isdecimal() and len(length) < 19 and link.fits(int(length))
    if not fits or request.headers.get("content-type") != link.content_type:
        most = "" if link.exact else "at most "
        raise LinkRefused(
            f"this link is for {most}{link.size} bytes of {link.content_type}",
            hint="send exactly these, with Content-Type and Content-Length",
        )


async def _in_chunks(request: Request) -> AsyncIterator[bytes]:
    """The body in pieces worth a write; raises TimedOut when it stalls."""
    stream = request.stream()
    gathered = bytearray()
    while True:
        try:
            with anyio.fail_after(STALL_SECONDS):
                gathered += await anext(stream)
        except StopAsyncIteration:
            break
        except TimeoutError:
            stalled = TimedOut(f"no byte came for {STALL_SECONDS:g} s", hint="send the file again")
            raise Refused(HTTPStatus.REQUEST_TIMEOUT.value, stalled) from None
        if len(gathered) >= CHUNK:
            yield bytes(gathered)
            gathered.clear()
    if gathered:
        yield bytes(gathered)


def _finish_once(arrival: Receiving) -> StoredObject:
    return arrival.finish(replace=False)


@contextmanager
def _link_refusals() -> Iterator[None]:
    """A link that does not hold is answered 403, as S3 answers."""
    try:
        yield
    except LinkRefused as error:
        raise Refused(HTTPStatus.FORBIDDEN.value, error) from None
