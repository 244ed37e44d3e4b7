import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { Button, classes } from "@/components";
import type { SuggestedWork } from "@/lib/api";
import { formatAgo, formatTime } from "@/lib/format";
import type { ReviewSession } from "../session/reviewSession";
import styles from "./Suggestions.module.css";

/** What others would have handed in for this item: who, when, how much, and what becomes of it. */
export function Suggestions({ session }: { session: ReviewSession }) {
  const { t } = useTranslation("conflict");
  const suggestions = useStore(session.view, (view) => view.suggestions);
  if (suggestions.length === 0) return null;
  return (
    <section className={styles.section} aria-labelledby="suggestions-title" data-testid="suggestions">
      <h2 id="suggestions-title" className={styles.title}>
        {t("suggestion.list")} <span className="num">{suggestions.length}</span>
      </h2>
      <ul className={styles.list}>
        {suggestions.map((one) => (
          <Suggestion key={one.id} session={session} suggestion={one} />
        ))}
      </ul>
    </section>
  );
}

function Suggestion({ session, suggestion }: { session: ReviewSession; suggestion: SuggestedWork }) {
  const { t } = useTranslation("conflict");
  const readOnly = useStore(session.view, (view) => view.readOnly);
  const aside = useStore(session.view, (view) => view.putAside.has(suggestion.id));
  const { id, author, created_at } = suggestion;
  const off = readOnly ? t("keys:lacks.edit") : null;
  return (
    <li className={styles.row} data-testid="suggestion">
      <p className={classes(aside && styles.aside)}>
        <span className={styles.who}>{t("suggestion.title", { name: author })}</span>{" "}
        <time dateTime={created_at} title={formatTime(created_at)}>
          {formatAgo(created_at)}
        </time>
        <span className={styles.about}>
          {t("suggestion.changes", { count: session.changesOf(suggestion) })}
        </span>
      </p>
      <div className={styles.actions}>
        {aside ? (
          <Button size="s" onClick={() => session.dismissSuggestion(id, false)}>
            {t("suggestion.back")}
          </Button>
        ) : (
          <>
            <Button size="s" variant="primary" reason={off} onClick={() => session.takeSuggestion(id)}>
              {t("suggestion.take")}
            </Button>
            <Button size="s" reason={off} onClick={() => session.dismissSuggestion(id)}>
              {t("suggestion.dismiss")}
            </Button>
          </>
        )}
      </div>
    </li>
  );
}
