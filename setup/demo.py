"""`make demo`: puts a conversation of recorded voices together and captions it with the installed `ecg`.

The voices are real people in recordings that Debian packages: a reader of Jane Austen (from LibriVox) and
Allison Smith (Asterisk's prompts). They never met, which the conversation does not hide. Three lines are
turned up or down, so that the sizes of loud and soft speech can be seen.
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
    Turn(_austen("0890"), "Unless to be rather cold hearted and rather selfish is to be ill disposed."),
    Turn(ALLISON / "tt-somethingwrong.wav", "Something is terribly wrong.", gain_db=6),
    Turn(_austen("0930"), "He might even have been made amiable himself."),
    Turn(ALLISON / "cannot-complete-as-dialed.wav", "Your call cannot be completed as dialed.", gain_db=-10),
    Turn(
        _austen("0920"),
        "Had he married a more amiable woman he might have been made still more respectable than he was.",
    ),
    Turn(ALLISON / "pls-hold-while-try.wav", "Please hold while we try to connect you."),
    Turn(ALLISON / "tt-monkeysintro.wav", "They have been carried away by monkeys.", gain_db=8),
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
        "gradients=s=640x360:r=30:c0=0x10263d:c1=0x1d4a55:c2=0x3a2b4f:nb_colors=3:speed=0.004:seed=11,format=gbrp[ground]",
        "[shown]showcqt=s=640x200:r=30:count=4:axis=0:sono_h=0:bar_g=6:basefreq=80:endfreq=6000,"
        "format=gbrp,pad=640:360:0:40[bars]",
        "[ground][bars]blend=all_mode=addition:all_opacity=0.5:shortest=1,scale=1280:720,format=yuv420p[picture]",
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
  ecg caption {SAMPLE} -o {CAPTIONED} --transcript {TRANSCRIPT}
                                           the true words, aligned to the sound
  ecg caption {SAMPLE} -o out/karaoke.mp4 --template karaoke
                                           another look; ecg templates lists all
  ecg caption your-video.mp4               your own
  pip install faster-whisper               far better recognition, many languages""")
    return 0


if __name__ == "__main__":
    sys.exit(main())
