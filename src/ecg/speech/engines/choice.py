"""Which engine listens: the one asked for, or the best that can, and why."""

from __future__ import annotations

from dataclasses import dataclass

from ecg.errors import InputError, LanguageError, MissingDependency
from ecg.speech.engines.base import AUTO, Engine, Hardware
from ecg.speech.engines.faster_whisper import FasterWhisperEngine
from ecg.speech.engines.languages import WHISPER, base_language
from ecg.speech.engines.sphinx import SphinxEngine
from ecg.speech.engines.whisperx import WhisperXEngine

NAMES = ("whisperx", "faster-whisper", "pocketsphinx")
"""Best first."""
INSTALL_WHISPER = "pip install 'ecg[faster-whisper]'   (a GPU host may prefer 'ecg[whisperx]')"


@dataclass(frozen=True)
class Choice:
    engine: Engine
    reason: str


def all_engines(model: str | None = None, hardware: Hardware | None = None) -> list[Engine]:
    """One of each, best first, nothing loaded; `model` is a Whisper model's name or folder."""
    hardware = hardware or Hardware()
    return [WhisperXEngine(model, hardware), FasterWhisperEngine(model, hardware), SphinxEngine(hardware)]


def choose(
    name: str = AUTO,
    *,
    language: str = AUTO,
    model: str | None = None,
    hardware: Hardware | None = None,
) -> Choice:
    """The engine for `language`; nothing is loaded yet.

    Args:
        name: ``auto`` or one of `NAMES`.
        language: a BCP 47 tag or ``auto``.
        model: name or folder of a Whisper model, for the engines that take one.
        hardware: what it may use of the machine; by default everything.

    Raises:
        InputError: there is no engine of that name.
        LanguageError: no installed engine (or not the one asked for) knows the language; the hint names the
            extra.
        MissingDependency: an engine that knows it is there, but cannot listen yet (package or model missing).
    """
    code = base_language(language)
    engines = all_engines(model, hardware)
    if name != AUTO:
        return _named(name, engines, code)
    return _best(engines, code)


def _named(name: str, engines: list[Engine], code: str) -> Choice:
    found = next((engine for engine in engines if engine.name == name), None)
    if found is None:
        raise InputError(
            f"there is no speech engine {name!r}", hint=f"choose one of: {AUTO}, {', '.join(NAMES)}"
        )
    if code not in (AUTO, *found.languages):
        raise _not_known(code, [name])
    if not found.installed():
        raise MissingDependency(
            f"the speech engine {name} is not installed", hint=f"pip install 'ecg[{name}]'"
        )
    return Choice(found, "asked for")


def _best(engines: list[Engine], code: str) -> Choice:
    installed = [engine for engine in engines if engine.installed()]
    able = [engine for engine in installed if code in (AUTO, *engine.languages)]
    if not able:
        raise _not_known(code, [engine.name for engine in installed])
    passed_over = [f"{e.name} is not installed" for e in engines if e not in installed]
    passed_over += [f"{e.name} does not know {code!r}" for e in installed if e not in able]
    for engine in able:
        lack = engine.lack()
        if lack is None:
            return Choice(
                engine, "; ".join([f"the best that can listen here is {engine.name}", *passed_over])
            )
        passed_over.append(f"{engine.name}: {lack.message}")
    raise able[-1].lack() or MissingDependency("no speech engine can listen here", hint=INSTALL_WHISPER)


def _not_known(code: str, engines: list[str]) -> LanguageError:
    knows = f"{', '.join(engines) or 'no engine'} (installed)"
    if code in WHISPER:
        return LanguageError(f"the language {code!r} is not known to {knows}", hint=INSTALL_WHISPER)
    return LanguageError(
        f"no speech engine knows the language {code!r}", hint="known are: " + " ".join(sorted(WHISPER))
    )
