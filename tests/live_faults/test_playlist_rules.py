"""The rules find what breaks them, and nothing in a playlist that keeps them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.live_faults.playlist_rules import PlaylistRules

HEAD = "#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-TARGETDURATION:{target}\n#EXT-X-MEDIA-SEQUENCE:{first}\n{cuts}"


def playlist(
    first: int, last: int, *, target: int = 2, cut: int | None = None, cuts_gone: int = 0, head: str = HEAD
) -> str:
    """Segments `first` to `last` of one second; a discontinuity before `cut`."""
    lines = [head.format(target=target, first=first, cuts=f"#EXT-X-DISCONTINUITY-SEQUENCE:{cuts_gone}")]
    for number in range(first, last + 1):
        if number == cut:
            lines.append("#EXT-X-DISCONTINUITY")
        at = datetime.fromtimestamp(1_700_000_000 + number, UTC).isoformat(timespec="milliseconds")
        lines += [f"#EXT-X-PROGRAM-DATE-TIME:{at}", "#EXTINF:1.000,", f"{number}.ts?ticket=t"]
    return "\n".join(lines) + "\n"


def wrong(*versions: str) -> list[str]:
    rules = PlaylistRules()
    return [each for version in versions for each in rules.look(version)]


def test_a_window_that_slides_over_a_discontinuity_keeps_the_rules() -> None:
    versions = [
        playlist(1, 8),
        playlist(2, 9, cut=9),
        playlist(9, 17, cut=9),
        playlist(10, 18, cuts_gone=1),
        playlist(11, 19, cuts_gone=1),
    ]
    assert wrong(*versions) == []


@pytest.mark.parametrize(
    ("versions", "words"),
    [
        ([playlist(1, 8), playlist(1, 9, target=3)], "target duration"),
        ([playlist(5, 12), playlist(0, 7)], "went back"),
        ([playlist(1, 8), playlist(12, 20)], "never named"),
        ([playlist(1, 8), playlist(6, 8)], "less than three targets"),
        ([playlist(1, 8, cut=1), playlist(2, 9)], "discontinuity sequence"),
        ([playlist(1, 8), playlist(1, 8, cut=5)], "segment 5 was"),
        ([playlist(1, 8).replace("5.ts", "6.ts")], "named twice"),
        ([playlist(1, 8).replace("#EXTINF:1.000", "#EXTINF:2.500")], "the target is 2"),
        ([playlist(1, 8).replace("#EXTINF:1.000,\n4.ts", "#EXTINF:1.900,\n4.ts")], "begins -0.900 s"),
        ([playlist(1, 8) + "#EXT-X-ENDLIST\n"], "#EXT-X-ENDLIST"),
        ([playlist(1, 8).replace("VERSION:6", "VERSION:2")], "version 3"),
        ([playlist(1, 8).replace("#EXTM3U", "#EXTM3U8")], "#EXTM3U"),
        ([playlist(1, 8).replace("#EXT-X-TARGETDURATION:2\n", "")], "EXT-X-TARGETDURATION"),
    ],
)
def test_what_breaks_a_rule_is_told(versions: list[str], words: str) -> None:
    assert any(words in each for each in wrong(*versions)), wrong(*versions)
