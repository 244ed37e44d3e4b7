import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, FormError, Select, toast } from "@/components";
import type { Project } from "@/lib/api";
import { formatShare } from "@/lib/format";
import { usePermissions } from "@/lib/permissions";
import { useEditProject, useFoundThresholds } from "../api";
import styles from "./Projects.module.css";

const TARGETS = [0.9, 0.95, 0.98, 0.99];

/** Each class accepted from the threshold that reviewed items support, instead of one set by hand. */
export function FoundThresholds({ project }: { project: Project }) {
  const { t } = useTranslation("projects");
  const { reason } = usePermissions(project);
  const [target, setTarget] = useState(project.target_precision);
  const use = useFoundThresholds(project.id);
  const edit = useEditProject(project);
  const said = (count: number) => toast({ message: t("found.used", { count }), tone: "good" });
  return (
    <div className={styles.estimate}>
      <div className={styles.estimateRow}>
        <Select
          aria-label={t("found.target")}
          value={target}
          onChange={(event) => setTarget(Number(event.target.value))}
        >
          {TARGETS.map((value) => (
            <option key={value} value={value}>
              {formatShare(value)}
            </option>
          ))}
        </Select>
        <Button
          size="s"
          busy={use.isPending}
          reason={reason("edit_project")}
          onClick={() =>
            use.mutate(target, {
              onSuccess: ({ classes }) =>
                said(Object.values(classes).filter((one) => one?.threshold != null).length),
            })
          }
        >
          {t("found.use")}
        </Button>
        {project.accept_found ? (
          <Button
            size="s"
            busy={edit.isPending}
            reason={reason("edit_project")}
            onClick={() => edit.mutate({ accept_found: false })}
          >
            {t("found.hand")}
          </Button>
        ) : null}
      </div>
      <p className="muted">
        {t(project.accept_found ? "found.on" : "found.off", {
          target: formatShare(project.accept_found ? project.target_precision : target),
        })}
      </p>
      <FormError error={use.error ?? edit.error} />
    </div>
  );
}
