import { useTranslation } from "react-i18next";
import { Button, Card, FormError, LinkButton, Row, toast } from "@/components";
import type { Project } from "@/lib/api";
import { usePermissions } from "@/lib/permissions";
import { usePutAside, useTriggers } from "../triggers";
import styles from "./Retrain.module.css";
import { useTriggerWords } from "./useTriggerWords";

/** A retrain is proposed: by what, and what can be done about it. */
export function RetrainBanner({ project }: { project: Project }) {
  const { t } = useTranslation("triggers");
  const { can, reason } = usePermissions(project);
  const { now, outcome } = useTriggerWords(project.classes);
  const triggers = useTriggers(project.id);
  const aside = usePutAside(project.id);
  const reasons = project.retrain.triggers;
  const rows = triggers.data?.triggers.filter(({ slug }) => reasons.includes(slug)) ?? [];
  const putAside = () =>
    aside.mutate(reasons, { onSuccess: () => toast({ message: t("banner.put"), tone: "good" }) });
  const action = can("train") ? (
    <LinkButton to={`/projects/${project.id}/models?retrain=1`} variant="primary">
      {t("banner.open")}
    </LinkButton>
  ) : (
    <Button variant="primary" reason={reason("train")}>
      {t("banner.open")}
    </Button>
  );
  return (
    <Card
      tone="warn"
      title={t("banner.title")}
      actions={
        <Row>
          <Button onClick={putAside} busy={aside.isPending} reason={reason("edit_project")}>
            {t("banner.aside")}
          </Button>
          {action}
        </Row>
      }
    >
      <ul className={styles.reasons}>
        {reasons.map((slug) => {
          const row = rows.find((one) => one.slug === slug);
          const said = row ? now(row) : null;
          const waits = row?.outcome?.code === "waits" ? outcome(row.outcome) : null;
          const numbers = said ? [said.main, said.note].filter(Boolean).join(" · ") : "";
          return (
            <li key={slug}>
              <strong>{t(`name.${slug}`)}</strong>
              {numbers && slug !== "schedule" ? <span>{numbers}</span> : null}
              {waits ? <span className="muted">{waits}</span> : null}
            </li>
          );
        })}
      </ul>
      <FormError error={aside.error} />
    </Card>
  );
}
