import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useStore } from "zustand";
import { Button, toast } from "@/components";
import { asApiError, type Project } from "@/lib/api";
import { errorText } from "@/lib/errorText";
import { suggestible } from "../session/courier";
import type { GridSession } from "../session/gridSession";
import type { Outgoing } from "../session/kept";
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
      <Answers session={session} left={left} />
    </div>
  );
}

/** What can be done about them: tell whoever has the pictures now, or let them go. */
function Answers({ session, left }: { session: GridSession; left: readonly Outgoing[] }) {
  const { t } = useTranslation("grid");
  const [problem, setProblem] = useState("");
  const late = left.filter((batch) => suggestible(batch).length > 0);
  const send = async () => {
    try {
      let sent = 0;
      for (const { key } of late) sent += await session.courier.suggest(key);
      setProblem("");
      if (sent > 0) toast({ message: t("notTaken.suggested", { count: sent }), tone: "good" });
    } catch (thrown) {
      setProblem(t("conflict:suggestion.not_sent", { message: errorText(asApiError(thrown)) }));
    }
  };
  const seen = () => {
    for (const batch of left) void session.courier.dismiss(batch.key);
  };
  return (
    <div className={styles.answers}>
      {late.length === 0 ? null : (
        <Button size="s" variant="primary" onClick={() => void send()}>
          {t("conflict:suggestion.short")}
        </Button>
      )}
      <Button size="s" onClick={seen}>
        {t("notTaken.seen")}
      </Button>
      {problem === "" ? null : <p role="status">{problem}</p>}
    </div>
  );
}
