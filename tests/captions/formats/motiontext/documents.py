"""MotionText documents for the tests: small makers, and one whole example of each version."""

from __future__ import annotations

from typing import Any

from ecg.captions.formats.motiontext import read_motiontext
from ecg.captions.formats.reading import ReadResult
from ecg.captions.scenario import Cue

Json = dict[str, Any]


def text(content: str = "Hello", /, **members: Any) -> Json:
    return {"eType": "text", "text": content, **members}


def group(*children: Json, **members: Any) -> Json:
    return {"eType": "group", "children": list(children), **members}


def row(*children: Json, **members: Any) -> Json:
    """A group whose children stand side by side."""
    layout = {"childrenLayout": {"direction": "horizontal"}, **members.pop("layout", {})}
    return group(*children, layout=layout, **members)


def document(*roots: Json, version: str = "2.0", track: Json | None = None, **members: Any) -> Json:
    """A document with one cue for each root, all on one track."""
    tracks = [{"id": "main", "type": "subtitle", **(track or {})}]
    cues = [{"id": f"cue-{i + 1}", "track": "main", "root": root} for i, root in enumerate(roots)]
    return {"version": version, "tracks": tracks, "cues": cues, **members}


def read(*roots: Json, **members: Any) -> ReadResult:
    return read_motiontext(document(*roots, **members))


def only_cue(*roots: Json, **members: Any) -> Cue:
    """The cue of a document that gives one cue and no warning."""
    result = read(*roots, **members)
    assert result.warnings == ()
    (cue,) = result.scenario.cues
    return cue


MODERN: Json = {
    "version": "2.0",
    "timebase": {"unit": "seconds"},
    "behavior": {"preloadMs": 300, "snapToFrame": False},
    "stage": {"baseAspect": "16:9", "safeArea": {"top": 0.05, "bottom": 0.1, "left": 0.05, "right": 0.05}},
    "define": {
        "speakerPalette": {"Anna": "#ffcc00", "Bo": "#33aaff"},
        "fonts": {"title": {"type": "font", "src": "https://host.example/t.woff2", "family": "Bungee"}},
        "grow": {"name": "cwi-loud@2.0.0", "params": {"pulse": {"scale": 2.4}}},
        "white": "#ffffff",
        "text": "define.white",
    },
    "tracks": [
        {
            "id": "talk",
            "type": "subtitle",
            "layer": 1,
            "defaultStyle": {"fontSizeRel": 0.06, "color": "define.text"},
        },
        {
            "id": "extra",
            "type": "free",
            "layer": 5,
            "defaultConstraints": {"mode": "absolute", "anchor": "cc"},
        },
    ],
    "cues": [
        {
            "id": "line",
            "track": "talk",
            "domLifetime": [0.5, 4.5],
            "root": {
                "id": "root",
                "eType": "group",
                "displayTime": [1.0, 4.0],
                "boxStyle": {"backgroundColor": "rgba(0, 0, 0, 0.8)", "padding": {"x": 0.02, "y": 0.01}},
                "layout": {
                    "position": {"x": 0.5, "y": 0.9},
                    "anchor": "bc",
                    "childrenLayout": {"mode": "flow", "direction": "horizontal", "gap": 0.01},
                },
                "children": [
                    {
                        "id": "w1",
                        "eType": "text",
                        "text": "Never",
                        "baseTime": [1.2, 1.8],
                        "pluginChain": [
                            {
                                "name": "cwi-color",
                                "params": {"speaker": "Anna"},
                                "timeOffset": ["0%", "100%"],
                            },
                            "define.grow",
                        ],
                    },
                    {
                        "id": "w2",
                        "eType": "text",
                        "text": "again!",
                        "baseTime": [1.9, 2.5],
                        "style": {"fontWeight": 800},
                    },
                ],
            },
        },
        {
            "id": "title",
            "track": "extra",
            "root": {
                "id": "card",
                "eType": "group",
                "displayTime": [5, 8],
                "layout": {"position": {"x": 0.5, "y": 0.5}, "size": {"width": 0.5, "height": 0.4}},
                "children": [
                    {
                        "id": "head",
                        "eType": "text",
                        "text": "Chapter two",
                        "style": {"fontFamily": "define.fonts.title"},
                        "layout": {"position": {"x": 0.5, "y": 0.0}, "anchor": "tc"},
                    },
                    {"id": "logo", "eType": "image", "src": "https://host.example/logo.png"},
                ],
            },
        },
    ],
}

OLD: Json = {
    "version": "1.3",
    "timebase": {"unit": "seconds", "fps": 30},
    "stage": {"baseAspect": "16:9"},
    "definitions": {"speakerPalette": {"Anna": "#ffcc00"}},
    "tracks": [{"id": "sub", "type": "subtitle", "layer": 0, "defaultStyle": {"fontSizeRel": 0.05}}],
    "cues": [
        {
            "id": "c1",
            "track": "sub",
            "hintTime": {"start": 0, "end": 5},
            "root": {
                "e_type": "group",
                "layout": {"position": [0.5, 0.92], "anchor": "bc"},
                "children": [
                    {
                        "e_type": "text",
                        "text": "Good morning, all of you",
                        "absStart": 1.0,
                        "absEnd": 3.0,
                        "pluginChain": [{"name": "fadeIn", "relStart": 0, "relEndPct": -0.75}],
                    },
                    {"type": "text", "content": "and good night", "absStart": 3.5, "absEnd": 4.5},
                ],
            },
        }
    ],
}
