import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { Button, LinkButton, Loaded, Page, Row, Stack, toast } from "@/components";
import type { Project } from "@/lib/api";
import { errorText } from "@/lib/errorText";
import { formatNumber } from "@/lib/format";
import { usePermissions } from "@/lib/permissions";
import { useProject } from "@/lib/queries";
import { useProjectId } from "@/lib/useProjectId";
import { usePredict, useTile } from "../api";
import { Acceptance } from "./Acceptance";
import { Checklist } from "./Checklist";
import { LookChoice, useLook } from "./LookChoice";
import { Progress } from "./Progress";
import styles from "./Projects.module.css";
import { RetrainBanner } from "./RetrainBanner";
import { RetrainCard } from "./RetrainCard";
import { Stuck } from "./Stuck";
import { Tile } from "./Tile";
import { SpotChecks, Throughput } from "./Tiles";

export function DashboardPage() {
  const projectId = useProjectId();
  const project = useProject(projectId);
  return <Loaded query={project}>{(data) => <Overview project={data} />}</Loaded>;
}

function Overview({ project }: { project: Project }) {
  return (
    <Page title={project.name} about={project.description} actions={<Actions project={project} />}>
      <Stack>
        {project.retrain.due ? <RetrainBanner project={project} /> : null}
        {project.counts.total === 0 ? <Checklist project={project} /> : <AllTiles project={project} />}
      </Stack>
    </Page>
  );
}

function AllTiles({ project }: { project: Project }) {
  const { t } = useTranslation("projects");
  const { can } = usePermissions(project);
  const look = useLook();
  const progress = useTile(project.id, "progress");
  const stuck = useTile(project.id, "stuck");
  const throughput = useTile(project.id, "throughput", look);
  const spot = useTile(project.id, "spot_checks", look);
  const acceptance = useTile(project.id, "acceptance", look);
  const total = progress.data?.progress.counts.total ?? project.counts.total;
  return (
    <div className={styles.tiles}>
      <div className={styles.twoThirds}>
        <Tile title={t("counts.title", { total: formatNumber(total) })} query={progress}>
          {(data) => <Progress project={project} progress={data.progress} />}
        </Tile>
      </div>
      <div className={styles.third}>
        <Tile title={t("stuck.title")} about={t("stuck.about")} query={stuck}>
          {(data) => <Stuck projectId={project.id} stuck={data.stuck} />}
        </Tile>
      </div>
      {can("edit_project") ? (
        <div>
          <RetrainCard project={project} />
        </div>
      ) : null}
      <LookChoice projectId={project.id} look={look} />
      <div className={styles.twoThirds}>
        <Tile title={t("throughput.title")} about={t("throughput.about")} query={throughput} height={140}>
          {(data) => <Throughput project={project} days={data.throughput} length={look.days} />}
        </Tile>
      </div>
      <div className={styles.third}>
        <Tile title={t("spot.title")} about={t("spot.about")} query={spot} height={140}>
          {(data) => <SpotChecks project={project} spot={data.spot_checks} />}
        </Tile>
      </div>
      <div>
        <Tile title={t("acceptance.title")} about={t("acceptance.about")} query={acceptance}>
          {(data) => <Acceptance projectId={project.id} rows={data.acceptance} labels={project.classes} />}
        </Tile>
      </div>
    </div>
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
      {project.counts.waiting > 0 && can("review") && project.task_type === "image_classification" ? (
        <LinkButton to={`/projects/${project.id}/grid`}>{t("grid:mode.grid")}</LinkButton>
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
