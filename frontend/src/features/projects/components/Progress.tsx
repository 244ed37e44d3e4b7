import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Bar, Facts, Stack } from "@/components";
import type { Dashboard, Project } from "@/lib/api";
import { formatAgo, formatDay, formatNumber } from "@/lib/format";
import { stateParts } from "@/lib/itemStates";

const DAY_MS = 86_400_000;
/** Beyond a year a date says more than is known. */
const LONGEST_DAYS = 365;

/** Items by state, and when nothing will wait any more. */
export function Progress({ project, progress }: { project: Project; progress: Dashboard["progress"] }) {
  const { t } = useTranslation("projects");
  const { counts } = progress;
  const { splits, deployment } = project;
  return (
    <Stack gap="l">
      <Bar
        label={t("counts.label")}
        parts={stateParts({ id: project.id, counts }, (state) => t(`common:state.${state}`))}
        format={formatNumber}
      />
      <Facts
        facts={[
          {
            name: t("counts.waiting"),
            value: (
              <Link to={`/projects/${project.id}/items?state=queued&order=score`}>
                {formatNumber(counts.waiting)}
              </Link>
            ),
          },
          { name: t("forecast.title"), value: useForecast(progress) },
          {
            name: t("counts.splits"),
            value: [splits?.train, splits?.val, splits?.test].map((n) => formatNumber(n)).join(" / "),
          },
          {
            name: t("overview.model"),
            value: deployment ? `${deployment.name} · ${formatAgo(deployment.since)}` : t("overview.none"),
          },
        ]}
      />
    </Stack>
  );
}

function useForecast({ counts, forecast, worked_days, days }: Dashboard["progress"]): string {
  const { t } = useTranslation("projects");
  if (counts.waiting === 0) return t("forecast.done");
  if (!forecast)
    return t("forecast.unknown", { worked: formatNumber(worked_days), days: formatNumber(days) });
  const { fast_days, slow_days, fast_pace, slow_pace } = forecast;
  if (fast_days > LONGEST_DAYS) return t("forecast.long");
  const [from, to] = [fast_days, slow_days].map((n) => formatDay(dayAfter(n)));
  const pace = { slow: formatNumber(Math.round(slow_pace)), fast: formatNumber(Math.round(fast_pace)) };
  if (fast_days === slow_days) return t("forecast.day", { from, ...pace });
  return t("forecast.range", { from, to, ...pace });
}

function dayAfter(days: number, now = Date.now()): string {
  return new Date(now + days * DAY_MS).toISOString().slice(0, 10);
}
