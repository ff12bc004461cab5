"""Uploads, and what strangers try with them: what is refused leaves nothing."""

from __future__ import annotations

import asyncio
import struct
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ecg.library.upkeep import sweep_uploads
from tests.library.place import Place, place
from tests.media.clips import clip, ffmpeg
from tests.services.s3 import S3Server

pytestmark = pytest.mark.anyio


async def code_of(here: Place, path: str, body: object) -> tuple[int, str]:
    answer = await here.post(path, body)
    return answer.status_code, answer.json().get("code", "")


def stored(here: Place, file_key: str) -> list[str]:
    """Keys with bytes in them that belong to the upload."""
    upload_id = file_key.rpartition("/")[2].partition(".")[0]
    found = [key for key in here.store.keys("") if upload_id in key]
    return [key for key in found if (head := here.store.head(key)) is not None and head.size]


class TestGenerateUrl:
    async def test_the_contract(self, here: Place) -> None:
        answer = await here.link()
        assert {"upload_url", "file_key", "expires_at"} <= set(answer)
        assert (await here.put(answer, b"any length")).status_code == 200

    @pytest.mark.parametrize(
        "name", ["../../etc/passwd", "a/b.mp4", "a\\b.mp4", "..", ".", " ", "a\0.mp4", "a\n.mp4", "a" * 300]
    )
    async def test_a_path_is_no_name(self, here: Place, name: str) -> None:
        body = {"file_name": name, "file_type": "video/mp4"}
        assert await code_of(here, "/generate-url", body) == (400, "INVALID_FILE_NAME")

    @pytest.mark.parametrize(
        "kind", ["text/html", "image/png", "video/x-nothing", "../mp4", "video/mp4\r\nX: y"]
    )
    async def test_only_videos(self, here: Place, kind: str) -> None:
        body = {"file_name": "a.mp4", "file_type": kind}
        assert await code_of(here, "/generate-url", body) == (400, "UNSUPPORTED_FORMAT")

    async def test_a_type_that_the_browser_does_not_know_follows_from_the_name(self, here: Place) -> None:
        assert (await here.link(file_name="영상.MKV", file_type=""))["file_key"].endswith(".mkv")

    async def test_too_large(self, here: Place) -> None:
        body = {"file_name": "a.mp4", "file_type": "video/mp4", "file_size": 6 * 1024**3}
        assert await code_of(here, "/generate-url", body) == (413, "INPUT_TOO_LARGE")

    async def test_a_repetition_gets_the_same_link(self, here: Place) -> None:
        body = {"file_name": "a.mp4", "file_type": "video/mp4"}
        headers = {"Authorization": "Bearer acme/ann", "Idempotency-Key": "once"}
        first, second = [
            await here.http.post("/api/upload-video/generate-url", json=body, headers=headers) for _ in "12"
        ]
        assert first.json() == second.json()


