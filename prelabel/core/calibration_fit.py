"""Learning from reviewed guesses how often a score is right. With scikit-learn: for workers alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import GroupKFold

from prelabel.core.calibration import Outcome
from prelabel.core.score_maps import Calibration, Kind, ScoreMap, logit

FEWEST_TO_FIT = 100  # guesses: a curve through fewer follows their luck
FEWEST_OF_CLASS = 50  # for a map of its own
FEWEST_PICTURES = 10
FOLDS = 5
_SURE = 1e-3  # a fold's steps reach 0 and 1, which one wrong guess would make infinitely bad


@dataclass(frozen=True)
class Fitted:
    """``calibration`` of all outcomes; ``held_out`` each outcome's calibrated score by a fit that never saw its
    picture, in their order; ``losses`` the log loss of each kind, held out."""

    calibration: Calibration
    held_out: tuple[float, ...]
    losses: dict[Kind, float]


def fit_calibration(outcomes: Sequence[Outcome]) -> Fitted:
    """Choose a kind by its log loss on pictures that were held out, and fit it to all outcomes.

    Scores stay as they are where there is too little to learn from or where no kind is better.
    """
    raw = tuple(one.score for one in outcomes)
    lacking = _lacking(outcomes)
    if lacking:
        return Fitted(Calibration(reason=lacking), raw, {})
    held_out: dict[Kind, tuple[float, ...]] = {"none": raw}
    for kind in ("temperature", "isotonic"):
        held_out[kind] = _held_out(outcomes, kind)
    right = [one.right for one in outcomes]
    losses = {kind: _loss(shares, right) for kind, shares in held_out.items()}
    best = min(held_out, key=losses.__getitem__)  # of equals the simpler one, which comes first
    if best == "none":
        return Fitted(Calibration(reason={"code": "best_as_is"}), raw, losses)
    return Fitted(fit(outcomes, best), held_out[best], losses)


def fit(outcomes: Sequence[Outcome], kind: Kind) -> Calibration:
    """The maps of this kind: one of all guesses together and one of each class that has enough right and wrong ones."""
    maker = _MAKERS[kind]
    per_class = {}
    for index in sorted({one.class_index for one in outcomes}):
        own = [(one.score, one.right) for one in outcomes if one.class_index == index]
        if len(own) >= FEWEST_OF_CLASS and len({right for _, right in own}) == 2:
            per_class[index] = maker(own)
    return Calibration(kind, maker([(one.score, one.right) for one in outcomes]), per_class)


def fit_temperature(pairs: Sequence[tuple[float, bool]]) -> ScoreMap:
    """The T with which sigmoid(logit / T) is likeliest: a logistic regression without intercept, whose slope is 1 / T.

    Scores that rise where guesses get worse have no temperature; they stay as they are.
    """
    logits = np.array([[logit(score)] for score, _ in pairs])
    model = LogisticRegression(C=np.inf, fit_intercept=False, tol=1e-8)
    slope = float(model.fit(logits, [right for _, right in pairs]).coef_[0, 0])
    return ScoreMap(temperature=round(1 / slope, 6)) if slope > 1e-3 else ScoreMap()


def fit_isotonic(pairs: Sequence[tuple[float, bool]]) -> ScoreMap:
    """The rising steps nearest to right and wrong, as scikit-learn's, with straight lines between them."""
    model = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip")
    model.fit([score for score, _ in pairs], [float(right) for _, right in pairs])
    points = zip(model.X_thresholds_.tolist(), model.y_thresholds_.tolist(), strict=True)
    return ScoreMap(points=tuple(points))


_MAKERS: dict[str, Callable[[Sequence[tuple[float, bool]]], ScoreMap]] = {
    "temperature": fit_temperature,
    "isotonic": fit_isotonic,
}


def _lacking(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    pictures = len({one.picture for one in outcomes})
    if len(outcomes) < FEWEST_TO_FIT or pictures < FEWEST_PICTURES:
        have = {"guesses": len(outcomes), "pictures": pictures}
        return {"code": "few", **have, "need_guesses": FEWEST_TO_FIT, "need_pictures": FEWEST_PICTURES}
    return {} if len({one.right for one in outcomes}) == 2 else {"code": "one_sided"}


def _held_out(outcomes: Sequence[Outcome], kind: Kind) -> tuple[float, ...]:
    """Whole pictures are held out: what makes one hard makes all its guesses wrong together."""
    shares = [0.0] * len(outcomes)
    folds = GroupKFold(FOLDS).split(outcomes, groups=[one.picture for one in outcomes])
    for train, test in folds:
        rest = [outcomes[index] for index in train]
        made = fit(rest, kind) if len({one.right for one in rest}) == 2 else Calibration()
        for index in test:
            shares[index] = made.of(outcomes[index].class_index).of(outcomes[index].score)
    return tuple(shares)


def _loss(shares: Sequence[float], right: Sequence[bool]) -> float:
    return float(log_loss(right, np.clip(shares, _SURE, 1 - _SURE), labels=[False, True]))
