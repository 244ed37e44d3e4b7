import { useTranslation } from "react-i18next";
import { useParams, useSearchParams } from "react-router";
import { EmptyState, ErrorState, Grid, LinkButton, Page, Select, Skeleton, Stack } from "@/components";
import type { VariantReport } from "@/lib/api";
import { formatTime } from "@/lib/format";
import { useProjectId } from "@/lib/useProjectId";
import { useReport, useVariantName } from "../api";
import { Calibration } from "./Calibration";
import { ConfusionMatrix } from "./ConfusionMatrix";
import { PrecisionRecall, Reliability } from "./Curves";
import { Found } from "./Found";
import { PerClass, PerSize } from "./Groups";
import { LeftOut } from "./LeftOut";
import { Metrics } from "./Metrics";
import { Worst } from "./Worst";

const SPLITS = ["test", "val"] as const;

/** Everything that was measured of one variant on one split. */
export function ReportPage() {
  const { t } = useTranslation("reports");
  const projectId = useProjectId();
  const variantId = Number(useParams().variantId);
  const [search, setSearch] = useSearchParams();
  const split = SPLITS.find((name) => name === search.get("split")) ?? "test";
  const name = useVariantName(projectId, variantId);
  const report = useReport(variantId, split);
  const { data } = report;
  return (
    <Page
      title={t("title", { name })}
      about={
        data
          ? t("about", {
              n: data.images,
              split: t(`split.${split}`),
              number: data.dataset_version.number,
              at: formatTime(data.created_at),
            })
          : undefined
      }
      actions={
        <>
          <Select
            aria-label={t("splitLabel")}
            value={split}
            onChange={(event) => setSearch({ split: event.target.value }, { replace: true })}
          >
            {SPLITS.map((one) => (
              <option key={one} value={one}>
                {t(`split.${one}`)}
              </option>
            ))}
          </Select>
          <LinkButton to={`/projects/${projectId}/models/pareto?selected=v${variantId}`}>
            {t("pareto")}
          </LinkButton>
          <LinkButton to={`/projects/${projectId}/models`}>{t("models")}</LinkButton>
        </>
      }
    >
      {data ? <Report projectId={projectId} report={data} /> : null}
      {report.isPending ? <Skeleton rows={6} height={60} /> : null}
      {report.error?.status === 404 ? (
        <EmptyState title={t("none.title")} reason={t("none.reason", { split: t(`split.${split}`) })} />
      ) : report.error ? (
        <ErrorState error={report.error} onRetry={() => void report.refetch()} />
      ) : null}
    </Page>
  );
}

function Report({ projectId, report }: { projectId: number; report: VariantReport }) {
  const { pr = [], reliability = [], confusion } = report.curves;
  return (
    <Stack>
      <Metrics report={report} />
      <PerClass projectId={projectId} report={report} />
      <Grid min={380}>
        {pr.length ? <PrecisionRecall projectId={projectId} curves={pr} /> : null}
        {reliability.length ? <Reliability bins={reliability} ece={report.metrics.ece} /> : null}
        {report.calibration ? <Calibration calibration={report.calibration} /> : null}
        <PerSize report={report} />
      </Grid>
      {report.calibration?.left_out?.length ? (
        <LeftOut projectId={projectId} rows={report.calibration.left_out} />
      ) : null}
      {report.calibration ? <Found projectId={projectId} calibration={report.calibration} /> : null}
      {confusion && confusion.labels.length > 1 ? (
        <ConfusionMatrix projectId={projectId} confusion={confusion} />
      ) : null}
      <Worst projectId={projectId} report={report} />
    </Stack>
  );
}
