"""How large captions are, where they stand and whether every letter is drawn: measured on the output video.

Type size is measured through the capital H, whose stems reach from the baseline to the cap height: the light
in a column inside a stem, divided by the light of full ink, is the cap height in pixels, to a fraction of a
pixel. The face's own tables say how much of an em that is (Roboto Flex: 1456 of 2048, on every instance).
"""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fontTools.ttLib import TTFont

import ecg.render
from ecg.assets import fonts
from ecg.captions.scenario import Cue
from ecg.captions.typeface import LATIN
from tests.proofs.watching import (
    GREY,
    WATERTIGHT,
    Luma,
    Note,
    caption,
    extent,
    groups,
    luma_at,
    plain_video,
    said,
    scenario,
    watched,
)

WIDTH, HEIGHT = 1280, 720
RATE = "10"
TURN = 1.5
"""Seconds from one caption to the next."""
NORMAL_DB, WHISPER_DB, SHOUT_DB = -20.0, -36.0, -2.0
THIRD_LINE = (2.5 * 1.2 * 0.05) + 2 * 0.008
"""A box of this height, of the picture's height, holds more than two lines of normal type."""

LONG = {
    "english": "We meet at the station before noon, and whoever comes late will take the next train home.",
    "korean": "내일 아침 일찍 역 앞에서 만나기로 했으니까 절대로 늦지 말고 꼭 시간에 맞춰서 나와 주세요",
    "japanese": "明日の朝は早いから、駅の前で待ち合わせをして、みんなで一緒に電車に乗って出かけましょう。",
    "chinese": "明天早上我们在车站前面见面，谁来晚了就只能坐下一班火车回家，所以请大家千万不要迟到。",
    "arabic": "سوف نلتقي غدا صباحا أمام المحطة قبل الظهر ومن يتأخر عليه أن يركب القطار التالي وحده إلى البيت",
    "mixed": "OK 그러니까 10시 30분에 Seoul Station 앞에서, 아니면 café 2층에서 봅시다! 🎉 괜찮죠?",
}
LETTERS = "가뷁힣ㅋあ機鬱。明龍بضةשקgßÉΩЖ♪—"
EMOJI = ("🎉", "😀", "👩‍🚀", "🇰🇷")
NOBODYS = "\U0010ffff"
"""A code point that no font draws."""
DRAWN = (*LETTERS, *EMOJI, NOBODYS)


def burnt(cues: list[Cue], folder: Path, **fields: object) -> Path:
    seconds = max(cue.end for cue in cues) + 0.5
    video = plain_video(folder / "in.mp4", rate=RATE, seconds=seconds, size=(WIDTH, HEIGHT))
    ecg.render.render(video, scenario(*cues, **fields), folder / "out.mp4")
    return folder / "out.mp4"


def turn(number: int, texts: list[str], **heard: float) -> Cue:
    """A caption in its turn: all words begin at once and have long stopped moving when the turn is over."""
    at = number * TURN
    words = said(texts, [at + 0.3] * len(texts), **heard)
    return caption(f"turn-{number}", at + 0.2, at + TURN - 0.1, words)


def settled(number: int) -> float:
    """A moment of a turn at which nothing moves any more."""
    return (number + 1) * TURN - 0.25


def em_of(picture: Luma) -> float:
    """Type size in pixels of the capital Hs in a picture, whose brightest samples are their ink."""
    box = np.percentile(picture, 1)
    ink = np.percentile(picture[picture > (picture.max() + box) / 2], 60)
    coverage = np.clip((picture - box) / (ink - box), 0, 1)
    stems = np.sort(coverage.sum(axis=0))[-8:]
    face = next(f for f in fonts.installed() if f.family == LATIN and "latin-full" in f.file.name)
    font: Any = TTFont(face.file)
    return float(np.median(stems) * font["head"].unitsPerEm / font["OS/2"].sCapHeight)


