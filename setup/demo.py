"""`make demo`: puts a conversation of recorded voices together and captions it with the installed `ecg`.

The voices are real people in recordings that Debian packages: a reader of Jane Austen (from LibriVox) and
Allison Smith (Asterisk's prompts). They never met, which the conversation does not hide. One line is turned down
and one up, so that the sizes of soft and loud speech can be seen.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

READER = Path("/usr/share/pocketsphinx/test/data/librivox")
ALLISON = Path("/usr/share/asterisk/sounds/en_US_f_Allison")
SAMPLE = Path("out/demo.mp4")
TRANSCRIPT = Path("out/demo.txt")
CAPTIONED = Path("out/demo.captioned.mp4")
PAUSE_SECONDS = 0.55


@dataclass(frozen=True, slots=True)
class Turn:
    file: Path
    text: str
    gain_db: float = 0.0


def _austen(number: str) -> Path:
    return READER / f"sense_and_sensibility_01_austen_64kb-{number}.wav"


CONVERSATION = (
    Turn(_austen("0880"), "He was not an ill disposed young man."),
    Turn(ALLISON / "tt-somethingwrong.wav", "Something is terribly wrong.", gain_db=-14),
    Turn(_austen("0890"), "Unless to be rather cold hearted and rather selfish is to be ill disposed."),
    Turn(ALLISON / "tt-weasels.wav", "Weasels have eaten our phone system!", gain_db=8),
    Turn(_austen("0930"), "He might even have been made amiable himself."),
    Turn(ALLISON / "tt-monkeysintro.wav", "They have been carried away by monkeys."),
    Turn(
        _austen("0920"),
        "Had he married a more amiable woman he might have been made still more respectable than he was.",
    ),
)


def make_sample() -> None:
    """Write the conversation as a 720p video, and beside it what is said in it."""
    missing = [turn.file for turn in CONVERSATION if not turn.file.is_file()]
    if missing:
        sys.exit(
            f"error: the demo's recordings are not installed ({missing[0]})\n"
            "to mend it:  apt-get install pocketsphinx-testdata asterisk-core-sounds-en-wav"
        )
    SAMPLE.parent.mkdir(exist_ok=True)
    TRANSCRIPT.write_text("\n".join(turn.text for turn in CONVERSATION) + "\n", encoding="utf-8")
    inputs = [part for turn in CONVERSATION for part in ("-i", str(turn.file))]
    turns = [
        f"[{i}:a]aresample=48000,loudnorm=I=-23:TP=-3,volume={turn.gain_db}dB,alimiter=limit=0.9,"
        f"aformat=sample_rates=48000:channel_layouts=mono,apad=pad_dur={PAUSE_SECONDS}[t{i}]"
        for i, turn in enumerate(CONVERSATION)
    ]
    graph = [
        *turns,
        "".join(f"[t{i}]" for i in range(len(turns))) + f"concat=n={len(turns)}:v=0:a=1,asplit[sound][shown]",
        "gradients=s=1280x720:r=30:c0=0x16324f:c1=0x2a6f6b:c2=0x5b3a5e:nb_colors=3:speed=0.006[ground]",
        "[shown]showwaves=s=1280x260:r=30:mode=cline:colors=white@0.55:scale=sqrt[waves]",
        "[ground][waves]overlay=0:190:shortest=1,format=yuv420p[picture]",
    ]
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y", *inputs, "-filter_complex", ";".join(graph)]
    command += [
        "-map",
        "[picture]",
        "-map",
        "[sound]",
        "-c:v",
        "libx264",
        "-preset",
        "veryfast",
        "-crf",
        "20",
    ]
    command += ["-c:a", "aac", "-b:a", "128k", "-shortest", str(SAMPLE)]
    subprocess.run(command, check=True)


def main() -> int:
    print(f"Two people talk: {SAMPLE}", flush=True)
    if not SAMPLE.is_file():
        make_sample()
    ecg = Path(sys.executable).with_name("ecg")
    done = subprocess.run([ecg, "caption", SAMPLE, "-o", CAPTIONED, "--language", "en"], check=False)
    if done.returncode != 0:
        return done.returncode
    print(f"""
Watch {CAPTIONED}: a colour a speaker, each word lit when it sounds, loud words large, low ones heavy.
The embedded recogniser is small and mishears. What to try next:

  . .venv/bin/activate
  ecg caption {SAMPLE} -o {CAPTIONED} --transcript {TRANSCRIPT}   # the true words, aligned to the sound
  ecg caption {SAMPLE} -o out/karaoke.mp4 --template karaoke        # another look; ecg templates lists all
  ecg caption your-video.mp4                                      # your own
  pip install faster-whisper                                      # far better recognition, 99 languages""")
    return 0


if __name__ == "__main__":
    sys.exit(main())
