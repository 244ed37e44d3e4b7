import { useTranslation } from "react-i18next";
import { Button, Card, LinkButton } from "@/components";
import type { Project } from "@/lib/api";
import { formatNumber } from "@/lib/format";
import { usePermissions } from "@/lib/permissions";

export function RetrainBanner({ project }: { project: Project }) {
  const { t } = useTranslation("projects");
  const { can, reason } = usePermissions(project);
  const { low, high, reviewed_since } = project.retrain;
  const action = can("train") ? (
    <LinkButton to={`/projects/${project.id}/models?retrain=1`} variant="primary">
      {t("retrain.open")}
    </LinkButton>
  ) : (
    <Button variant="primary" reason={reason("train")}>
      {t("retrain.open")}
    </Button>
  );
  const numbers = {
    low: formatNumber(low),
    high: formatNumber(high),
    reviewed: formatNumber(reviewed_since ?? 0),
  };
  return (
    <Card tone="warn" title={t("retrain.title")} about={t("retrain.about", numbers)} actions={action}>
      {null}
    </Card>
  );
}
