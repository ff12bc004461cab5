

def opaque(colour: str) -> tuple[str, float]:
    """``#rrggbb[aa]`` parted into ``#rrggbb`` and the alpha, 0–1."""
    return colour[:7], (int(colour[7:9], 16) / 255 if len(colour) == 9 else 1.0)
