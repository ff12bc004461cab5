"""`ecg doctor`: is everything here that captioning needs, and if not, which command mends it.

A check tries the thing itself wherever that is cheap: the browser is started, the encoders are looked up in
the libraries that will be used, the weights are loaded. Each lack says what is lost and names one command.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from ecg.errors import EcgError

State = Literal["ok", "optional", "bad"]
"""`optional`: absent, and only something extra is lost."""

_GIB = 1 << 30
_NEEDED_DISK = 1 * _GIB
_NEEDED_SHARED_MEMORY = 64 << 20
_NEEDED_ENCODERS = {
    "libx264": "mp4 files",
    "prores_ks": "captions alone with alpha in mov",
    "libvpx-vp9": "captions alone with alpha in webm",
}
_RECORDINGS = {
    "pocketsphinx-testdata": "/usr/share/pocketsphinx/test/data/librivox",
    "asterisk-core-sounds-en-wav": "/usr/share/asterisk/sounds/en_US_f_Allison",
    "codec2-examples": "/usr/share/codec2/wav",
}


@dataclass(frozen=True, slots=True)
class Check:
    """What was found about one dependency."""

    name: str
    state: State
    detail: str
    mend: str | None = None
    """A command, or a plain instruction where no command helps."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    checks: tuple[Check, ...]

    @property
    def well(self) -> bool:
        """True when nothing is missing that captioning needs."""
        return all(check.state != "bad" for check in self.checks)

    def as_dict(self) -> dict[str, Any]:
        return {"well": self.well, "checks": [asdict(check) for check in self.checks]}


def diagnose() -> Diagnosis:
    """Check every dependency; takes about two seconds, because a browser and a Redis are started."""
    from ecg import doctor_server

    parts = (
        _python,
        _ffmpeg,
        _encoders,
        _hardware,
        _browser,
        _fonts,
        _emoji,
        _speakers,
        _engines,
        _space,
        _recordings,
        _web_app,
        doctor_server.checks,
    )
    return Diagnosis(tuple(check for part in parts for check in _guarded(part)))


def _guarded(part: Callable[[], Iterator[Check]]) -> Iterator[Check]:
    """A check that fails with one of our errors is its own finding."""
    try:
        yield from part()
    except EcgError as error:
        yield Check(part.__name__.strip("_"), "bad", str(error), error.hint)


def _web_app() -> Iterator[Check]:
    from ecg.web_app.site import BUILD_COMMAND, load_site

    site = load_site()
    if site.index is None:
        yield Check("web app", "optional", "not built: the API server has no pages", BUILD_COMMAND)
    else:
        size = sum(len(file.content) for file in site.files.values()) / (1 << 20)
        yield Check("web app", "ok", f"{len(site.files)} files, {size:.1f} MB")


def _install(package: str, brew: str | None = None) -> str:
    if sys.platform == "darwin":
        return f"brew install {brew or package}"
    return f"apt-get install {package}"


def _python() -> Iterator[Check]:
    version = platform.python_version()
    if sys.version_info >= (3, 11):  # noqa: UP036  # the interpreter may be another than the installed-for one
        yield Check("Python", "ok", version)
    else:
        yield Check(
            "Python", "bad", f"{version} is too old", "install Python 3.11 or newer, then: make setup"
        )


def _ffmpeg() -> Iterator[Check]:
    for program in ("ffmpeg", "ffprobe"):
        found = shutil.which(program)
        if found is None:
            yield Check(program, "bad", "not installed", _install("ffmpeg"))
            continue
        answer = subprocess.run([found, "-version"], capture_output=True, text=True, check=False, timeout=20)
        if answer.returncode == 0:
            yield Check(
                program, "ok", f"{answer.stdout.split(' Copyright')[0].split('version ')[-1]} at {found}"
            )
        else:
            yield Check(program, "bad", f"{found} does not run", _install("--reinstall ffmpeg", "ffmpeg"))


def _encoders() -> Iterator[Check]:
    """The encoders of libav in this process (PyAV); they are what rendering uses."""
    try:
        import av
    except ImportError as error:
        yield Check("PyAV", "bad", str(error), f"{sys.executable} -m pip install 'av>=18'")
        return
    yield Check(
        "PyAV", "ok", f"{importlib.metadata.version('av')}, libavcodec {av.library_versions['libavcodec'][0]}"
    )
    lacking = {name: use for name, use in _NEEDED_ENCODERS.items() if name not in av.codecs_available}
    if lacking:
        what = ", ".join(f"{name} ({use})" for name, use in lacking.items())
        yield Check(
            "encoders", "bad", f"missing: {what}", f"{sys.executable} -m pip install --force-reinstall av"
        )
    else:
        yield Check("encoders", "ok", ", ".join(_NEEDED_ENCODERS))


