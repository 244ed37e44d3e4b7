import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import {
  Bar,
  Button,
  Card,
  Facts,
  LinkButton,
  Loaded,
  Page,
  Row,
  Skeleton,
  Stack,
  toast,
} from "@/components";
import type { Project } from "@/lib/api";
import { errorText } from "@/lib/errorText";
import { formatAgo, formatNumber } from "@/lib/format";
import { stateParts } from "@/lib/itemStates";
import { usePermissions } from "@/lib/permissions";
import { useProject } from "@/lib/queries";
import { useProjectId } from "@/lib/useProjectId";
import { useDashboard, usePredict } from "../api";
import { Acceptance } from "./Acceptance";
import { Checklist } from "./Checklist";
import styles from "./Projects.module.css";
import { RetrainBanner } from "./RetrainBanner";
import { SpotChecks, Throughput } from "./Tiles";

export function DashboardPage() {
  const projectId = useProjectId();
  const project = useProject(projectId);
  return <Loaded query={project}>{(data) => <Overview project={data} />}</Loaded>;
}

function Overview({ project }: { project: Project }) {
  const { t } = useTranslation("projects");
  const dashboard = useDashboard(project.id);
  return (
    <Page title={project.name} about={project.description} actions={<Actions project={project} />}>
      <Stack>
        {project.retrain.due ? <RetrainBanner project={project} /> : null}
        {project.counts.total === 0 ? <Checklist project={project} /> : <Counts project={project} />}
        {project.counts.total === 0 ? null : (
          <Loaded query={dashboard} skeleton={<Skeleton rows={2} height={180} />}>
            {(data) => (
              <div className={styles.tiles}>
                <div className={styles.twoThirds}>
                  <Card title={t("throughput.title")} about={t("throughput.about")}>
                    <Throughput days={data.reviewed_per_day} />
                  </Card>
                </div>
                <div className={styles.third}>
                  <Card title={t("spot.title")} about={t("spot.about")}>
                    <SpotChecks spot={data.spot_checks} />
                  </Card>
                </div>
                <Card title={t("acceptance.title")} about={t("acceptance.about")}>
                  <Acceptance rows={data.acceptance} labels={project.classes} />
                </Card>
              </div>
            )}
          </Loaded>
        )}
      </Stack>
    </Page>
  );
}

function Actions({ project }: { project: Project }) {
  const { t } = useTranslation("projects");
  const navigate = useNavigate();
  const { can, reason } = usePermissions(project);
  const predict = usePredict(project.id);
  const start = () =>
    predict.mutate(
      { scope: "unreviewed" },
      {
        onSuccess: (run) => navigate(`/projects/${project.id}/runs/${run.id}`),
        onError: (error) => toast({ message: errorText(error), tone: "bad" }),
      },
    );
  const noModel = project.deployment ? null : t("overview.noModel");
  return (
    <Row>
      {can("predict") ? (
        <Button onClick={start} busy={predict.isPending} reason={noModel}>
          {t("overview.predict")}
        </Button>
      ) : null}
      {project.counts.waiting > 0 && can("review") ? (
        <LinkButton to={`/projects/${project.id}/review`} variant="primary">
          {t("common:action.review")}
        </LinkButton>
      ) : (
        <Button variant="primary" reason={reason("review") ?? t("overview.nothingWaits")}>
          {t("common:action.review")}
        </Button>
      )}
    </Row>
  );
}

function Counts({ project }: { project: Project }) {
  const { t } = useTranslation("projects");
  const { counts, splits, deployment } = project;
  return (
    <Card title={t("counts.title", { total: formatNumber(counts.total) })}>
      <Stack gap="l">
        <Bar
          label={t("counts.label")}
          parts={stateParts(project, (state) => t(`common:state.${state}`))}
          format={formatNumber}
        />
        <Facts
          facts={[
            { name: t("counts.waiting"), value: formatNumber(counts.waiting) },
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
    </Card>
  );
}
