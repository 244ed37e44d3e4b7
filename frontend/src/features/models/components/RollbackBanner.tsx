import { useTranslation } from "react-i18next";
import { Button, Card, Row } from "@/components";
import type { Project } from "@/lib/api";
import { formatAgo } from "@/lib/format";
import { usePermissions } from "@/lib/permissions";

const SHOWN_FOR_MS = 24 * 3600 * 1000;

/** For a day after a deployment the way back stands at the top of the page. */
export function RollbackBanner({ project, onRollback }: { project: Project; onRollback: () => void }) {
  const { t } = useTranslation("models");
  const { reason } = usePermissions(project);
  const { deployment } = project;
  if (!deployment || Date.now() - new Date(deployment.since).getTime() > SHOWN_FOR_MS) return null;
  return (
    <Card tone="accent">
      <Row>
        <span>{t("rollback.banner", { name: deployment.name, ago: formatAgo(deployment.since) })}</span>
        <Button size="s" reason={reason("deploy")} onClick={onRollback}>
          {t("rollback.open")}
        </Button>
      </Row>
    </Card>
  );
}
