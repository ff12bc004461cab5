"""Speech engines: recognisers behind one small seam, and the choice among them."""

from ecg.speech.engines.base import AUTO, Engine, Hardware, Heard, HeardWord
from ecg.speech.engines.choice import NAMES, Choice, all_engines, choose

__all__ = ["AUTO", "NAMES", "Choice", "Engine", "Hardware", "Heard", "HeardWord", "all_engines", "choose"]
