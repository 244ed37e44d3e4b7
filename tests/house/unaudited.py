"""Services that leave no audit event, and why."""

from __future__ import annotations

RUN_BOOKS = (
    "runs.claim_run", "runs.renew_lease", "runs.report_progress", "runs.save_checkpoint", "runs.finish_run",
    "runs.give_back_run", "runs.add_event", "runs.add_event_once", "runs.ring_for_help", "runs.sweep",
)  # fmt: skip
# Not audited, and why.
QUIET = {
    "annotations.save_draft": "autosave; DESIGN: drafts are not audited",
    "annotations.discard_draft": "the other half of it",
    "annotations.append_annotation": "a part of an import, which is audited whole",
    "audit.record": "the trail itself",
    "imports.prepare_target": "the empty dataset of an import, which is audited when items come in",
    "imports.prepare_classes": "adds classes by labels.add_label",
    "demo.make_demo": "made of audited services",
    "grid.lease_grid": "leases, as with a single item",
    "grid.reopen_grid": "same",
    "queue.*": "leases and places in the queue; what moves them (submit, skip, route, return) is audited",
    "embeddings.*": "what a model's features say of a picture; nothing is decided by keeping it",
    "predictions.store_predictions": "guesses are no decisions; what is done with them (items.route) is audited",
    "devices.see_device": "what a machine says of itself; no person decides it",
    "devices.renew_device": "same",
    **dict.fromkeys(RUN_BOOKS, "a worker's own book-keeping, told in the run's events"),
    "shards.*": "parts of a run: book-keeping of its workers; what they store is audited",
    "predictions.store_shard": "guesses and features, as above; what is routed or cannot be read is audited",
    "proposals.*": "a question and its answer, which Redis forgets in a minute; what a person makes of it is audited",
    "triggers.*": "what a run counted is no decision; the rest is audited, with tests of its own",
    "trials.*": "what a run's search tries is its own book-keeping; what it registers is audited",
}
# Change nothing in the database.
READS = {
    "annotations.check_revision",
    "annotations.review_notes",
    "annotations.validate_document",
    "demo.login_path",
    "imports.class_table",
    "imports.signed_hash",
    "imports.unsigned_hash",
    "projects.check",
    "runs.run_of_key",
    "runs.storable",
    "versions.read_manifest",
    "registry.fetch_artifact",
    "registry.fetch_training_files",
    "bundles.bundle_name",
    "bundles.stream_bundle",
    "uploads.check_upload",
    "uploads.refuse_pickle_start",
    "retrains.check_base",
    "compressions.estimate_compression",
    "routing.own_doubt",
    "routing.thresholds_of",
}
