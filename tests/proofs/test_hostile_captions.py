"""Captions that attack: nothing in them runs, nothing is fetched, and what they say is drawn as they say it.

A canary server stands on loopback, where a fetch would find it; it must not be hit once.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import ecg
from ecg.captions import formats
from ecg.captions.scenario import Scenario
from ecg.errors import InputError
from ecg.render.browser import Browser
from ecg.render.painter import Painter
from ecg.render.stage_assets import stage_assets
from ecg.render.stage_server import StageServer
from tests.proofs.watching import GREY, WATERTIGHT, Note, luma_at, plain_video
from tests.render.canary import Canary, canary
from tests.render.painting import css_of, frame_times, painted, scene_of, shown, voiced

SIZE = (320, 180)


@pytest.fixture
def bird() -> Iterator[Canary]:
    with canary() as running:
        yield running


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("videos") / "in.mp4"
    return plain_video(path, rate="25", seconds=1.5, size=SIZE)


def attack(bird: Canary) -> str:
    return (
        f"</style></span><script>globalThis.ran=1;fetch('{bird.url('script')}')</script>"
        f"<img src={bird.url('image')} onerror='globalThis.ran=2'>"
        f"<style>@import url({bird.url('import')});</style>"
    )


def flat(bird: Canary) -> bytes:
    """A flat scenario that attacks in every field that a program may fill."""
    evil, fetch = attack(bird), f"url({bird.url('style')})"
    style = {
        "color": f"red; background: {fetch}",
        "background": fetch,
        "background-image": fetch,
        "fontFamily": f"x'; src: {fetch}; '",
        "font": f"1px {fetch}",
        "--speaker": fetch,
        "content": fetch,
        "cursor": fetch,
        "filter": fetch,
    }
    cue = {
        "start": 0.1,
        "end": 1.2,
        "text": evil,
        "speaker": evil,
        "emotion": evil,
        "id": evil,
        "style": style,
    }
    words = [{"word": evil, "start": 0.2, "end": 0.5}, {"word": fetch, "start": 0.5, "end": 0.9}]
    return json.dumps({"cues": [cue, {**cue, "id": "b", "words": words}]}).encode()


def subtitle_files(bird: Canary) -> dict[str, bytes]:
    evil, fetch = attack(bird), f"url({bird.url('style')})"
    return {
        "a.json": flat(bird),
        "a.srt": f'1\n00:00:00,100 --> 00:00:01,200\n<font color="{fetch}">{evil}</font>\n'.encode(),
        "a.vtt": (
            f"WEBVTT\n\nSTYLE\n::cue {{ background: {fetch} }}\n\n00:00.100 --> 00:01.200\n<v {evil}>{evil}\n"
        ).encode(),
        "a.ass": (
            "[Script Info]\nScriptType: v4.00+\n\n[V4+ Styles]\nFormat: Name, Fontname, Fontsize\n"
            f"Style: Default,{fetch},20\n\n[Events]\nFormat: Layer, Start, End, Style, Name, Text\n"
            f"Dialogue: 0,0:00:00.10,0:00:01.20,Default,{fetch},{{\\fn{fetch}}}{evil}\n"
        ).encode(),
    }


@pytest.mark.parametrize("name", ["a.json", "a.srt", "a.vtt", "a.ass"])
def test_a_film_is_made_and_nothing_was_fetched(
    name: str, bird: Canary, video: Path, tmp_path: Path, record_property: Note
) -> None:
    source = tmp_path / name
    source.write_bytes(subtitle_files(bird)[name])
    output = tmp_path / "out.mp4"
    ecg.render_video(video, source, output)
    assert (abs(luma_at(output, 0.6) - GREY) > WATERTIGHT).any(), "the captions are there"
    record_property(f"requests of hostile captions in {name}", f"{len(bird.hits)} (bar: 0)")
    assert bird.hits == []


def test_nothing_runs_and_the_text_stands_as_text(bird: Canary) -> None:
    scenario = formats.read(subtitle_files(bird)["a.srt"], name="a.srt").scenario
    evil = shown("evil", voiced(attack(bird).replace(" ", "\u00a0"), 0.5))
    scene = scene_of(Scenario(cues=[*scenario.cues, evil]))
    with StageServer(stage_assets(scene, css_of(scene))) as server, Browser(proxy=server.proxy) as browser:
        page = browser.open(server.url("/stage.html"))
        shows = """(async () => {
            const { Stage } = await import('/stage.js');
            const scene = await (await fetch('/scene.json')).json();
            const stage = new Stage(document.body, scene.width, scene.height);
            await stage.load(scene);
            stage.seek(700000);
            const tags = [...document.querySelectorAll('.ecg-frame *')].map(node => node.tagName);
            await new Promise(resolve => setTimeout(resolve, 200));
            const { body, title } = document;
            return [body.textContent, [...new Set(tags)], globalThis.ran ?? null, title];
        })()"""
        text, tags, ran, title = page.evaluate(shows)
    assert "<script>" in text
    assert "</style>" in text
    assert set(tags) <= {"DIV", "SPAN"}
    assert ran is None
    assert title == "ECG stage"
    assert bird.hits == []


def template(folder: Path, css: str) -> Path:
    home = folder / "evil"
    home.mkdir()
    names = {"en": "Evil", "ko": "악"}
    (home / "template.json").write_text(json.dumps({"name": "evil", "title": names, "description": names}))
    (home / "style.css").write_text(css)
    return folder


@pytest.mark.parametrize(
    "css",
    [
        "@import url(CANARY);",
        "@import 'CANARY';",
        ".t-evil .word { background: url(CANARY) }",
        ".t-evil .word { background: \\75 rl(CANARY) }",
        ".t-evil .word { background: u/**/rl(CANARY) } .t-evil { background: URL(CANARY) }",
        ".t-evil .word { background: image-set('CANARY' 1x) }",
        "@font-face { font-family: x; src: url(CANARY) }",
        ".t-evil {} </style><script>fetch('CANARY')</script>",
        "body { background: url(CANARY) }",
    ],
)
def test_a_template_that_fetches_is_refused(css: str, bird: Canary, video: Path, tmp_path: Path) -> None:
    folder = template(tmp_path, css.replace("CANARY", bird.url()))
    document = Scenario(cues=[shown("a", voiced("hello", 0.5), template="evil")])
    with pytest.raises(InputError, match="refused") as error:
        ecg.render.render(video, document, tmp_path / "out.mp4", template_folders=[folder])
    assert "style.css" in (error.value.where or "")
    assert not (tmp_path / "out.mp4").exists()
    assert bird.hits == []


def test_a_style_sheet_that_got_past_every_check_still_fetches_nothing(bird: Canary) -> None:
    """The second and third walls: the page's policy, and a proxy that refuses."""
    scene = scene_of(Scenario(cues=[shown("a", voiced("hello there", 0.5), template="clean")]))
    times = frame_times(scene)
    css = f"@import url({bird.url('a')}); .cue {{ background: url({bird.url('b')}) }}"
    with Painter(scene, times, template_css=css) as painter:
        changes = list(painter.changes())
    assert changes
    assert len(painted(scene, times)) == len(times)
    assert bird.hits == []
