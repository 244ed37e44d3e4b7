import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useStore } from "zustand";
import { Button } from "@/components";
import type { Project } from "@/lib/api";
import type { GridSession } from "../session/gridSession";
import styles from "./Grid.module.css";

/** Pictures that the server did not take: which, why, and where to look at them. The rest of their batch is done. */
export function NotTaken({ session, project }: { session: GridSession; project: Project }) {
  const { t } = useTranslation("grid");
  const batches = useStore(session.courier.store, (state) => state.batches);
  const left = batches.filter((batch) => batch.problems.length > 0 && batch.projectId === project.id);
  if (left.length === 0) return null;
  const count = left.reduce((n, batch) => n + batch.problems.length, 0);
  return (
    <div className={styles.notTaken} role="alert" data-testid="not-taken">
      <div className={styles.grow}>
        <strong>{t("notTaken.title", { count })}</strong>
        <ul className={styles.problems}>
          {left.flatMap((batch) =>
            batch.problems.map(({ itemId, outcome, message }) => (
              <li key={`${batch.key}-${itemId}`}>
                <Link to={`/projects/${project.id}/review?item=${itemId}`}>
                  {batch.names[itemId] ?? `#${itemId}`}
                </Link>
                {": "}
                {t(`notTaken.${outcome}`, { message })}
              </li>
            )),
          )}
        </ul>
      </div>
      <Button
        size="s"
        onClick={() => {
          for (const batch of left) void session.courier.dismiss(batch.key);
        }}
      >
        {t("notTaken.seen")}
      </Button>
    </div>
  );
}