def _hardware() -> Iterator[Check]:
    """What `--gpu-mode` would encode with; a picture is really encoded."""
    from ecg.render.encoder import hardware_encoder
    from ecg.render.options import RenderOptions

    try:
        choice = hardware_encoder("mp4", RenderOptions(gpu=True))
    except EcgError as error:
        yield Check("hardware encoder", "optional", "none works here; only --gpu-mode needs one", error.hint)
    else:
        yield Check("hardware encoder", "ok", choice.name)


def _browser() -> Iterator[Check]:
    from ecg.render.browser import Browser, find_browser

    try:
        executable = find_browser()
        with Browser(executable) as browser:
            product = browser.send("Browser.getVersion", timeout=20)["product"]
    except EcgError as error:
        mend = error.hint or _install("--reinstall chromium-headless-shell", "--cask chromium")
        yield Check("Chromium", "bad", str(error), mend)
        return
    yield Check("Chromium", "ok", f"{product} starts, {executable}")


def _fonts() -> Iterator[Check]:
    from ecg.assets import fonts
    from ecg.assets.font_packages import PACKAGES, PULL_COMMAND

    instead = {substitute.family: substitute for substitute in fonts.substitutes()}
    for package in PACKAGES:
        if package.family not in instead:
            yield Check(f"font {package.family}", "ok", f"{package.version}: {package.scripts}")
        elif stand_in := instead[package.family].instead:
            detail = f"{package.scripts}: {stand_in} stands in, without the axes that show the voice"
            yield Check(f"font {package.family}", "bad", detail, PULL_COMMAND)
        else:
            yield Check(f"font {package.family}", "bad", f"{package.scripts}: no face at all", PULL_COMMAND)


def _emoji() -> Iterator[Check]:
    from ecg.assets.fonts import missing_glyphs

    if missing := missing_glyphs("😀🎉❤"):
        detail = f"{' '.join(missing)} would not be drawn"
        yield Check(
            "emoji", "bad", detail, _install("fonts-noto-color-emoji", "--cask font-noto-color-emoji")
        )
    else:
        yield Check("emoji", "ok", "drawn")


def _speakers() -> Iterator[Check]:
    from ecg.assets import speaker_encoder

    try:
        speaker_encoder.load_weights()
    except EcgError as error:
        yield Check("speaker encoder", "bad", str(error), error.hint)
    else:
        yield Check("speaker encoder", "ok", str(speaker_encoder.weights_path()))


def _engines() -> Iterator[Check]:
    if importlib.util.find_spec("pocketsphinx"):
        version = importlib.metadata.version("pocketsphinx")
        yield Check("engine pocketsphinx", "ok", f"{version} with its English model")
    else:
        yield Check(
            "engine pocketsphinx", "bad", "not installed", f"{sys.executable} -m pip install pocketsphinx"
        )
    for name in ("faster-whisper", "whisperx"):
        yield _whisper_engine(name)


def _whisper_engine(name: str) -> Check:
    from ecg.assets.whisper_model import MODEL_VARIABLE, find_model, wanted_model

    title, model = f"engine {name}", wanted_model()
    if importlib.util.find_spec(name.replace("-", "_")) is None:
        detail = "not installed; better recognition, more languages"
        return Check(title, "optional", detail, f"{sys.executable} -m pip install {name}")
    version = importlib.metadata.version(name)
    if find_model(model) is None:
        detail = f"{version}, but the model {model!r} is not on this machine"
        return Check(
            title, "optional", detail, f"use it once with a network, or: {MODEL_VARIABLE}=/path/to/model"
        )
    return Check(title, "ok", f"{version} with the model {model!r}")


def _space() -> Iterator[Check]:
    for name, folder in (
        ("space for temporary files", Path(tempfile.gettempdir())),
        ("space here", Path.cwd()),
    ):
        free = shutil.disk_usage(folder).free
        detail = f"{free / _GIB:.1f} GiB free in {folder}"
        if free >= _NEEDED_DISK:
            yield Check(name, "ok", detail)
        else:
            yield Check(name, "bad", detail, f"free at least {_NEEDED_DISK // _GIB} GiB in {folder}")
    shared = Path("/dev/shm")  # noqa: S108  # the kernel's shared memory, asked about and not written
    if not shared.is_dir():
        return
    free = shutil.disk_usage(shared).free
    if free >= _NEEDED_SHARED_MEMORY and os.access(shared, os.W_OK):
        yield Check("shared memory", "ok", f"{free / _GIB:.2f} GiB free in {shared}")
    else:
        detail = f"{free >> 20} MiB free in {shared}; the browser wants {_NEEDED_SHARED_MEMORY >> 20} MiB"
        yield Check("shared memory", "bad", detail, "in a container: docker run --shm-size=256m …")


def _recordings() -> Iterator[Check]:
    lacking = [package for package, folder in _RECORDINGS.items() if not Path(folder).is_dir()]
    if lacking:
        detail = f"{', '.join(lacking)} not installed: only the demo, some tests and the benchmarks need it"
        yield Check("recorded speech", "optional", detail, _install(" ".join(lacking)))
    else:
        yield Check("recorded speech", "ok", "for the demo, the tests and the benchmarks")
