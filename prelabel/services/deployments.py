"""Promotes a variant: from then on its guesses are routed and shown; the earlier ones are kept for rollback."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from annotator.core.errors import Conflict, Unprocessable
from annotator.models import PredictionSource, Project, Run, User
from annotator.services import audit, projects, runs
from prelabel.core.artifact import RUNNABLE_TARGETS
from prelabel.core.promotion import LEAST_REASON, asked_of, is_reason, rules_of
from prelabel.models import Deployment, ModelVariant
from prelabel.selectors.registry import gate_of
from prelabel.services import found_thresholds


@transaction.atomic
def deploy_variant(
    *, actor: User | None, variant: ModelVariant, reason: str = "", predict: bool = True, override: bool = False
) -> tuple[Deployment, Run | None]:
    """Make the variant the project's pre-labeller and predict the unreviewed items again.

    A person may go over the gate with a typed reason, over its refusal only by ``override`` too; both are audited.
    Raises Conflict ``gate_refused`` or ``gate_inconclusive``, with what the gate said in its details;
    Unprocessable for a file that predictors do not open.
    """
    if variant.manifest.get("target", "onnx") not in RUNNABLE_TARGETS:
        raise Unprocessable("a file for another runtime cannot predict here; deploy an ONNX or OpenVINO variant")
    project = Project.objects.select_for_update().get(pk=variant.version.project_id)
    gate = gate_of(variant)
    asked = asked_of(gate)
    if asked is not None:
        _ask_gate(gate or {}, asked, reason, override)
    previous = Deployment.objects.filter(project=project, active=True).first()
    if previous is not None and previous.variant_id == variant.pk:  # a second press, or a run's second try
        return previous, _predict_again(actor, project) if predict else None
    deployment = _promote(actor, project, variant, reason, previous)
    if asked is not None:
        audit.record(
            actor=actor, verb="model.override", target=deployment, project_id=project.pk,
            before={"gate": gate}, after={"variant_id": variant.pk, "reason": reason},
        )  # fmt: skip
    return deployment, _predict_again(actor, project) if predict else None


def _predict_again(actor: User | None, project: Project) -> Run:
    return runs.create_run(actor=actor, project=project, kind="predict", params={"scope": "unreviewed"})


def _promote(
    actor: User | None, project: Project, variant: ModelVariant, reason: str, previous: Deployment | None
) -> Deployment:
    source, _ = PredictionSource.objects.get_or_create(
        project=project,
        kind=PredictionSource.Kind.MODEL,
        reference=f"variant:{variant.pk}",
        defaults={"name": f"{variant.version.name[:90]} v{variant.version.number} {variant.precision}"},
    )
    if previous is not None:
        Deployment.objects.filter(pk=previous.pk).update(active=False)
    deployment = Deployment.objects.create(
        project=project, variant=variant, source=source, previous=previous, reason=reason, created_by=actor
    )
    projects.use_source(actor=actor, project_id=project.pk, source=source)
    found_thresholds.renew_thresholds(project_id=project.pk, variant=variant)
    before = {"variant_id": previous.variant_id} if previous else None
    after = {"variant_id": variant.pk, "reason": reason, "gate": variant.gate}
    audit.record(actor=actor, verb="model.deploy", target=deployment, project_id=project.pk, before=before, after=after)
    return deployment


@transaction.atomic
def rollback(*, actor: User, project: Project, reason: str = "") -> tuple[Deployment, Run | None]:
    """Deploy what was deployed before; its stored guesses are routed again without running the model anew.

    A second rollback goes one further back, not forward again.
    """
    locked = Project.objects.select_for_update().get(pk=project.pk)
    active = Deployment.objects.filter(project=locked, active=True)
    current = active.select_related("previous__variant__version").first()
    if current is None or current.previous is None:
        raise Conflict("there is no earlier deployment to go back to", code="nothing_to_roll_back_to")
    why = f"rollback of deployment {current.pk}" + (f": {reason}" if reason else "")
    # No gate: what was in use may come back, whatever it said. Its predictions are still there.
    target = current.previous
    deployment = _promote(actor, locked, target.variant, why[:400], current)
    deployment.previous = target.previous
    deployment.save(update_fields=["previous"])
    return deployment, _predict_again(actor, locked)


def _ask_gate(gate: Mapping[str, Any], asked: str, reason: str, override: bool) -> None:
    if is_reason(reason) and (override or asked == "reason"):
        return
    said = {"gate_reasons": list(gate.get("reasons", [])), "rules": rules_of(gate)}
    if asked == "override":
        raise Conflict(
            f"the gate refused this variant: {'; '.join(said['gate_reasons'])}. To deploy it all the same, override "
            f"with a reason of {LEAST_REASON} characters or more",
            code="gate_refused",
            **said,
        )
    raise Conflict(
        f"the gate could not tell whether this variant is good enough; type a reason ({LEAST_REASON} characters or "
        "more)",
        code="gate_inconclusive",
        **said,
    )
