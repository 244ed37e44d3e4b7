"""What a model is given away as: its files, manifest, labels, a readme, a model card and runnable examples."""

from __future__ import annotations

import json

from prelabel.core.artifact import Manifest
from prelabel.core.bundle.card import CardFacts, model_card
from prelabel.core.bundle.example import examples
from prelabel.core.bundle.readme import readme

__all__ = ["CardFacts", "bundle_texts"]


def bundle_texts(manifest: Manifest, facts: CardFacts) -> dict[str, str]:
    """Path in the bundle → text, of everything but the model's own files."""
    runnable = examples(manifest)
    return {
        "manifest.json": json.dumps(manifest.to_json(), indent=2, ensure_ascii=False) + "\n",
        "labels.txt": "\n".join(manifest.classes) + "\n",
        "README.md": readme(manifest, sorted(runnable)),
        "MODEL_CARD.md": model_card(manifest, facts),
        **{f"examples/{name}": text for name, text in runnable.items()},
    }
