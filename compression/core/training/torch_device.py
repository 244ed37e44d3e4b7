"""Which device a training runs on."""

from __future__ import annotations

from annotator.core.errors import RunFailed


def pick_device(*, gpu: bool) -> str:
    """ "cpu", or all CUDA devices that this process may use, e.g. "cuda:0,1". Raises RunFailed (no_gpu)."""
    if not gpu:
        return "cpu"
    import torch

    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if not count:
        raise RunFailed(
            "This run waited for a GPU, and the worker that took it sees none: check its driver, or start the run on "
            "the CPU.",
            code="no_gpu",
        )
    return f"cuda:{','.join(str(index) for index in range(count))}"