class TestPut:
    async def test_not_more_than_was_signed(self, here: Place) -> None:
        link = await here.link(file_size=1000)
        assert (await here.put(link, bytes(1001))).status_code == 403
        assert (await here.put(link, bytes(999))).status_code == 403
        assert (await here.put(link, bytes(1000), **{"Content-Type": "text/html"})).status_code == 403
        assert stored(here, link["file_key"]) == []

    @pytest.mark.parametrize("framing", ["Transfer-Encoding: chunked", f"Content-Length: {10**15}"])
    async def test_no_stream_without_an_end(
        self, here: Place, framing: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("ecg.web.unread_bodies.LINGER_SECONDS", 0.5)
        link = await here.link()
        url = urlsplit(link["upload_url"])
        reader, writer = await asyncio.open_connection(url.hostname, url.port)
        head = f"PUT {url.path}?{url.query} HTTP/1.1\r\nHost: {url.netloc}\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in link["headers"].items())
        writer.write(f"{head}{framing}\r\n\r\n".encode())

        async def send_for_ever() -> None:
            with suppress(OSError):  # the server has hung up
                while True:
                    writer.write(b"10000\r\n" + bytes(0x10000) + b"\r\n")
                    await writer.drain()

        sending = asyncio.create_task(send_for_ever())
        try:
            async with asyncio.timeout(60):
                assert (await reader.readline()).split()[1] == b"403"
                await asyncio.shield(sending)
        finally:
            sending.cancel()
        writer.close()
        assert stored(here, link["file_key"]) == []

    async def test_not_again_after_it_was_taken(self, here: Place) -> None:
        link = await here.link()
        video = clip("plain").read_bytes()
        assert (await here.put(link, video)).status_code == 200
        assert (await here.put(link, video)).status_code == 409
        ended = await here.ended(await here.process(link["file_key"]))
        assert (await here.put(link, b"something else")).status_code == 409
        assert await here.fetch(ended["video_url"]) == video
        assert len(stored(here, link["file_key"])) == 1


class TestRequestProcess:
    async def test_nothing_came(self, here: Place) -> None:
        link = await here.link()
        assert await code_of(here, "/request-process", {"file_key": link["file_key"]}) == (
            409,
            "UPLOAD_INCOMPLETE",
        )
        assert await code_of(here, "/request-process", {"file_key": "incoming/acme/nothing.mp4"}) == (
            404,
            "NOT_FOUND",
        )

    @pytest.mark.parametrize(
        "what", ["text", "manifest", "other type", "huge picture", "no sound", "sound alone"]
    )
    async def test_what_is_not_what_it_says_is_refused_and_not_kept(
        self, here: Place, what: str, tmp_path: Path
    ) -> None:
        data, kind = lies(what, tmp_path)
        file_key = await here.uploaded(data, file_type=kind)
        calls = len(here.speech.calls)
        ended = await here.ended(await here.process(file_key))
        assert (ended["status"], ended["error_code"]) == ("failed", "INVALID_VIDEO_FORMAT")
        assert "/" not in ended["error_message"].replace("video/", "")  # no path of ours
        assert len(here.speech.calls) == calls
        assert stored(here, file_key) == []
        assert await code_of(here, "/request-process", {"file_key": file_key}) == (
            400,
            "INVALID_VIDEO_FORMAT",
        )


def lies(what: str, folder: Path) -> tuple[bytes, str]:
    """A file, and the type as which it is uploaded."""
    if what == "text":
        return b"Dear diary, today I saw a film.\n" * 50, "video/mp4"
    if what == "manifest":
        return b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", "video/mp4"
    if what == "other type":
        return clip("matroska").read_bytes(), "video/mp4"
    if what == "no sound":
        return clip("silent").read_bytes(), "video/mp4"
    if what == "sound alone":
        return clip("no-picture").read_bytes(), "video/mp4"
    path = folder / "huge.avi"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=10:duration=1", "-c:v", "rawvideo", str(path))
    data = path.read_bytes().replace(struct.pack("<ii", 320, 180), struct.pack("<ii", 30_000, 30_000))
    return data, "video/x-msvideo"


class TestParts:
    async def test_a_large_file_comes_in_parts_and_goes_on_where_it_broke_off(self, here: Place) -> None:
        video = clip("plain").read_bytes()
        fields = {"file_name": "a.mp4", "file_type": "video/mp4", "file_size": len(video)}
        answer = await here.post("/parts", fields)
        assert answer.status_code == 201, answer.text
        begun = answer.json()
        key, size, count = begun["file_key"], begun["part_size"], begun["part_count"]
        assert count == -(-len(video) // size) > 1
        body = {"file_key": key, "part_numbers": list(range(1, count + 1))}
        links = (await here.post("/parts/links", body)).json()["parts"]
        for link in links[1:]:
            start = (link["part_number"] - 1) * size
            assert (await here.put(link, video[start : start + link["size"]])).status_code == 200
        found = (await here.get("/parts", file_key=key)).json()
        assert found["parts"] == list(range(2, count + 1))
        assert await code_of(here, "/request-process", {"file_key": key}) == (409, "UPLOAD_INCOMPLETE")
        assert (await here.put(links[0], video[: size - 1])).status_code == 403
        assert (await here.put(links[0], video[:size])).status_code == 200
        ended = await here.ended(await here.process(key))
        assert ended["status"] == "completed"
        assert await here.fetch(ended["video_url"]) == video
        assert len(stored(here, key)) == 1
        assert (await here.put(links[0], video[:size])).status_code == 409
        assert (await here.post("/parts/links", body)).status_code == 409

    async def test_given_up(self, here: Place) -> None:
        file_key = await here.uploaded()
        assert (await here.delete("/parts", "acme/bob", file_key=file_key)).status_code == 404
        assert (await here.delete("/parts", file_key=file_key)).status_code == 204
        assert stored(here, file_key) == []
        assert await code_of(here, "/request-process", {"file_key": file_key}) == (409, "UPLOAD_CLOSED")

    async def test_no_part_beyond_the_last(self, here: Place) -> None:
        fields = {"file_name": "a.mp4", "file_type": "video/mp4", "file_size": 100}
        key = (await here.post("/parts", fields)).json()["file_key"]
        body = {"file_key": key, "part_numbers": [2]}
        assert (await here.post("/parts/links", body)).status_code == 400
        body = {"file_key": key, "part_numbers": [1]}
        assert (await here.http.post("/api/upload-video/parts/links", json=body)).status_code == 401


async def test_half_uploads_expire_and_what_came_late_goes(database_url: str, tmp_path: Path) -> None:
    async with place(tmp_path, worker=False, database_url=database_url) as here:
        file_key = await here.uploaded()
        handed_in = await here.uploaded()
        await here.process(handed_in)
        assert await sweep_uploads(here.uploads) == 0
        assert await sweep_uploads(here.uploads, slack_seconds=-2 * 3600) == 1
        assert stored(here, file_key) == []
        assert stored(here, handed_in) == [handed_in]  # its job is still to come
        assert await code_of(here, "/request-process", {"file_key": file_key}) == (409, "UPLOAD_CLOSED")
        assert await sweep_uploads(here.uploads, slack_seconds=-2 * 3600) == 0


async def test_a_user_has_a_limit(database_url: str, tmp_path: Path) -> None:
    async with place(tmp_path, worker=False, max_open_uploads=2, database_url=database_url) as here:
        await here.link()
        await here.link()
        body = {"file_name": "a.mp4", "file_type": "video/mp4"}
        assert await code_of(here, "/generate-url", body) == (409, "TOO_MANY_UPLOADS")
        assert (await here.post("/generate-url", body, "acme/bob")).status_code == 200


async def test_the_same_with_a_bucket(tmp_path: Path, s3_server: S3Server, s3_bucket: str) -> None:
    endpoint = s3_server.endpoint_url
    async with place(tmp_path, s3_bucket=s3_bucket, s3_endpoint_url=endpoint) as here:
        video = clip("plain").read_bytes()
        link = await here.link(file_size=len(video))
        assert (await here.put(link, video + b"x")).status_code == 403
        assert (await here.put(link, video)).status_code == 200
        ended = await here.ended(await here.process(link["file_key"]))
        assert ended["status"] == "completed", ended
        await here.put(link, video[::-1])  # a bucket takes it; nobody reads it, and it is removed
        assert await here.fetch(ended["video_url"]) == video
        await sweep_uploads(here.uploads, slack_seconds=-2 * 3600)
        assert len(stored(here, link["file_key"])) == 1
