"""The kind of job that listens to a video.

What listens is imported by the function: servers and workers only need to know that the kind exists.
"""

from __future__ import annotations

from ecg.jobs.kinds import JobContext, Need, Retry, job_kind
from ecg.settings import load_settings
from ecg.speech.contract import told
from ecg.speech.schemas import SpeechPayload, SpeechResult

QUEUE = SPEECH = "speech"

_NEED_MB = 800.0
"""Measured with the default engine and two processes (bench/speech.py); models of Whisper say more once a job
has been done with them."""


def _first_deadline(_payload: SpeechPayload) -> float:
    """Until the sound is here and its length known: the time to fetch the video, and to read it."""
    return load_settings().fetch_timeout_seconds + 600


@job_kind(
    SPEECH,
    queue=QUEUE,
    deadline=_first_deadline,
    retry=Retry(attempts=3),
    need=lambda _payload: Need(memory_mb=_NEED_MB),
    callback=told,
)
def listen(job: JobContext, payload: SpeechPayload) -> SpeechResult:
    """Fetch the video, take out its sound, listen to it piece by piece.

    Raises what these raise. Until the job has ended, finished pieces stay in the store.
    """
    from ecg.memory_meter import MemoryMeter
    from ecg.speech.run import SpeechRun
    from ecg.store import open_store

    settings = load_settings()
    store = job.keep("store", lambda: open_store(settings))
    with MemoryMeter() as memory:
        run = SpeechRun(job, payload, settings, store, memory)
        choice, sound = run.take_in()
        heard = run.listen(choice, sound)
        result = run.result(heard)
        run.kept.remove()
        return result
