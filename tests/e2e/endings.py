"""What must be true when the crowd has arrived. Each check answers what is wrong, or nothing."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ecg.jobs.states import State
from ecg.library.keys import INCOMING
from ecg.library.tasks import ANALYSIS
from ecg.messages.tasks import MESSAGE
from ecg.render.tasks import RENDER
from ecg.speech.tasks import SPEECH
from ecg.store.s3 import CHECK_KEY
from tests.e2e.crowd import Traveller
from tests.e2e.journey import first_word
from tests.e2e.viewing import ALIKE, Caption, caption_of, sound_of
from tests.faults.checks import Checked
from tests.faults.programs import describe, marked

if TYPE_CHECKING:
    from tests.e2e.killing import Run

PROJECTS, USAGE = "/api/projects", "/api/usage"
HISTORY, QUOTAS = "/api/render/history", "/api/render/quotas"
SEEN = (PROJECTS, USAGE, HISTORY, QUOTAS)
"""What each of the crowd looks at in the end."""
FEWEST_REPEATED = 5
"""Requests that the kills have cut off, at least."""
FEWEST_AGAIN = 2
"""Videos whose speech worker was killed, at least."""


def check_all(run: Run, films: Path, marker: str) -> list[Checked]:
    """All checks, after the installation's programs have ended."""
    arrived = [each for each in run.crowd.travellers if each.error is None]
    checks: list[tuple[str, Iterator[str]]] = [
        ("everybody has arrived", _missing(run.crowd.travellers)),
        ("the videos show what was written, and not what was heard", _shown(arrived, films)),
        ("their sound is as it was, packet by packet", _heard(arrived)),
        ("each has one project as it was saved and one export, and no more is counted", _owned(arrived)),
        ("every job was done once, and was told", _jobs(run)),
        ("what was killed was begun again", _again(run)),
        ("nothing ended but what was killed", _ends(run)),
        ("no process is left", map(describe, marked(marker, run.place.ground.folder))),
        ("no file is left", _files(run)),
    ]
    return [Checked(name, list(wrong)) for name, wrong in checks]


def _missing(travellers: list[Traveller]) -> Iterator[str]:
    for each in travellers:
        if each.error is not None:
            yield f"{each.number:02} {each.error}"


def _shown(arrived: list[Traveller], films: Path) -> Iterator[str]:
    captions: dict[str, Caption] = {}

    def difference(each: Traveller, scenario: dict[str, Any]) -> float:
        words = [word for cue in scenario["cues"] for line in cue["lines"] for word in line["words"]]
        key = json.dumps([each.video.name, [(word["text"], word["start"], word["end"]) for word in words]])
        if key not in captions:
            first = first_word(scenario)
            at = (first["start"] + first["end"]) / 2
            captions[key] = caption_of(each.video, scenario, at, films)
        return captions[key].difference(each.target)

    for each in arrived:
        after, before = difference(each, each.journey.after), difference(each, each.journey.before)
        if not after < ALIKE < before:
            yield f"{each.number:02}: {after:.1f} levels off the new words, {before:.1f} off the old ones"


def _heard(arrived: list[Traveller]) -> Iterator[str]:
    originals = {video: sound_of(video) for video in {each.video for each in arrived}}
    for each in arrived:
        if sound_of(each.target) != originals[each.video]:
            yield f"{each.number:02}: the sound is another one"


def _owned(arrived: list[Traveller]) -> Iterator[str]:
    for each in arrived:
        projects, exports = each.seen[PROJECTS]["projects"], each.seen[HISTORY]["jobs"]
        if [project["version"] for project in projects] != [2]:
            yield f"{each.number:02}: versions of projects: {[project['version'] for project in projects]}"
        if [export["status"] for export in exports] != ["completed"]:
            yield f"{each.number:02}: exports: {[export['status'] for export in exports]}"
        quotas = each.seen[QUOTAS]
        used = quotas["daily"]["used"], quotas["concurrent"]["used"]
        if used != (1, 0):
            yield f"{each.number:02}: {used[0]} exports today, {used[1]} at the same time"
        days = each.seen[USAGE]["days"]
        exported = [day["succeeded"] for day in days if day["activity"] == "export"]
        if exported != [1]:
            yield f"{each.number:02}: exports in the usage: {exported}"


def _jobs(run: Run) -> Iterator[str]:
    """One of each kind for each of the crowd."""
    expected = Counter(dict.fromkeys((ANALYSIS, SPEECH, RENDER, MESSAGE), len(run.crowd.travellers)))
    found = Counter(row.kind for row in run.jobs if row.kind in expected)
    if found != expected:
        yield f"jobs: {dict(found)} and not {dict(expected)}"
    for row in run.jobs:
        if row.state != State.DONE:
            yield f"{row.kind} {row.job_id} is {row.state}: {row.error_code} {row.error_message}"
    if undelivered := [row.delivery_id for row in run.deliveries if row.status != "delivered"]:
        yield f"{len(undelivered)} callbacks are not noted as delivered"


def _again(run: Run) -> Iterator[str]:
    """That the kills hit."""
    if (again := sum(row.attempt - 1 for row in run.jobs if row.kind == SPEECH)) < FEWEST_AGAIN:
        yield f"only {again} videos were listened to again"
    if (repeated := sum(len(each.transport.repeated) for each in run.crowd.travellers)) < FEWEST_REPEATED:
        yield f"only {repeated} requests were repeated"


def _ends(run: Run) -> Iterator[str]:
    for program in run.place.programs.values():
        yield from program.odd


def _files(run: Run) -> Iterator[str]:
    folder = run.place.ground.folder
    data = folder / "data"
    for path in [*(folder / "tmp").rglob("*"), *(data / "work").rglob("*"), *data.rglob("*.part")]:
        yield str(path.relative_to(folder))
    people = len(run.crowd.travellers)
    sizes = _stored(run)
    found = Counter(key.partition("/")[0] for key in sizes if key != CHECK_KEY)
    expected = Counter(dict.fromkeys((INCOMING, "videos", "analyses", "renders"), people))
    if found != expected:
        yield f"objects: {dict(found)} and not {dict(expected)}"
    for key, size in sizes.items():
        if key.startswith(INCOMING) and size:
            yield f"{key} has {size} bytes"


def _stored(run: Run) -> dict[str, int]:
    """Sizes of all objects in bytes, by key."""
    if run.place.bucket is None:
        root = run.place.ground.data / "objects"
        files = [path for path in root.rglob("*") if path.is_file()]
        return {path.relative_to(root).as_posix(): path.stat().st_size for path in files}
    store, bucket = run.place.bucket
    listed = store.client.list_objects_v2(Bucket=bucket).get("Contents", [])
    return {str(each.get("Key")): int(each.get("Size", 0)) for each in listed}
