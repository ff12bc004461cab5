"""Small real-looking files of every readable format: what the tests read, and what they damage."""

from __future__ import annotations

import json

SRT = """1
00:00:01,000 --> 00:00:03,500
<i>Hello there,</i> <font color="#ff8800">General</font>
Kenobi &amp; friends.

2
00:00:04.000 --> 00:00:05.000
{\\an8}[door slams]

3
00:00:06,000 --> 00:00:08,250
今日は天気がいいですね
散歩に行きましょう
""".encode()

WEBVTT = """WEBVTT - a talk
Kind: captions
Language: en

STYLE
::cue(v[voice="Anna"]) { color: #ffcc00; }
::cue(.loud) { font-weight: bold; color: red }

REGION
id:left
width:40%
lines:3
regionanchor:0%,100%
viewportanchor:10%,90%

NOTE checked by hand

intro
00:01.000 --> 00:04.000 line:0 position:10%,line-left align:start size:35%
<v Anna>You <00:01.500>said <00:02.250><c.loud>never</c><00:02.900>

00:00:04.500 --> 00:00:06.000 region:left
<v.first Bo Peep>Fish &amp; chips&nbsp;&lt;3
<v Anna>Both of us

00:00:07.000 --> 00:00:08.000
♪ la <lang fr>là</lang> ♪
""".encode()

ASS = b"""[Script Info]
; made by hand
Title: Talk
ScriptType: v4.00+
PlayResX: 1280
PlayResY: 720

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, \
Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, \
MarginL, MarginR, MarginV, Encoding
Style: Default,Arial,42.12,&H00FFFFFF,&H000000FF,&H00000000,&H80000000,0,0,0,0,100,100,0,0,1,2,1,2,10,10,10,1
Style: Anna,Noto Sans,42.12,&H0000CCFF,&H19FFFFFF,&H19000000,&H00000000,-1,0,0,0,100,\
100,0,0,3,4,0,2,10,10,10,1

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Comment: 0,0:00:00.00,0:00:01.00,Default,,0,0,0,,not shown
Dialogue: 0,0:00:01.00,0:00:03.00,Anna,Anna,0,0,0,,{\\k20}Syl{\\k30}la{\\kf50}ble {\\k40}and, {\\ko60}more
Dialogue: 1,0:00:04.00,0:00:05.50,Default,,0,0,0,,{\\an8\\pos(640,36)\\i1}\
up {\\c&H0000FF&\\b1}here{\\r}\\Nand\\hdown
Dialogue: 0,0:00:06.00,0:00:07.00,Default,Bo,0,0,0,,{\\p1}m 0 0 l 10 10{\\p0}\
{\\fad(100,100)\\fs84}big {\\1a&H80&}ghost
"""

SSA = b"""[Script Info]
ScriptType: v4.00
PlayResY: 480

[V4 Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, TertiaryColour, BackColour, Bold, Italic, \
BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, AlphaLevel, Encoding
Style: Default,Tahoma,24,16777215,65535,65535,-2147483640,-1,0,1,1,3,6,30,30,30,0,0

[Events]
Format: Marked, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Dialogue: Marked=0,0:00:01.50,0:00:03.00,*Default,Carl,0000,0000,0000,!Effect,At the top
"""


def _json(document: object) -> bytes:
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


FLAT = _json(
    {
        "jobId": "test-phase2-001",
        "videoUrl": "https://host.example/BigBuckBunny.mp4",
        "scenario": {
            "version": "1.3",
            "template": "karaoke",
            "cues": [
                {
                    "id": "a",
                    "text": "Hello, big world!",
                    "start": 1.0,
                    "end": 3.0,
                    "speaker": "Anna",
                    "emotion": "happy",
                    "style": {"fontSize": "36px", "color": "white", "fontFamily": "Inter, sans-serif"},
                    "words": [
                        {"word": "Hello", "start": 1.0, "end": 1.4, "score": 0.9, "volume_db": -20.5},
                        {"word": "big", "start": 1.5, "end": 1.8, "confidence": 0.8, "pitch_hz": 0},
                    ],
                },
                {"text": "안녕하세요 여러분", "start": 3, "end": 5.5},
            ],
        },
        "options": {"width": 1280, "height": 720, "fps": 30, "quality": 90, "format": "mp4"},
    }
)

