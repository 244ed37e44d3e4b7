"""The one tree of errors that users may see.

The API renders each as ``{code, message, details}`` with its status; a worker stores code and message on the Run.
A message says what was wrong, where, and what to do.
"""

from __future__ import annotations

from typing import Any


class WinnowError(Exception):
    """Root of every expected failure."""

    code = "error"
    status = 400

    def __init__(self, message: str, *, code: str | None = None, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = details
        if code is not None:
            self.code = code


class NotAllowed(WinnowError):
    """A member without the capability."""

    code, status = "forbidden", 403


class NotFound(WinnowError):
    """Absent, or hidden from an outsider: the two must look the same."""

    code, status = "not_found", 404


class Conflict(WinnowError):
    """The request is fine, the state of its target is not."""

    code, status = "conflict", 409


class LeaseLost(Conflict):
    """Somebody else holds the work now, or the time ran out."""

    code = "lease_lost"


class StaleRevision(WinnowError):
    """The writer saw an older revision than the current one (details carry ``current``)."""

    code, status = "stale_revision", 412


class PreconditionRequired(WinnowError):
    """A write came without ``If-Match``."""

    code, status = "precondition_required", 428


class TooLarge(WinnowError):
    """A size, count or ratio limit was passed; the message names the limit."""

    code, status = "too_large", 413


class Unprocessable(WinnowError):
    """Well-formed input that makes no sense here."""

    code, status = "unprocessable", 422


class InvalidDocument(Unprocessable):
    """A document of geometry that its task type refuses; ``path`` points into it, e.g. ``objects[3].bbox``."""

    code = "invalid_document"


class UnknownClass(Unprocessable):
    """A class name or id that the project does not have."""

    code = "unknown_class"


class BadUpload(WinnowError):
    """A file that is not what it should be."""

    code = "bad_upload"


class BadPicture(BadUpload):
    """A picture that cannot be taken; ``code`` says which way (not_an_image, truncated_image, too_many_pixels …)."""

    code = "not_an_image"


class BadArchive(BadUpload):
    """A zip that is broken or hostile."""

    code = "bad_archive"


class UnsafePath(BadArchive):
    """A path that leaves its folder."""

    code = "unsafe_path"


class BadArtifact(BadUpload):
    """A model folder whose manifest, hash or file kind is wrong; ``field`` says where."""

    code = "bad_artifact"


class RunCancelled(WinnowError):
    """A person asked the run to stop; raised at its next report of progress."""

    code, status = "cancelled", 409


class RunFailed(WinnowError):
    """A run that cannot go on, with the reason a person can act on."""

    code, status = "run_failed", 500
