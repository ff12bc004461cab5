"""What must be true after a run. Each check answers what is wrong, or nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ecg.jobs.states import State
from ecg.store import render_key
from ecg.store.s3 import CHECK_KEY
from tests.faults.content import Original, content_of
from tests.faults.programs import describe, marked
from tests.faults.run import DOOMED, Run

TENANT = "service"
MOST_DIFFERENCE = 20.0
"""Of a block of pixels, of 255, between two encodings of the same pictures; a missing letter is 100."""
FEWEST_AGAIN = 3
"""Attempts that four of the faults cut short: those on workers, guardians and encoders."""
_TERMINAL = ("completed", "failed")


@dataclass(frozen=True)
class Checked:
    name: str
    wrong: list[str]


def check_all(run: Run, originals: dict[str, Original], marker: str) -> list[Checked]:
    """All checks, after the installation's programs have ended."""
    checks: list[tuple[str, Iterator[str]]] = [
        ("every job completed once, or failed with its reason", _jobs(run)),
        ("what was killed was begun again", _again(run)),
        ("what was killed in each attempt has failed with its reason", _doomed(run)),
        ("polls say the same as the rows", _polls(run)),
        ("50 equal requests are one job, another body is a conflict", _repeats(run)),
        ("outputs are whole, and look as if nothing had happened", _outputs(run, originals)),
        ("callbacks arrived, in order, their ends once", _callbacks(run)),
        ("nothing ended but what was killed", _ends(run)),
        ("no process is left", _processes(run, marker)),
        ("no file is left", _files(run)),
    ]
    return [Checked(name, list(wrong)) for name, wrong in checks]


def _jobs(run: Run) -> Iterator[str]:
    rows = Counter(row.job_id for row in run.found.rows)
    for job_id in run.recipes:
        if rows[job_id] != 1:
            yield f"{job_id} has {rows[job_id]} rows"
    for row in run.found.rows:
        if row.job_id not in run.recipes:
            yield f"nobody asked for {row.job_id}"
        if row.state == State.DONE:
            continue
        if row.state == State.FAILED and row.error_message and row.attempt >= row.max_attempts:
            continue
        yield f"{row.job_id} is {row.state} after attempt {row.attempt}: {row.error_code} {row.error_message}"


def _doomed(run: Run) -> Iterator[str]:
    for row in run.found.rows:
        if row.job_id == DOOMED:
            ended = row.state, row.attempt, row.error_code
            if ended != (State.FAILED, row.max_attempts, "WORKER_LOST") or "SIGKILL" not in row.error_message:
                yield f"it is {row.state} after {row.attempt} attempts: {row.error_code} {row.error_message}"
            status = run.found.statuses[DOOMED]
            if (status["errorCode"], status["error"]) != ("RENDER_ERROR", row.error_message):
                yield f"it is shown with {status['errorCode']}: {status['error']}"


def _again(run: Run) -> Iterator[str]:
    """That the faults hit: a job may have ended just before one, but not before all of them."""
    again = sum(row.attempt - 1 for row in run.found.rows if row.job_id != DOOMED)
    if again < FEWEST_AGAIN:
        yield f"only {again} attempts were cut short"


def _polls(run: Run) -> Iterator[str]:
    words = {State.DONE: "completed", State.FAILED: "failed"}
    for row in run.found.rows:
        status = run.found.statuses[row.job_id]
        if status["status"] != words.get(State(row.state)):
            yield f"{row.job_id} is {row.state} and is shown as {status['status']}"
        if row.state == State.DONE and (status["progress"] != 100 or status["frames_dropped"]):
            yield f"{row.job_id}: {status['progress']} %, {status['frames_dropped']} frames dropped"


def _repeats(run: Run) -> Iterator[str]:
    if set(run.found.repeated) != {200}:
        yield f"answers to equal requests: {Counter(run.found.repeated)}"
    if run.found.other_body != 409:
        yield f"another request under the same id was answered {run.found.other_body}"


