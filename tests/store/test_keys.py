from __future__ import annotations

import string
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from ecg.store import BadKey, object_key, render_key
from ecg.store.keys import MAX_KEY_BYTES, safe_segment

ROOT = Path("/srv/objects")
pathlike = st.text(alphabet="./\\ab-_:%\0\n~A０．", max_size=30) | st.text(max_size=30)
job_ids = st.text(alphabet=string.ascii_letters + string.digits + "._:-", min_size=1, max_size=128)


class TestObjectKey:
    @settings(deadline=None)
    @given(pathlike)
    @example("a/..")
    @example("a\n")
    def test_what_passes_is_a_plain_path_below_the_root(self, text: str) -> None:
        try:
            key = object_key(text)
        except BadKey:
            return
        assert key == text
        path = ROOT / key
        assert path.resolve() == path
        assert path.is_relative_to(ROOT)
        assert not any(part.startswith((".", "-")) for part in key.split("/"))
        assert quote(key) == key
        assert urlsplit(f"http://host/files/{key}?a").path == f"/files/{key}"

    @pytest.mark.parametrize("text", ["renders/acme/job-7.mp4", "a", "_a/B.c-d", "0", "a..b/c"])
    def test_ordinary_keys_pass(self, text: str) -> None:
        assert object_key(text) == text

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "/",
            "/a",
            "a/",
            "a//b",
            ".",
            "..",
            "a/../b",
            "a/.b",
            "-a",
            "a b",
            "a\n",
            "é",
            "a\\b",
            "a%2e",
            "a:b",
        ],
    )
    def test_other_texts_do_not(self, text: str) -> None:
        with pytest.raises(BadKey):
            object_key(text)

    def test_a_key_has_its_length(self) -> None:
        assert object_key("/".join(["a" * 100] * 5))
        with pytest.raises(BadKey):
            object_key("/".join(["a" * 101] * 6))
        with pytest.raises(BadKey):
            object_key("a" * (MAX_KEY_BYTES - 1))


class TestRenderKey:
    @pytest.mark.parametrize("job_id", ["job-7", "0b8f2f4e-6d3c-4f6e-9d57-3d0a4e1c0f11", "test_phase2-001"])
    def test_plain_ids_stay_readable(self, job_id: str) -> None:
        assert render_key("acme", job_id, "mp4") == f"renders/acme/{job_id}.mp4"

    @settings(deadline=None)
    @given(job_ids | st.text(min_size=1, max_size=300))
    def test_every_id_has_a_key(self, job_id: str) -> None:
        assert render_key(job_id, job_id, "mp4")

    @settings(deadline=None)
    @given(job_ids, job_ids)
    @example("Job", "job")
    @example("a.b", "a_b")
    @example("A", safe_segment("A"))
    def test_no_two_ids_share_a_file_even_where_case_does_not_count(self, one: str, other: str) -> None:
        assume(one != other)
        assert render_key("t", one, "mp4").lower() != render_key("t", other, "mp4").lower()

    @pytest.mark.parametrize("extension", ["", "MP4", "mp4/..", ".mp4", "mp4\n"])
    def test_refuses_what_is_no_extension(self, extension: str) -> None:
        with pytest.raises(BadKey):
            render_key("acme", "job", extension)
