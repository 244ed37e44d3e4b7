import { useTranslation } from "react-i18next";
import { Card, EmptyState, LinkButton, Loaded, Page, Row, Stack } from "@/components";
import type { ParetoData, Project } from "@/lib/api";
import { usePermissions } from "@/lib/permissions";
import { useProject } from "@/lib/queries";
import { useProjectId } from "@/lib/useProjectId";
import { usePareto } from "../api";
import { AXES, pointKey } from "../axes";
import { frontOf, isOutside } from "../front";
import { toggled, useView } from "../view";
import { CompareTable } from "./CompareTable";
import { Legend } from "./Legend";
import { Missing } from "./Missing";
import styles from "./Pareto.module.css";
import { ParetoPlot, placed } from "./ParetoPlot";
import { PointCard } from "./PointCard";
import { PointsTable } from "./PointsTable";
import { Toolbar } from "./Toolbar";

/** Every variant and trial of the project, on one device and one evaluation set at a time. */
export function ParetoPage() {
  const project = useProject(useProjectId());
  return <Loaded query={project}>{(data) => <Loading project={data} />}</Loaded>;
}

function Loading({ project }: { project: Project }) {
  const { t } = useTranslation("pareto");
  const { view, change } = useView();
  const { reason } = usePermissions(project);
  const pareto = usePareto(project.id, { dataset_version_id: view.version, device_id: view.device });
  return (
    <Page
      wide
      title={t("title")}
      about={t("about")}
      actions={<LinkButton to={`/projects/${project.id}/models`}>{t("models")}</LinkButton>}
    >
      <Loaded query={pareto}>
        {(data) =>
          data.points.length === 0 ? (
            <EmptyState
              title={t("empty.title")}
              reason={reason("train") ?? t("empty.reason")}
              action={
                reason("train") ? null : (
                  <Row>
                    <LinkButton variant="primary" to={`/projects/${project.id}/models/compress`}>
                      {t("empty.train")}
                    </LinkButton>
                    <LinkButton to={`/projects/${project.id}/models`}>{t("empty.import")}</LinkButton>
                  </Row>
                )
              }
            />
          ) : (
            <Plot project={project} data={data} view={view} change={change} />
          )
        }
      </Loaded>
    </Page>
  );
}

type PlotProps = { project: Project; data: ParetoData } & ReturnType<typeof useView>;

function Plot({ project, data, view, change }: PlotProps) {
  const { t } = useTranslation("pareto");
  const { points } = data;
  const [x, y] = [AXES[view.x], AXES[view.y]];
  const spots = placed(points, x, y);
  const directions = { x: x.better, y: y.better };
  const known = view.selected.filter((key) => points.some((point) => pointKey(point) === key));
  const chosen = known.flatMap((key) => points.filter((point) => pointKey(point) === key));
  const outside = spots.filter((spot) => isOutside(spot, view.budgets, directions)).length;
  const front = frontOf(
    spots.filter(({ point }) => !point.stale),
    directions,
  );
  const deployed = points.find((point) => point.deployed) ?? null;
  const limited = view.budgets.x !== null || view.budgets.y !== null;
  const select = (key: string, more: boolean) => change({ selected: more ? toggled(known, key) : [key] });
  const only = chosen.length === 1 ? chosen[0] : undefined;
  return (
    <Stack>
      <Card>
        <Toolbar data={data} view={view} change={change} />
      </Card>
      <div className={styles.layout}>
        <Card
          title={t("plotTitle", { x: t(`axis.${x.name}`), y: t(`axis.${y.name}`) })}
          about={
            <span aria-live="polite">
              {limited ? t("outside", { n: outside, total: spots.length }) : t("hint")}
            </span>
          }
        >
          <ParetoPlot
            spots={spots}
            points={points}
            x={x}
            y={y}
            view={{ ...view, selected: known }}
            onSelect={select}
            onBudgets={(budgets) => change({ budgets })}
          />
          {spots.length === 1 ? <p className="muted">{t("onePoint")}</p> : null}
          <Legend points={points} fresh={view.fresh.length > 0} />
          <Missing project={project} data={data} view={view} axes={[x, y]} />
        </Card>
        {only ? (
          <PointCard project={project} point={only} deployed={deployed} />
        ) : (
          <Card title={chosen.length ? t("compare.count", { count: chosen.length }) : t("card.none")}>
            <p className="muted">{t(chosen.length ? "compare.below" : "card.hint")}</p>
          </Card>
        )}
      </div>
      {chosen.length > 1 ? <CompareTable points={chosen} /> : null}
      <PointsTable
        points={points}
        selected={known}
        front={new Set(front.map(({ key }) => key))}
        metric={data.metric}
        onToggle={(key) => change({ selected: toggled(known, key) })}
      />
    </Stack>
  );
}
