import { useTranslation } from "react-i18next";
import { Button, Card, classes, LinkButton } from "@/components";
import type { Capability, Project } from "@/lib/api";
import { usePermissions } from "@/lib/permissions";
import styles from "./Projects.module.css";

interface Step {
  key: "labels" | "data" | "model" | "people";
  done: boolean;
  to: string;
  needs: Capability;
}

/** What an empty project still needs. */
export function Checklist({ project }: { project: Project }) {
  const { t } = useTranslation("projects");
  const { reason } = usePermissions(project);
  const steps: Step[] = [
    { key: "labels", done: project.classes.length > 0, to: "settings?tab=labels", needs: "manage_labels" },
    { key: "data", done: project.counts.total > 0, to: "import", needs: "import" },
    { key: "model", done: project.deployment !== null, to: "models", needs: "deploy" },
    { key: "people", done: false, to: "team", needs: "manage_members" },
  ];
  return (
    <Card title={t("checklist.title")} about={t("checklist.about")}>
      <ol className={styles.steps}>
        {steps.map(({ key, done, to, needs }, index) => (
          <li key={key} className={classes(styles.step, done && styles.done)}>
            <span className={styles.mark} aria-hidden="true">
              {done ? "✓" : index + 1}
            </span>
            <div>
              <strong>{t(`checklist.${key}.title`)}</strong>
              {done ? <span className="visually-hidden"> ({t("checklist.done")})</span> : null}
              <p>{t(`checklist.${key}.about`)}</p>
            </div>
            {reason(needs) ? (
              <Button size="s" reason={reason(needs)}>
                {t(`checklist.${key}.go`)}
              </Button>
            ) : (
              <LinkButton
                size="s"
                to={`/projects/${project.id}/${to}`}
                variant={done ? "ghost" : "secondary"}
              >
                {t(`checklist.${key}.go`)}
              </LinkButton>
            )}
          </li>
        ))}
      </ol>
    </Card>
  );
}
