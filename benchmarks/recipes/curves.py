"""Learning curves of strategies: how many labels each needs, against random, and a picture of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.isotonic import IsotonicRegression

from prelabel.core.stopping import flat_end

SHARE = 0.95
RESAMPLES = 1000
# Seed by seed, the metric at each number of labels.
Curves = Mapping[str, Sequence[Sequence[float]]]


def labels_to_reach(labels: Sequence[int], seeds: Sequence[Sequence[float]], goal: float) -> float | None:
    """Labels at which the mean over ``seeds``, made monotone, first reaches ``goal``; linear between two points.

    Monotone by isotonic regression: the first lucky step over the line would make noise look like speed.
    """
    mean = np.mean(np.asarray(seeds, dtype=np.float64), axis=0)
    smooth = IsotonicRegression().fit(labels, mean).predict(labels)
    reached = np.flatnonzero(smooth >= goal - 1e-12)
    if not len(reached):
        return None
    at = int(reached[0])
    if at == 0:
        return float(labels[0])
    before, after = smooth[at - 1], smooth[at]
    return float(labels[at - 1] + (goal - before) / (after - before) * (labels[at] - labels[at - 1]))


def compare(labels: Sequence[int], curves: Curves, full: Sequence[float]) -> dict[str, dict[str, Any]]:
    """Each strategy's figures; ``full`` is the metric with the whole pool, seed by seed.

    ``interval``: 95 % over seeds drawn again with replacement, the same ones for both sides of the ratio.
    """
    goal = SHARE * float(np.mean(full))
    base = labels_to_reach(labels, curves["random"], goal)
    found: dict[str, dict[str, Any]] = {}
    for name, seeds in curves.items():
        needed = labels_to_reach(labels, seeds, goal)
        mean = np.mean(seeds, axis=0)
        flat = flat_end(list(zip(labels, mean.tolist(), strict=True)))
        found[name] = {
            "labels_vs_random": _ratio(needed, base),
            "interval": _interval(labels, seeds, curves["random"], full),
            "labels": needed and round(needed, 1),
            "area_vs_random": round(float(mean.mean() / np.mean(curves["random"])), 4),
            "goal": round(goal, 4),
            "full": round(float(np.mean(full)), 4),
            "seeds": len(seeds),
            "curve": {str(n): round(value, 4) for n, value in zip(labels, mean.tolist(), strict=True)},
            "flat_from": flat and flat.labels_from,
        }
    return found


def _ratio(needed: float | None, base: float | None) -> float | None:
    return round(needed / base, 3) if needed is not None and base else None


def _interval(
    labels: Sequence[int], seeds: Sequence[Sequence[float]], base: Sequence[Sequence[float]], full: Sequence[float]
) -> list[float] | None:
    rng = np.random.default_rng(0)
    ratios = []
    for _ in range(RESAMPLES if len(seeds) > 1 else 0):
        drawn = rng.integers(0, len(seeds), len(seeds))
        goal = SHARE * float(np.mean([full[one] for one in drawn]))
        ratio = _ratio(
            labels_to_reach(labels, [seeds[one] for one in drawn], goal),
            labels_to_reach(labels, [base[one] for one in drawn], goal),
        )
        ratios.append(np.inf if ratio is None else ratio)
    if not ratios or not np.isfinite(np.quantile(ratios, 0.975)):
        return None
    return [round(float(np.quantile(ratios, share)), 3) for share in (0.025, 0.975)]


def draw(path: Path, title: str, metric: str, labels: Sequence[int], curves: Curves, full: Sequence[float]) -> None:
    """The mean of each strategy with the 95 % interval of the mean over seeds, as a picture (SVG or PNG)."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(8, 5))
    for name, seeds in curves.items():
        rows = np.asarray(seeds)
        mean, error = rows.mean(axis=0), 1.96 * rows.std(axis=0, ddof=min(1, len(rows) - 1)) / np.sqrt(len(rows))
        strong = name in {"mix", "random"}
        (line,) = axes.plot(labels, mean, label=name, linewidth=2.4 if strong else 1.0, zorder=3 if strong else 2)
        axes.fill_between(labels, mean - error, mean + error, color=line.get_color(), alpha=0.15 if strong else 0.05)
    axes.axhline(SHARE * float(np.mean(full)), color="grey", linestyle="--", linewidth=1, label="95 % of the full pool")
    axes.set(title=title, xlabel="labelled pictures", ylabel=metric)
    axes.legend(fontsize="small", ncols=2)
    axes.grid(alpha=0.3)
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)
    pyplot.close(figure)
