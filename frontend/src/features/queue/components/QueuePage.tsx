import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import {
  Button,
  Card,
  EmptyState,
  LinkButton,
  Loaded,
  Page,
  Row,
  Skeleton,
  Stack,
  toast,
} from "@/components";
import type { Project, QueueReason } from "@/lib/api";
import { errorText } from "@/lib/errorText";
import { formatNumber } from "@/lib/format";
import { usePermissions } from "@/lib/permissions";
import { useProject } from "@/lib/queries";
import { useProjectId } from "@/lib/useProjectId";
import { useQueueTold, useRevertAuto, useWaiting } from "../api";
import { Holders } from "./Holders";
import { NextUp } from "./NextUp";
import { OrderCard } from "./OrderCard";
import styles from "./Queue.module.css";

const REASONS: QueueReason[] = ["returned", "uncertain", "empty", "no_prediction", "test_item", "spot_check"];

export function QueuePage() {
  const project = useProject(useProjectId());
  return <Loaded query={project}>{(data) => <Queue project={data} />}</Loaded>;
}

function Queue({ project }: { project: Project }) {
  const { t } = useTranslation("queue");
  const { reason } = usePermissions(project);
  const dashboard = useWaiting(project.id);
  const { counts } = project;
  const off = reason("review") ?? (counts.waiting === 0 ? t("nothing") : null);
  const start = off ? (
    <Button variant="primary" reason={off}>
      {t("common:action.review")}
    </Button>
  ) : (
    <LinkButton variant="primary" to={`/projects/${project.id}/review`}>
      {t("common:action.review")}
    </LinkButton>
  );
  const grid =
    off === null && project.task_type === "image_classification" ? (
      <LinkButton to={`/projects/${project.id}/grid`}>{t("grid:mode.grid")}</LinkButton>
    ) : null;
  const actions = (
    <Row>
      {grid}
      {start}
    </Row>
  );
  return (
    <Page title={t("title")} about={t("about")} actions={actions}>
      <Loaded query={dashboard}>
        {({ waiting }) => (
          <Stack>
            <Card title={t("waiting", { count: counts.waiting, n: formatNumber(counts.waiting) })}>
              {counts.waiting === 0 ? (
                <EmptyState title={t("empty.title")} reason={t("empty.reason")} />
              ) : (
                <Reasons projectId={project.id} waiting={waiting} total={counts.waiting} />
              )}
            </Card>
            <Ordered project={project} />
            <Holders project={project} />
            <Card title={t("aside.title")} about={t("aside.about")}>
              <div className={styles.aside}>
                <Link to={`/projects/${project.id}/items?state=skipped`}>
                  {t("aside.skipped", { n: formatNumber(counts.skipped) })}
                </Link>
                <Link to={`/projects/${project.id}/items?state=problem`}>
                  {t("aside.problem", { n: formatNumber(counts.problem) })}
                </Link>
                <Link to={`/projects/${project.id}/items?postponed=1`}>{t("aside.postponed")}</Link>
              </div>
            </Card>
            <AutoAccepted project={project} />
          </Stack>
        )}
      </Loaded>
    </Page>
  );
}

function Ordered({ project }: { project: Project }) {
  const told = useQueueTold(project.id);
  return (
    <Loaded query={told} skeleton={<Skeleton rows={4} height={44} />}>
      {(data) => (
        <>
          <NextUp project={project} next={data.next} />
          <OrderCard project={project} told={data} />
        </>
      )}
    </Loaded>
  );
}

function AutoAccepted({ project }: { project: Project }) {
  const { t } = useTranslation("queue");
  const { reason } = usePermissions(project);
  const revert = useRevertAuto(project.id);
  const n = project.counts.auto_accepted;
  const start = () =>
    revert.mutate(undefined, {
      onSuccess: ({ items }) => toast({ message: t("auto.reverted", { count: items }), tone: "good" }),
      onError: (error) => toast({ message: errorText(error), tone: "bad" }),
    });
  return (
    <Card title={t("auto.title")} about={t("auto.about")}>
      <div className={styles.aside}>
        <Link to={`/projects/${project.id}/items?state=auto_accepted`}>
          {t("auto.show", { n: formatNumber(n) })}
        </Link>
        <Button
          busy={revert.isPending}
          reason={reason("manage_items") ?? (n === 0 ? t("auto.none") : null)}
          onClick={start}
        >
          {t("auto.revert")}
        </Button>
      </div>
    </Card>
  );
}

interface ReasonsProps {
  projectId: number;
  waiting: Partial<Record<QueueReason, number>>;
  total: number;
}

function Reasons({ projectId, waiting, total }: ReasonsProps) {
  const { t } = useTranslation("queue");
  return (
    <ul className={styles.reasons}>
      {REASONS.map((name) => {
        const n = waiting[name] ?? 0;
        if (n === 0) return null;
        return (
          <li key={name} className={styles.reason}>
            <div>
              <strong>
                <Link to={`/projects/${projectId}/items?reason=${name}`}>{t(`reason.${name}.title`)}</Link>
              </strong>
              <p className="muted">{t(`reason.${name}.about`)}</p>
            </div>
            <div className={styles.meter} aria-hidden="true">
              <div style={{ width: `${Math.min(100, (n / total) * 100)}%` }} />
            </div>
            <span className={styles.number}>{formatNumber(n)}</span>
          </li>
        );
      })}
    </ul>
  );
}
