"""The same input gives the same pictures: run after run, with one browser or four, as still or in film."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

import ecg.render
from ecg.captions.scenario import Scenario
from ecg.render import RenderOptions
from ecg.render.captions import PaintedCaptions
from ecg.render.job import plan
from ecg.render.one_frame import draw_frame
from tests.media.clips import X264, ffmpeg
from tests.proofs.watching import Note
from tests.render.painting import adding_up, shown, voiced

SIZE = (640, 360)
MOMENTS = (0.75, 1.32, 2.4, 2.95, 3.6)
"""Seconds: words waiting, popping, two captions at once, a shout, the last caption."""


def document() -> Scenario:
    return Scenario(
        cues=[
            shown("intention", voiced("hey OVER here you", 0.5), speaker="ann"),
            shown("above", voiced("조용히 해 줘", 1.9), speaker="bob", template="bold-social"),
            shown("below", voiced("もう 行こうか", 2.2), speaker="ann", template="clean"),
            shown("karaoke", voiced("one two three", 3.4), speaker="bob", template="karaoke"),
        ]
    )


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("films") / "in.mp4"
    picture = f"testsrc2=size={SIZE[0]}x{SIZE[1]}:rate=30000/1001:duration=5"
    ffmpeg("-f", "lavfi", "-i", picture, *X264, str(path))
    return path


Film = Callable[..., Path]


@pytest.fixture(scope="module")
def film(video: Path, tmp_path_factory: pytest.TempPathFactory) -> Film:
    folder = tmp_path_factory.mktemp("films")

    def render(name: str, *, browsers: int = 1, **options: int | bool) -> Path:
        output = folder / f"{name}.mp4"
        chosen = RenderOptions(**options)  # type: ignore[arg-type]
        ecg.render.render(video, document(), output, chosen, browsers=browsers)
        return output

    return render


def picture_hashes(path: Path) -> list[str]:
    """MD5 of every decoded picture, by FFmpeg."""
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-map", "0:v", "-f", "framemd5", "-"]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    return [line.rsplit(",", 1)[1].strip() for line in lines if not line.startswith("#")]


def test_two_runs_and_four_browsers_give_the_same_pictures(film: Film, record_property: Note) -> None:
    first = picture_hashes(film("first"))
    assert len(first) == 150
    assert len(set(first)) == 150
    for other, hashes in (
        ("a second run", picture_hashes(film("again"))),
        ("four browsers", picture_hashes(film("four", browsers=4))),
    ):
        equal = sum(one == two for one, two in zip(first, hashes, strict=True))
        record_property(f"pictures equal to the first run's: {other}", f"{equal} of {len(first)}")
        assert equal == len(first)


def test_a_still_paints_the_same_caption_pixels(video: Path, record_property: Note) -> None:
    """Before encoding: the overlay of a frame alone is that of the frame in the film, bit for bit."""
    canvas = plan(video, Path("x.mp4"), RenderOptions()).canvas
    wanted = {int(np.searchsorted(canvas.times_us, at * 1e6)): at for at in MOMENTS}
    filmed: dict[int, NDArray[np.uint8]] = {}
    with PaintedCaptions(document()).changes(canvas) as changes:
        for number, picture in enumerate(adding_up(changes, len(canvas.times_us), SIZE)):
            if number in wanted:
                filmed[number] = picture.copy()
    for number, at in wanted.items():
        captions = PaintedCaptions(document())
        captions.scene(canvas)
        alone = type(canvas)(canvas.width, canvas.height, [canvas.times_us[number]])
        with captions.changes(alone) as changes:
            still = next(adding_up(changes, 1, SIZE))
            assert still.any()
            assert np.array_equal(still, filmed[number]), at
    record_property("stills whose caption pixels are the film's", f"{len(wanted)} of {len(wanted)}")


def test_a_still_is_the_frame_of_the_film(video: Path, film: Film) -> None:
    """Lossless encoding shows the very samples that went into the encoder."""
    lossless = film("lossless", crf=0, copy_untouched=False)
    for at in MOMENTS:
        frame, warnings = draw_frame(video, document(), at=at)
        assert warnings == ()
        assert np.array_equal(frame.to_ndarray(), samples_at(lossless, at)), at


def samples_at(path: Path, seconds: float) -> NDArray[np.uint8]:
    shown_last = None
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            if (frame.time or 0.0) > seconds:
                break
            shown_last = frame
    assert shown_last is not None
    return np.asarray(shown_last.to_ndarray(), np.uint8)


def test_after_encoding_still_and_film_look_the_same(
    video: Path, film: Film, tmp_path: Path, record_property: Note
) -> None:
    """SSIM by FFmpeg, over the whole picture and over the captions' fifth of it."""
    encoded, measured = film("ordinary"), []
    for at in MOMENTS:
        still = tmp_path / "still.png"
        ecg.render.still(video, document(), at=at, output=still)
        number = int(at * 30000 / 1001)
        measured += [ssim(encoded, number, still, part) for part in ("iw:ih:0:0", "iw:ih*2/5:0:ih*3/5")]
    record_property("SSIM of stills and encoded frames, worst", f"{min(measured):.4f} (bar: 0.98)")
    assert min(measured) >= 0.98, measured


def ssim(film: Path, number: int, still: Path, part: str) -> float:
    graph = (
        f"[0:v]select=eq(n\\,{number}),format=rgb24,format=gray,crop={part}[a];"
        f"[1:v]format=gray,crop={part}[b];[a][b]ssim"
    )
    command = [
        "ffmpeg",
        "-i",
        str(film),
        "-i",
        str(still),
        "-lavfi",
        graph,
        "-frames:v",
        "1",
        "-f",
        "null",
        "-",
    ]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stderr
    found = re.search(r"All:([\d.]+)", told)
    assert found is not None, told
    return float(found[1])
