import { useTranslation } from "react-i18next";
import { Button, Card, Row } from "@/components";
import type { Project } from "@/lib/api";
import { formatAgo } from "@/lib/format";
import { usePermissions } from "@/lib/permissions";

const SHOWN_FOR_MS = 24 * 3600 * 1000;

interface RollbackBannerProps {
  project: Project;
  /** What ran before. */
  target: string;
  onRollback: () => void;
}

/** For a day after a deployment the way back stands at the top of the page. */
export function RollbackBanner({ project, target, onRollback }: RollbackBannerProps) {
  const { t } = useTranslation("models");
  const { reason } = usePermissions(project);
  const { deployment } = project;
  if (!deployment || Date.now() - new Date(deployment.since).getTime() > SHOWN_FOR_MS) return null;
  return (
    <Card tone="accent">
      <Row>
        <span>
          {t("rollback.banner", { name: deployment.name, ago: formatAgo(deployment.since), target })}
        </span>
        <Button size="s" reason={reason("deploy")} onClick={onRollback}>
          {t("rollback.open")}
        </Button>
      </Row>
    </Card>
  );
}