@pytest.fixture(scope="module")
def voices(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three ordinary captions, a whisper, a shout, and one of unknown loudness."""
    cues = [turn(i, ["HHH", "HHH", "HHH"], volume_db=NORMAL_DB) for i in range(3)]
    cues.append(turn(3, ["HHH"], volume_db=WHISPER_DB))
    cues.append(turn(4, ["HHH"], volume_db=SHOUT_DB))
    cues.append(turn(5, ["HHH"]))
    return burnt(cues, tmp_path_factory.mktemp("sizes"))


@pytest.fixture(scope="module")
def languages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A long sentence in each language, four seconds each."""
    cues = []
    for number, text in enumerate(LONG.values()):
        words = text.split()
        starts = [number * 4 + 0.3 + i * 3.2 / len(words) for i in range(len(words))]
        heard = said(words, starts, lasting=3 / len(words), volume_db=NORMAL_DB)
        cues.append(caption(f"cue-{number}", number * 4 + 0.2, number * 4 + 3.7, heard))
    return burnt(cues, tmp_path_factory.mktemp("places"))


@pytest.fixture(scope="module")
def letters(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Luma]:
    """Every letter that is seen at all, cut out of the frame in which it stands alone."""
    cues = [
        caption(
            f"turn-{i}", i * 0.3, i * 0.3 + 0.29, said([letter], [i * 0.3], lasting=0.1), template="clean"
        )
        for i, letter in enumerate(DRAWN)
    ]
    pictures = [picture for _, picture in watched(burnt(cues, tmp_path_factory.mktemp("letters")))]
    found = {}
    for i, letter in enumerate(DRAWN):
        picture = pictures[3 * i + 2].astype(np.float32).mean(axis=2)
        if (picture > 90).any():
            left, top, right, bottom = extent(picture > 90)
            found[letter] = picture[top:bottom, left:right]
    return found


class TestSize:
    @pytest.mark.parametrize(
        ("voice", "number", "share"),
        [("normal", 1, 0.05), ("whisper", 3, 0.03), ("shout", 4, 0.12), ("unknown", 5, 0.05)],
    )
    def test_loudness_is_size(
        self, voice: str, number: int, share: float, voices: Path, record_property: Note
    ) -> None:
        picture = luma_at(voices, settled(number))
        left, top, right, bottom = extent(np.abs(picture - GREY) > WATERTIGHT)
        measured = em_of(picture[top:bottom, left:right]) / HEIGHT
        record_property(
            f"type size of a voice: {voice}", f"{measured:.2%} of the height (bar: {share:.0%} ± 0.3)"
        )
        assert measured == pytest.approx(share, abs=0.003)


class TestPlace:
    def test_captions_stay_in_the_work_area_on_two_lines(self, languages: Path) -> None:
        """In every frame. A deep letter of a word that swells may pass the box's edge by half a percent."""
        seen = dict.fromkeys(LONG, 0)
        for time, picture in watched(languages):
            there = np.abs(picture[..., 1].astype(np.int16) - GREY) > WATERTIGHT
            if not there.any():
                continue
            left, top, right, bottom = extent(there)
            assert top >= 0.8 * HEIGHT
            assert bottom <= (1 - 0.035 + 0.005) * HEIGHT
            assert left >= 0.05 * WIDTH - 1
            assert right <= 0.95 * WIDTH + 1
            assert bottom - top < THIRD_LINE * HEIGHT
            seen[list(LONG)[int(time / 4)]] += 1
        assert min(seen.values()) > 28, seen

    def test_the_lines_of_latin_text_can_be_counted(self, languages: Path) -> None:
        counted = set()
        for at in (0.5, 1.0, 2.5, 3.0, 3.5):
            picture = luma_at(languages, at)
            counted.add(len(groups(np.asarray((picture > 100).sum(axis=1) > 2), gap=0)))
        assert counted <= {1, 2}

    def test_a_shout_breaks_out_upwards(self, tmp_path: Path) -> None:
        calm = [turn(i, ["HHH", "HHH"], volume_db=NORMAL_DB) for i in range(3)]
        video = burnt([*calm, turn(3, ["HHH"], volume_db=SHOUT_DB)], tmp_path)
        picture = luma_at(video, settled(3))
        left, _, right, bottom = extent(np.abs(picture - GREY) > WATERTIGHT)
        ink = extent(picture > 100)
        box = extent(picture[:, left : left + 6] < GREY / 2)
        assert ink[1] < box[1] - 2, "letters rise over the box"
        assert bottom <= (1 - 0.035) * HEIGHT + 2
        assert left >= 0.05 * WIDTH - 1
        assert right <= 0.95 * WIDTH + 1


class TestLetters:
    """What no font has is drawn as a gap, or as the same box for every letter: no two pictures are alike."""

    def test_only_what_no_font_has_is_reported(self) -> None:
        assert fonts.missing_glyphs("".join(DRAWN)) == [NOBODYS]

    def test_every_letter_has_a_picture_of_its_own(self, letters: dict[str, Luma]) -> None:
        assert set(letters) == set(DRAWN) - {NOBODYS}
        for (one, its), (other, others) in combinations(letters.items(), 2):
            assert not alike(its, others), f"{one} looks like {other}"


def alike(one: Luma, other: Luma) -> bool:
    """Whether two crops show the same shape: the same size, and the same ink but for the encoder's noise."""
    if abs(one.shape[0] - other.shape[0]) > 1 or abs(one.shape[1] - other.shape[1]) > 1:
        return False
    rows, columns = min(one.shape[0], other.shape[0]), min(one.shape[1], other.shape[1])
    return bool(np.abs(one[:rows, :columns] - other[:rows, :columns]).mean() < 12)


def test_emoji_have_their_colours(tmp_path: Path) -> None:
    cues = [caption("a", 0.1, 0.9, said(["🎉😀👩‍🚀🇰🇷"], [0.2]), template="clean")]
    picture = list(watched(burnt(cues, tmp_path)))[5][1].astype(int)
    colourful = picture.max(axis=2) - picture.min(axis=2) > 80
    hues = {tuple(pixel) for pixel in (picture[colourful] // 64).tolist()}
    assert colourful.sum() > 300
    assert len(hues) > 5
