"""All routes: the API, noun by noun; every other address is the single-page application's."""

from django.urls import path, re_path, register_converter
from drf_spectacular.views import SpectacularJSONAPIView
from rest_framework.permissions import IsAuthenticated

from annotator.api import (
    dashboard,
    explorer,
    grid,
    imports,
    items,
    labels,
    members,
    projects,
    proposals,
    runs,
    session,
    suggestions,
    users,
    versions,
)
from annotator.api.rendering import OrjsonRenderer
from annotator.config.spa import page
from compression.api import compress, reports, retrain, variants
from prelabel.api import guessing, models, predictions, queue, similar, triggers
from prelabel.api import proposals as model_proposals


class IdConverter:
    """A primary key: what does not fit a bigint is an address that does not exist, not an error of the database."""

    regex = "[0-9]{1,19}"

    def to_python(self, value: str) -> int:
        if int(value) >= 2**63:
            raise ValueError
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)


register_converter(IdConverter, "id")
PROJECT = "api/projects/<id:project_id>/"
ITEM = "api/items/<id:item_id>/"
RUN = "api/runs/<id:run_id>/"
SEARCH = PROJECT + "similar/<id:search_id>/"
VARIANT = "api/variants/<id:variant_id>/"

urlpatterns = [
    path("api/health/", projects.HealthView.as_view()),
    path(
        "api/schema/",
        SpectacularJSONAPIView.as_view(permission_classes=[IsAuthenticated], renderer_classes=[OrjsonRenderer]),
    ),
    path("api/session/", session.SessionView.as_view()),
    path("api/session/preferences/", session.PreferencesView.as_view()),
    path("api/users/", users.UsersView.as_view()),
    path("api/projects/", projects.ProjectsView.as_view()),
    path(PROJECT, projects.ProjectView.as_view()),
    path(PROJECT + "dashboard/", dashboard.DashboardView.as_view()),
    path(PROJECT + "holders/", dashboard.HoldersView.as_view()),
    path(PROJECT + "audit/", projects.AuditView.as_view()),
    path(PROJECT + "labels/", labels.LabelsView.as_view()),
    path("api/labels/<id:label_id>/", labels.LabelView.as_view()),
    path(PROJECT + "members/", members.MembersView.as_view()),
    path("api/members/<id:member_id>/", members.MemberView.as_view()),
    path(PROJECT + "items/", items.ItemsView.as_view()),
    path(PROJECT + "items/summary/", explorer.SummaryView.as_view()),
    path(PROJECT + "items/bulk/", explorer.BulkView.as_view()),
    path(PROJECT + "items/return/", items.ReturnView.as_view()),
    path(PROJECT + "items/revert/", items.RevertView.as_view()),
    path(PROJECT + "next/", items.NextView.as_view()),
    path(PROJECT + "grid/", grid.ClassesView.as_view()),
    path(PROJECT + "grid/next/", grid.GridNextView.as_view()),
    path(PROJECT + "grid/reopen/", grid.GridReopenView.as_view()),
    path(PROJECT + "grid/lease/", grid.GridLeaseView.as_view()),
    path(PROJECT + "grid/submit/", grid.GridSubmitView.as_view()),
    path(PROJECT + "grid/suggest/", grid.GridSuggestView.as_view()),
    path(ITEM, items.ItemView.as_view()),
    path(ITEM + "image/", items.PictureView.as_view()),
    path(ITEM + "thumbnail/", items.PictureView.as_view(thumbnail=True)),
    path(ITEM + "open/", items.OpenView.as_view()),
    path(ITEM + "lease/", items.LeaseView.as_view()),
    path(ITEM + "draft/", items.DraftView.as_view()),
    path(ITEM + "submit/", items.SubmitView.as_view()),
    path(ITEM + "skip/", items.SkipView.as_view()),
    path(ITEM + "report/", items.ReportView.as_view()),
    path(ITEM + "postpone/", items.PostponeView.as_view()),
    path(ITEM + "propose/", proposals.ProposalView.as_view()),
    path(ITEM + "propose/model/", model_proposals.ModelProposalsView.as_view()),
    path(ITEM + "propose/model/<id:request_id>/", model_proposals.ModelProposalView.as_view()),
    path(ITEM + "suggestions/", suggestions.SuggestionsView.as_view()),
    path("api/suggestions/<id:suggestion_id>/", suggestions.SuggestionView.as_view()),
    path(PROJECT + "imports/", imports.ImportsView.as_view()),
    path(PROJECT + "exports/", imports.ExportsView.as_view()),
    path(PROJECT + "runs/", runs.RunsView.as_view()),
    path(RUN, runs.RunView.as_view()),
    path(RUN + "events/", runs.RunEventsView.as_view()),
    path(RUN + "cancel/", runs.RunCancelView.as_view()),
    path(RUN + "retry/", runs.RunRetryView.as_view()),
    path(RUN + "download/", runs.RunDownloadView.as_view()),
    path(PROJECT + "versions/", versions.VersionsView.as_view()),
    path(PROJECT + "predict/", predictions.PredictView.as_view()),
    path(PROJECT + "thresholds/estimate/", predictions.ThresholdEstimateView.as_view()),
    path(PROJECT + "guessing/", guessing.GuessingView.as_view()),
    path(PROJECT + "queue/", queue.QueueView.as_view()),
    path(PROJECT + "queue/order/", queue.QueueOrderView.as_view()),
    path(PROJECT + "similar/", similar.SimilarView.as_view()),
    path(SEARCH, similar.SearchView.as_view()),
    path(SEARCH + "label/", similar.LabelView.as_view()),
    path(SEARCH + "undo/", similar.UndoView.as_view()),
    path(PROJECT + "triggers/", triggers.TriggersView.as_view()),
    path(PROJECT + "triggers/aside/", triggers.AsideView.as_view()),
    path(PROJECT + "thresholds/found/", predictions.FoundThresholdsView.as_view()),
    path(PROJECT + "models/", models.ModelsView.as_view()),
    path(PROJECT + "rollback/", models.RollbackView.as_view()),
    path(VARIANT + "deploy/", models.DeployView.as_view()),
    path(VARIANT + "download/", variants.DownloadView.as_view()),
    path(VARIANT + "export/", variants.ExportView.as_view()),
    path(VARIANT + "benchmark/", variants.BenchmarkView.as_view()),
    path(VARIANT + "evaluate/", variants.EvaluateView.as_view()),
    path("api/devices/", variants.DevicesView.as_view()),
    path(PROJECT + "retrain/", retrain.RetrainView.as_view()),
    path(PROJECT + "compress/", compress.CompressView.as_view()),
    path(PROJECT + "compress/options/", compress.CompressOptionsView.as_view()),
    path(PROJECT + "compress/estimate/", compress.CompressEstimateView.as_view()),
    path(PROJECT + "pareto/", compress.ParetoView.as_view()),
    path(RUN + "trials/", compress.TrialsView.as_view()),
    path(PROJECT + "reports/", reports.ReportsView.as_view()),
    path(VARIANT + "report/", reports.ReportView.as_view()),
    path(VARIANT + "compare/<id:other_id>/", reports.CompareView.as_view()),
    path(VARIANT + "checklist/", reports.ChecklistView.as_view()),
    re_path(r"^(?!api/|static/).*$", page),
]

handler400 = "annotator.api.problems.bad_request"
handler404 = "annotator.api.problems.not_found"
handler500 = "annotator.api.problems.server_error"
