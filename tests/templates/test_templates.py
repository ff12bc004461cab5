from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from ecg import templates
from ecg.errors import InputError

OURS = [t.name for t in templates.available()]
MANIFEST = {"title": {"en": "M", "ko": "엠"}, "description": {"en": "m", "ko": "엠"}}


def make(root: Path, css: str = "", name: str = "mine", **fields: object) -> Path:
    folder = root / name
    folder.mkdir(parents=True)
    (folder / "template.json").write_text(json.dumps({"name": name, **MANIFEST, **fields}))
    (folder / "style.css").write_text(css)
    return root


def test_the_house_has_its_templates_with_intention_first() -> None:
    assert OURS[0] == "intention"
    assert set(OURS) >= {
        "clean",
        "karaoke",
        "one-word",
        "pop-in",
        "typewriter",
        "bold-social",
        "highlight",
        "minimal-box",
    }


@pytest.mark.parametrize("name", OURS)
def test_our_own_style_sheets_pass_the_check_and_wait_for_the_word(name: str) -> None:
    loaded = templates.load(name)
    assert loaded.manifest.name == name
    assert f".t-{name}" in loaded.css
    used = set(re.findall(rf"{name}-[\w-]+(?= [\dm])", loaded.css))
    assert used <= set(re.findall(r"@keyframes ([\w-]+)", loaded.css))


def test_intention_is_drawn_to_the_design_systems_numbers() -> None:
    manifest = templates.load("intention").manifest
    assert (manifest.size.whisper, manifest.size.normal, manifest.size.shout) == (0.03, 0.05, 0.12)
    assert manifest.colours.waiting == "#ffffffe6"
    assert manifest.box is not None
    assert manifest.box.colour == "#000000e6"
    assert manifest.break_out
    assert manifest.max_lines == 2
    assert "scale(1.15)" in templates.load("intention").css


def test_a_folder_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rule = ".t-mine .word, .t-mine.vertical .word:is(.loud, .low) { animation: mine-fade 1s }"
    css = f"{rule}\n@keyframes mine-fade {{ to {{ opacity: 0 }} }}"
    make(tmp_path, css)
    assert templates.load("mine", [tmp_path]).css == css
    monkeypatch.setenv("ECG_TEMPLATES", str(tmp_path))
    assert templates.load("mine").manifest.name == "mine"
    assert "mine" in {t.name for t in templates.available()}


def test_ones_own_folder_may_replace_one_of_ours(tmp_path: Path) -> None:
    make(tmp_path, name="clean", max_lines=1)
    assert templates.load("clean", [tmp_path]).manifest.max_lines == 1


@pytest.mark.parametrize(
    ("css", "line"),
    [
        (".t-mine .word {\n background: url(http://evil/x.png) }", 2),
        (".t-mine .word { background: U\\52L(x) }", 1),
        (".t-mine .word { background: image-set('x.png' 1x) }", 1),
        ("\n@import 'http://evil/x.css';", 2),
        ("@font-face { font-family: x }", 1),
        ("@keyframes other { to { opacity: 0 } }", 1),
        ("@media print { body { opacity: 0 } }", 1),
        (".t-mine .word { width: expression(alert(1)) }", 1),
        (".t-mine .word {}\n</style><script>alert(1)</script>", 2),
        ("body { display: none }", 1),
        (".t-mine .word {}\n\n.t-mine, .cue { opacity: 0 }", 3),
        (".t-mineral .word { opacity: 0 }", 1),
        (".t-mine ~ .cue { opacity: 0 }", 1),
        (".t-mine .word { transition: opacity 1s }", 1),
        (".t-mine .word { opacity: 0", 1),
        (".t-mine .word { } }", 1),
        (".t-mine {\n .cue:not(&) { opacity: 0 } }", 2),
        ("@keyframes mine-a { to { .x { opacity: 0 } } }", 1),
        ("/* open", 1),
        (".t-mine .word { content: '}' } .x { }", 1),
    ],
)
def test_a_hostile_style_sheet_is_refused_with_its_line(tmp_path: Path, css: str, line: int) -> None:
    make(tmp_path, css)
    with pytest.raises(InputError) as refused:
        templates.load("mine", [tmp_path])
    assert refused.value.where == f"{tmp_path / 'mine' / 'style.css'}:{line}"


def test_words_in_comments_are_harmless(tmp_path: Path) -> None:
    make(tmp_path, "/* no url( here */ .t-mine .word { opacity: 1 }")
    assert templates.load("mine", [tmp_path]).manifest.name == "mine"


def refusal(root: Path, name: str = "mine") -> InputError:
    with pytest.raises(InputError) as refused:
        templates.load(name, [root])
    return refused.value


def test_a_broken_manifest_is_refused_with_a_pointer(tmp_path: Path) -> None:
    make(tmp_path, max_lines="many")
    assert str(refusal(tmp_path).where).endswith("template.json#/max_lines")


def test_text_that_is_no_json_is_refused(tmp_path: Path) -> None:
    make(tmp_path)
    (tmp_path / "mine" / "template.json").write_text("{")
    assert "manifest" in refusal(tmp_path).message


def test_a_manifest_in_another_templates_folder_is_refused(tmp_path: Path) -> None:
    make(tmp_path)
    (tmp_path / "mine").rename(tmp_path / "yours")
    assert "mine" in refusal(tmp_path, "yours").message


def test_a_huge_file_is_refused(tmp_path: Path) -> None:
    make(tmp_path, "/*" + "x" * 100_000 + "*/")
    assert "KiB" in refusal(tmp_path).message


def test_a_link_to_another_file_is_refused(tmp_path: Path) -> None:
    make(tmp_path)
    secret = tmp_path / "secret.css"
    secret.write_text("")
    (tmp_path / "mine" / "style.css").unlink()
    (tmp_path / "mine" / "style.css").symlink_to(secret)
    assert "plain files" in refusal(tmp_path).message


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    make(tmp_path)
    (tmp_path / "mine" / "style.css").write_bytes(b"\xff\xfe\x00")
    assert "UTF-8" in refusal(tmp_path).message


@pytest.mark.parametrize("name", ["../intention", "", "A", "a/b", "nope"])
def test_a_name_that_is_none(name: str) -> None:
    with pytest.raises(InputError):
        templates.load(name)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none").where == str(tmp_path / "none")
