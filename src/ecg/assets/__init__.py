"""Things that are fetched once and kept: model weights and fonts.

Nothing here runs by itself; `ecg models pull` and the set-up call it.
"""

from ecg.assets.places import assets_dir, fonts_dir, models_dir

__all__ = ["assets_dir", "fonts_dir", "models_dir"]