ANALYSIS = _json(
    {
        "text": "You are late. Sorry!",
        "language": "en",
        "duration": 12.5,
        "segments": [
            {
                "start_time": 4.91,
                "end_time": 8.75,
                "text": "You are late.",
                "speaker": {"speaker_id": "SPEAKER_01", "confidence": 0.9},
                "emotion": {"emotion": "angry", "confidence": 0.7},
                "words": [
                    {
                        "word": "You",
                        "start": 4.91,
                        "end": 4.99,
                        "score": 0.93,
                        "volume_db": -19.9,
                        "pitch_hz": 210.4,
                    },
                    {
                        "word": "are",
                        "start": None,
                        "end": None,
                        "score": None,
                        "volume_db": None,
                        "pitch_hz": None,
                    },
                    {"word": "late.", "start": 6.0, "end": 6.5, "score": 0.5, "alpha_ratio_db": -8.5},
                ],
            },
            {"start_time": 9.0, "end_time": 10.0, "text": "Sorry!", "speaker": {"speaker_id": "SPEAKER_02"}},
        ],
        "speakers": {"SPEAKER_01": {"total_duration": 3.84}, "SPEAKER_02": {"total_duration": 1.0}},
        "metadata": {"model_version": "whisperx-base", "unique_speakers": 2, "total_segments": 2},
    }
)

OLD_ANALYSIS = _json(
    {
        "segments": [
            {
                "start": 0.5,
                "end": 2.0,
                "text": "Well, then",
                "speaker": "SPEAKER_00",
                "emotion": "calm",
                "words": [
                    {"word": "Well", "start": 0.5, "end": 1.0, "confidence": 0.75},
                    {"word": "then", "start": 1.2, "end": 2.0, "confidence": 0.25},
                ],
            }
        ],
        "metadata": {"filename": "a.mp4"},
    }
)

WHISPER = _json(
    {
        "text": " Hello, it's me. 今日は",
        "segments": [
            {
                "id": 0,
                "seek": 0,
                "start": 0.0,
                "end": 2.5,
                "text": " Hello, it's me.",
                "tokens": [50364, 2425],
                "avg_logprob": -0.25,
                "no_speech_prob": 0.01,
                "words": [
                    {"word": " Hello,", "start": 0.0, "end": 0.5, "probability": 0.99},
                    {"word": " it", "start": 0.6, "end": 0.7, "probability": 0.9},
                    {"word": "'s", "start": 0.7, "end": 0.8, "probability": 0.9},
                    {"word": " me.", "start": 0.9, "end": 1.4, "probability": 0.9},
                ],
            },
            {"id": 1, "seek": 0, "start": 2.5, "end": 4.0, "text": "今日は天気がいいですね", "tokens": []},
        ],
        "language": "en",
    }
)

WHISPERX = _json(
    {
        "segments": [
            {
                "start": 1.0,
                "end": 3.0,
                "text": " In 2024 we won",
                "words": [
                    {"word": "In", "start": 1.0, "end": 1.2, "score": 0.8, "speaker": "SPEAKER_00"},
                    {"word": "2024"},
                    {"word": "we", "start": 2.0, "end": 2.2, "score": 0.8, "speaker": "SPEAKER_01"},
                    {"word": "won", "start": 2.3, "end": 2.9, "score": 0.7, "speaker": "SPEAKER_01"},
                ],
                "speaker": "SPEAKER_01",
            }
        ],
        "word_segments": [{"word": "In", "start": 1.0, "end": 1.2, "score": 0.8}],
        "language": "en",
    }
)

SCENARIO = _json(
    {
        "version": "ecg-1.0",
        "language": "en",
        "speakers": {"anna": {"id": "anna", "name": "Anna", "colour": "#ffcc00", "role": "main"}},
        "cues": [
            {
                "id": "one",
                "start": 0.5,
                "end": 2,
                "speaker": "anna",
                "lines": [
                    {"words": [{"text": "Hi", "start": 0.6, "end": 0.9, "volume_db": -20}, {"text": "you"}]}
                ],
                "style": {"outline": {"width": 0.004}},
                "placement": {"x": 0.5, "y": 0.1, "anchor": "tc"},
                "effects": [{"name": "fadein", "start": 0, "end": 1, "params": {"strength": 0.5}}],
            }
        ],
    }
)

SAMPLES: tuple[tuple[str, bytes], ...] = (
    ("talk.srt", SRT),
    ("talk.vtt", WEBVTT),
    ("talk.ass", ASS),
    ("talk.ssa", SSA),
    ("flat.json", FLAT),
    ("analysis.json", ANALYSIS),
    ("old.json", OLD_ANALYSIS),
    ("whisper.json", WHISPER),
    ("whisperx.json", WHISPERX),
    ("scenario.json", SCENARIO),
)
"""File name and content."""
