"""An id proves whose export it is."""

from __future__ import annotations

from ecg.exports.ids import EXPORT_ID, ExportIds, kind_of

IDS = ExportIds("a secret of these tests")


def test_an_id_is_of_its_owner_alone() -> None:
    job_id = IDS.new("video", "here", "me")
    assert EXPORT_ID.fullmatch(job_id)
    assert IDS.is_of(job_id, "here", "me")
    assert not IDS.is_of(job_id, "here", "colleague")
    assert not IDS.is_of(job_id, "elsewhere", "me")
    assert not ExportIds("another secret").is_of(job_id, "here", "me")


def test_an_altered_id_is_nobodys() -> None:
    job_id = IDS.new("video", "here", "me")
    for place in range(len(job_id)):
        other = "0" if job_id[place] != "0" else "1"
        assert not IDS.is_of(job_id[:place] + other + job_id[place + 1 :], "here", "me")
    for odd in ("", "v", job_id[:-1], job_id + "0", job_id.upper(), "../etc/passwd"):
        assert not IDS.is_of(odd, "here", "me")


def test_kinds_and_seeds() -> None:
    assert [kind_of(IDS.new(kind, "here", "me")) for kind in ("video", "overlay")] == ["video", "overlay"]
    assert IDS.new("video", "here", "me") != IDS.new("video", "here", "me")
    seed = "0123456789abcdef" * 2
    assert IDS.new("video", "here", "me", seed=seed) == IDS.new("video", "here", "me", seed=seed)
    assert IDS.new("video", "here", "me", seed=seed) != IDS.new("video", "here", "you", seed=seed)
