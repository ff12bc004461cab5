"""`make pictures`: makes the README's pictures from real output of the demo's sample.

`docs/images/demo.gif` is a piece of the captioned video; `docs/images/templates.png` shows the same moment in
every template, each drawn by `ecg.still`.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from demo import SAMPLE, TRANSCRIPT, make_sample
from PIL import Image, ImageDraw, ImageFont

import ecg
from ecg.speech.result import AnalysisResult

IMAGES = Path("docs/images")
CLIP_START, CLIP_SECONDS = 3.3, 5.2
CLIP_RATE = 10
CLIP_WIDTH = 560
WORD = "selfish"
"""The templates are shown at the middle of this word."""
COLUMNS = 3
CELL = (426, 140)
LABEL_HEIGHT = 26


def make_clip(captioned: Path) -> None:
    """A looping GIF small enough for a README."""
    graph = (
        f"fps={CLIP_RATE},crop=iw:ih*0.62:0:ih*0.38,scale={CLIP_WIDTH}:-1:flags=lanczos,split[a][b];"
        "[a]palettegen=max_colors=96[p];[b][p]paletteuse=dither=bayer:bayer_scale=4:diff_mode=rectangle"
    )
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y", "-ss", str(CLIP_START), "-t", str(CLIP_SECONDS)]
    subprocess.run([*command, "-i", captioned, "-lavfi", graph, IMAGES / "demo.gif"], check=True)


def make_template_sheet(analysis: AnalysisResult, folder: Path) -> None:
    """The same moment in every template, its name below."""
    templates = ecg.list_templates()
    moment = next(
        (word.start + word.end) / 2
        for segment in analysis.segments
        for word in segment.words
        if word.word == WORD and word.start is not None and word.end is not None
    )
    rows = -(-len(templates) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * CELL[0], rows * (CELL[1] + LABEL_HEIGHT)), "#10151c")
    draw = ImageDraw.Draw(sheet)
    for number, template in enumerate(templates):
        frame = folder / f"{template.name}.png"
        ecg.still(SAMPLE, ecg.scenario(analysis, template=template.name).scenario, at=moment, output=frame)
        left, top = number % COLUMNS * CELL[0], number // COLUMNS * (CELL[1] + LABEL_HEIGHT)
        with Image.open(frame) as picture:
            width, height = picture.size
            part = picture.convert("RGB").crop((width // 5, height * 65 // 100, width * 4 // 5, height))
            sheet.paste(part.resize(CELL, Image.Resampling.LANCZOS), (left, top))
        draw.text((left + 8, top + CELL[1] + 4), template.name, "#d8dee6", ImageFont.load_default(15))
    sheet.save(IMAGES / "templates.png", optimize=True)


def main() -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    if not SAMPLE.is_file():
        make_sample()
    with tempfile.TemporaryDirectory() as folder:
        captioned = Path(folder) / "captioned.mp4"
        made = ecg.caption(SAMPLE, captioned, language="en", engine="pocketsphinx", transcript=TRANSCRIPT)
        make_clip(captioned)
        make_template_sheet(made.analysis, Path(folder))
    for path in sorted(IMAGES.iterdir()):
        print(f"{path}: {path.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