def _outputs(run: Run, originals: dict[str, Original]) -> Iterator[str]:
    for row in run.found.rows:
        if row.state != State.DONE:
            continue
        path = run.found.outputs.get(row.job_id)
        if path is None:
            yield f"{row.job_id} has no file"
            continue
        original, output = originals[run.recipe(row.job_id).name], content_of(path)
        source = original.source
        if output.frames != source.frames or not output.complete:
            yield f"{row.job_id}: {output.frames} of {source.frames} frames"
        elif (difference := output.difference(original.wanted)) > MOST_DIFFERENCE:
            yield f"{row.job_id} looks otherwise than undisturbed: a block differs by {difference:.0f} of 255"
        if abs(output.seconds - source.seconds) > 0.001:
            yield f"{row.job_id} lasts {output.seconds:.3f} s, its input {source.seconds:.3f} s"
        if output.audio != source.audio:
            yield f"{row.job_id}: its sound is not that of its input"


def _callbacks(run: Run) -> Iterator[str]:
    refused = [line for line in run.found.arrived if "refused" in line]
    if refused:
        yield f"{len(refused)} messages had a wrong signature: {refused[0]}"
    first: dict[str, dict[str, Any]] = {}
    for line in run.found.arrived:
        if "body" in line and first.setdefault(line["id"], line)["body"] != line["body"]:
            yield f"message {line['id']} came with two bodies"
    arrived = list(first.values())
    for row in run.found.rows:
        ids = [line["id"] for line in arrived if line["body"]["job_id"] == row.job_id]
        written = [each.delivery_id for each in run.found.deliveries if each.job_id == row.job_id]
        if missing := [each for each in written if each not in ids]:
            yield f"{row.job_id}: {len(missing)} of {len(written)} messages did not arrive"
        elif ids != written:
            yield f"{row.job_id}: messages came in another order than they were written"
        ends = [first[each]["body"]["status"] for each in ids if first[each]["body"]["status"] in _TERMINAL]
        if ends != ["completed" if row.state == State.DONE else "failed"]:
            yield f"{row.job_id} is {row.state} and told {ends or 'no end'}"
        if ids and first[ids[-1]]["body"]["status"] not in _TERMINAL:
            yield f"{row.job_id}: a message came after the one that told its end"
    if undelivered := [row.delivery_id for row in run.found.deliveries if row.status != "delivered"]:
        yield f"{len(undelivered)} messages are not noted as delivered"


def _ends(run: Run) -> Iterator[str]:
    for program in run.installation.programs:
        yield from program.odd


def _processes(run: Run, marker: str) -> Iterator[str]:
    for process in marked(marker, run.installation.folder):
        yield describe(process)


def _files(run: Run) -> Iterator[str]:
    folder, data = run.installation.folder, run.installation.folder / "data"
    for path in [*(folder / "tmp").rglob("*"), *(data / "work").rglob("*"), *data.rglob("*.part")]:
        yield str(path.relative_to(folder))
    rendered = {
        render_key(TENANT, row.job_id, run.recipe(row.job_id).options.get("format", "mp4"))
        for row in run.found.rows
        if row.state == State.DONE
    }
    stored, unfinished = _stored(run)
    for key in stored ^ rendered:
        yield f"object {key}: {'nobody knows it' if key in stored else 'it is missing'}"
    yield from unfinished


def _stored(run: Run) -> tuple[set[str], list[str]]:
    """Keys of all objects, and what was begun and not finished."""
    s3 = run.installation.s3
    if s3 is None:
        root = run.installation.folder / "data" / "objects"
        files = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}
        unfinished = {name for name in files if name.startswith(".")}
        return files - unfinished, [f"part {name}" for name in unfinished]
    bucket = run.installation.bucket
    listed = s3.client.list_objects_v2(Bucket=bucket).get("Contents", [])
    uploads = s3.client.list_multipart_uploads(Bucket=bucket).get("Uploads", [])
    return {str(each.get("Key")) for each in listed} - {CHECK_KEY}, [
        f"unfinished upload {each}" for each in uploads
    ]
