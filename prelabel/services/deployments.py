"""Promotes a variant: from then on its guesses are routed and shown; the earlier ones are kept for rollback."""

from __future__ import annotations

from django.db import transaction

from annotator.core.errors import Conflict
from annotator.models import PredictionSource, Project, Run, User
from annotator.services import audit, projects, runs
from prelabel.models import Deployment, ModelVariant


@transaction.atomic
def deploy_variant(
    *, actor: User | None, variant: ModelVariant, reason: str = "", predict: bool = True
) -> tuple[Deployment, Run | None]:
    """Make the variant the project's pre-labeller and predict the unreviewed items again.

    Raises Conflict ``gate_refused``, or ``gate_inconclusive`` when no reason is typed.
    """
    project = Project.objects.select_for_update().get(pk=variant.version.project_id)
    _ask_gate(variant, reason)
    previous = Deployment.objects.filter(project=project, active=True).first()
    if previous is not None and previous.variant_id == variant.pk:  # a second press, or a run's second try
        return previous, _predict_again(actor, project) if predict else None
    deployment = _promote(actor, project, variant, reason, previous)
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
    before = {"variant_id": previous.variant_id} if previous else None
    after = {"variant_id": variant.pk, "reason": reason, "gate": variant.gate}
    audit.record(actor=actor, verb="model.deploy", target=deployment, project_id=project.pk, before=before, after=after)
    return deployment


@transaction.atomic
def rollback(*, actor: User, project: Project, reason: str = "") -> tuple[Deployment, Run | None]:
    """Deploy what was deployed before; its stored guesses are routed again without running the model anew.

    A second rollback goes one further back, not forward again.
    """
    active = Deployment.objects.filter(project=project, active=True)
    current = active.select_related("previous__variant__version").first()
    if current is None or current.previous is None:
        raise Conflict("there is no earlier deployment to go back to", code="nothing_to_roll_back_to")
    target = current.previous
    why = f"rollback of deployment {current.pk}" + (f": {reason}" if reason else "")
    deployment, run = deploy_variant(actor=actor, variant=target.variant, reason=why[:400])
    deployment.previous = target.previous
    deployment.save(update_fields=["previous"])
    return deployment, run


def _ask_gate(variant: ModelVariant, reason: str) -> None:
    verdict = (variant.gate or {}).get("verdict")
    if verdict == "refuse":
        raise Conflict(
            "the gate refused this variant: " + "; ".join((variant.gate or {}).get("reasons", [])), code="gate_refused"
        )
    if verdict == "inconclusive" and len(reason.strip()) < 10:
        raise Conflict(
            "the gate could not tell whether this variant is good enough; type a reason (10 characters or more)",
            code="gate_inconclusive",
        )
