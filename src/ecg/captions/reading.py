"""The reading rules: how long a caption stands, how much it holds, and where speech is cut into captions.

Numbers are those of Netflix's public Timed Text Style Guides, unless a comment says otherwise. `caption_cues`
makes captions out of speech segments; `findings` tells where a scenario, however it was made, breaks a rule.
What an author timed and broke by hand is reported but never changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from ecg.captions.intention import speaker_of
from ecg.captions.lines import (
    CLAUSE,
    Breaker,
    Layout,
    Limits,
    break_costs,
    line_units,
    open_up,
    pieces_by_units,
)
from ecg.captions.scenario import Cue, Line, Scenario, Word
from ecg.captions.script import Script, reading_units, script_of

MIN_SECONDS, MAX_SECONDS = 5 / 6, 7.0
GAP_FRAMES = 2
DEFAULT_FPS = 24.0
"""The gap of two frames is longest at the slowest common rate, so it holds at every other."""
MAX_LINES = 2

UNITS_PER_SECOND: dict[Script, float] = {"korean": 12, "japanese": 4, "chinese": 9}
UNITS_PER_SECOND_OTHERWISE = 20.0

LEAD_IN = 0.2
"""Own choice: a caption shows this long before its first word, where there is room, so that eyes arrive."""
HOLD = 0.3
"""Own choice: a caption stays this long after its last word, where there is room."""
PAUSE, LONG_PAUSE = 0.5, 1.0
"""A pause parts captions, unless that would leave an orphan; a long one always does."""
_ACROSS_PAUSE, _ORPHAN, _TOO_SHORT = 100.0, 60.0, 80.0

Rule = Literal["too-short", "too-long", "too-fast", "gap", "line-length", "too-many-lines"]


@dataclass(frozen=True)
class Finding:
    """One broken reading rule."""

    rule: Rule
    cue_id: str
    where: str
    """JSON pointer into the scenario."""
    value: float
    limit: float
    message: str


def caption_cues(scenario: Scenario, *, fps: float = DEFAULT_FPS) -> Scenario:
    """Cut speech segments into captions that can be read, and give each its time on screen.

    Segments of one voice with little silence between them are taken as one run of words, and the run is
    broken where syntax, pauses and the limits of two lines and seven seconds are cheapest
    (`ecg.captions.lines`). Words keep their text, order and times. Cues that an author made stay as they are:
    ``wrap="keep"``, placed, with effects, not speech, or with no measured word.
    """
    made: list[tuple[Cue, bool]] = []
    taken = {cue.id for cue in scenario.cues if not _may_change(cue)}
    for run in _runs(scenario.cues):
        if _may_change(run[0]):
            made.extend((cue, True) for cue in _captions_of(run, scenario.language, taken))
        else:
            made.append((run[0], False))
    made.sort(key=lambda item: item[0].start)
    cues = _timed(made, scenario.language, GAP_FRAMES / fps)
    return scenario.model_copy(update={"cues": cues})


def _may_change(cue: Cue) -> bool:
    return (
        cue.wrap == "auto"
        and cue.kind == "speech"
        and cue.placement is None
        and not cue.effects
        and all(w.start is not None and w.end is not None for w in cue.words)
        and any(w.timing == "measured" for w in cue.words)
    )


def _runs(cues: Sequence[Cue]) -> Iterator[list[Cue]]:
    """Cues in order, those that one voice speaks without a long pause taken together."""
    run: list[Cue] = []
    for cue in sorted(cues, key=lambda c: c.start):
        if run and not _continues(run[-1], cue):
            yield run
            run = []
        run.append(cue)
    if run:
        yield run


def _continues(cue: Cue, after: Cue) -> bool:
    if not (_may_change(cue) and _may_change(after)):
        return False
    silence = _start(after.words[0]) - _end(cue.words[-1])
    return 0 <= silence < LONG_PAUSE and all(
        getattr(cue, field) == getattr(after, field)
        for field in ("speaker", "emotion", "off_screen", "template", "style", "box", "layer")
    )


def _start(word: Word) -> float:
    return word.start or 0.0


def _end(word: Word) -> float:
    return word.end or 0.0


def _captions_of(run: list[Cue], language: str | None, taken: set[str]) -> Iterator[Cue]:
    """The captions of one run; their times are still those of their words."""
    spoken = [(cue, word) for cue in run for word in open_up(cue.words, language)]
    for voice in _by_voice(spoken):
        words = [word for _, word in voice]
        script = script_of(" ".join(w.text for w in words), language)
        costs = break_costs(words, language)
        for i, ((cue, _), (after, _)) in enumerate(pairwise(voice)):
            if cue is not after:  # the speech engine ended a segment here, which means something
                costs[i] = min(costs[i], CLAUSE)
        limits = Limits(units=line_units(script), lines=MAX_LINES)
        breaker = Breaker(pieces_by_units(words, script), costs, limits, TimeCost(words))
        for layout in breaker.captions():
            first = voice[layout[0].start][0]
            yield _caption(first, words, layout, _free_id(first.id, taken))


def _by_voice(spoken: list[tuple[Cue, Word]]) -> Iterator[list[tuple[Cue, Word]]]:
    """Cut where the speaker changes and at silences that no caption may bridge."""
    part: list[tuple[Cue, Word]] = []
    for cue, word in spoken:
        if part:
            before_cue, before = part[-1]
            changed = speaker_of(before_cue, before) != speaker_of(cue, word)
            if changed or _start(word) - _end(before) >= LONG_PAUSE:
                yield part
                part = []
        part.append((cue, word))
    if part:
        yield part


class TimeCost:
    """Extra cost of a caption of words i … j-1: too long, too short, an orphan, or across a pause."""

    def __init__(self, words: Sequence[Word], longest: float = MAX_SECONDS - HOLD) -> None:
        self._words = words
        self._longest = longest
        self._pauses = [0.0]
        for before, after in pairwise(words):
            across = _ACROSS_PAUSE if _start(after) - _end(before) >= PAUSE else 0.0
            self._pauses.append(self._pauses[-1] + across)

    def __call__(self, i: int, j: int) -> float:
        seconds = _end(self._words[j - 1]) - _start(self._words[i])
        if seconds > self._longest and j - i > 1:
            return float("inf")
        cost = self._pauses[j - 1] - self._pauses[i]
        if seconds < MIN_SECONDS:
            cost += _TOO_SHORT * (1 - max(0.0, seconds) / MIN_SECONDS)
        return cost + (_ORPHAN if j - i == 1 else 0.0)


def _caption(source: Cue, words: Sequence[Word], layout: Layout, cue_id: str) -> Cue:
    lines = [Line(words=[words[k] for k in line]) for line in layout]
    spoken = [words[k] for line in layout for k in line]
    start, end = _start(spoken[0]), max(_end(w) for w in spoken)
    speaker = speaker_of(source, spoken[0])
    if end <= start:
        start, end = source.start, source.end
    return source.model_copy(
        update={"id": cue_id, "start": start, "end": end, "speaker": speaker, "lines": lines}
    )


def _free_id(wanted: str, taken: set[str]) -> str:
    """`wanted`, or `wanted` with the first free number behind it."""
    free, number = wanted, 2
    while free in taken:
        free, number = f"{wanted}-{number}", number + 1
    taken.add(free)
    return free


def _timed(made: list[tuple[Cue, bool]], language: str | None, gap: float) -> list[Cue]:
    """Give captions a lead-in, a hold and time enough to read, without touching their neighbours."""
    timed: list[Cue] = []
    for i, (cue, free) in enumerate(made):
        if not free:
            timed.append(cue)
            continue
        followers = [c.start for c, _ in made[i + 1 : i + 8]]
        before = max((c.end for c in timed[-8:] if c.start < cue.start), default=-1.0)
        start = min(cue.start, max(0.0, cue.start - LEAD_IN, before + gap))
        end = _stays_until(cue, start, script_of(cue.text, language), followers, gap)
        timed.append(cue.model_copy(update={"start": start, "end": end}))
    return timed


def _stays_until(cue: Cue, start: float, script: Script, followers: Sequence[float], gap: float) -> float:
    units = reading_units(cue.text.replace("\n", " "), script)
    wanted = max(
        cue.end + HOLD,
        start + MIN_SECONDS,
        start + units / UNITS_PER_SECOND.get(script, UNITS_PER_SECOND_OTHERWISE),
    )
    wanted = max(cue.end, min(wanted, start + MAX_SECONDS))
    last_word = _start(cue.words[-1])
    for follower in followers:
        if follower - gap > last_word:  # else both really speak at once, and both are shown
            return min(wanted, follower - gap)
    return wanted


def findings(scenario: Scenario, *, fps: float = DEFAULT_FPS) -> list[Finding]:
    """Every reading rule that the cues of `scenario` break, in the order of the cues."""
    order = sorted(range(len(scenario.cues)), key=lambda k: scenario.cues[k].start)
    following = {a: scenario.cues[b] for a, b in pairwise(order)}
    found: list[Finding] = []
    for i, cue in enumerate(scenario.cues):
        script = script_of(cue.text, scenario.language)
        found.extend(_time_findings(cue, f"/cues/{i}", script))
        found.extend(_line_findings(cue, f"/cues/{i}", script))
        after = following.get(i)
        silence = None if after is None else after.start - cue.end
        if silence is not None and -1e-6 < silence < GAP_FRAMES / fps - 1e-6:
            message = f"only {silence:.3f} s before the next caption; two frames are {GAP_FRAMES / fps:.3f} s"
            found.append(Finding("gap", cue.id, f"/cues/{i}/end", silence, GAP_FRAMES / fps, message))
    return found


def _time_findings(cue: Cue, where: str, script: Script) -> Iterator[Finding]:
    seconds = cue.end - cue.start
    if seconds < MIN_SECONDS - 1e-6:
        message = f"stands for {seconds:.2f} s, shorter than 5/6 s"
        yield Finding("too-short", cue.id, where, seconds, MIN_SECONDS, message)
    if seconds > MAX_SECONDS + 1e-6:
        yield Finding(
            "too-long", cue.id, where, seconds, MAX_SECONDS, f"stands for {seconds:.2f} s, longer than 7 s"
        )
    if cue.kind != "speech":
        return
    speed = reading_units(cue.text.replace("\n", " "), script) / seconds
    limit = UNITS_PER_SECOND.get(script, UNITS_PER_SECOND_OTHERWISE)
    if speed > limit + 1e-6:
        message = f"{speed:.0f} characters a second to read; people manage {limit:.0f}"
        yield Finding("too-fast", cue.id, where, speed, limit, message)


def _line_findings(cue: Cue, where: str, script: Script) -> Iterator[Finding]:
    if len(cue.lines) > MAX_LINES:
        message = f"{len(cue.lines)} lines; {MAX_LINES} are read at a glance"
        yield Finding("too-many-lines", cue.id, f"{where}/lines", len(cue.lines), MAX_LINES, message)
    limit = line_units(script)
    for k, line in enumerate(cue.lines):
        units = reading_units(line.text, script)
        if units > limit:
            message = f"a line of {units:g} characters; {limit:g} is the most"
            yield Finding("line-length", cue.id, f"{where}/lines/{k}", units, limit, message)
