"""What is poor about a picture, seen while it is decoded anyway: dark, bright, flat, blurred."""

from __future__ import annotations

import cv2

from prelabel.core.preprocess import Pixels

SIDE = 256  # the longer side on which sharpness is measured: it depends on size
DARK, BRIGHT = 40.0, 215.0  # mean grey 0..255
FLAT = 12.0  # standard deviation of grey
BLURRED = 25.0  # variance of the Laplacian; road scenes and product photos have hundreds


def picture_flags(image: Pixels) -> tuple[str, ...]:
    """Flags of one (h, w, 3) uint8 RGB picture, the worst first; () for an ordinary one.

    Source of the sharpness: Pech-Pacheco et al. 2000, "Diatom autofocusing in brightfield microscopy".
    """
    ratio = min(1.0, SIDE / max(image.shape[:2]))
    size = (max(1, round(image.shape[1] * ratio)), max(1, round(image.shape[0] * ratio)))
    # Grey first, one channel to shrink instead of three; then by halves, each a cheap mean of four.
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    while min(grey.shape[1] // 2 - size[0], grey.shape[0] // 2 - size[1]) >= 0:
        grey = cv2.resize(grey, (grey.shape[1] // 2, grey.shape[0] // 2), interpolation=cv2.INTER_AREA)
    grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    mean, spread = (float(value[0, 0]) for value in cv2.meanStdDev(grey))
    sharpness = float(cv2.meanStdDev(cv2.Laplacian(grey, cv2.CV_16S))[1][0, 0]) ** 2
    found = {"dark": mean < DARK, "bright": mean > BRIGHT, "flat": spread < FLAT, "blurred": sharpness < BLURRED}
    return tuple(name for name, is_so in found.items() if is_so)
