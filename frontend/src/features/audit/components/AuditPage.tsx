import { useTranslation } from "react-i18next";
import { Button, type Column, EmptyState, Loaded, Page, Stack, Table } from "@/components";
import type { AuditEvent } from "@/lib/api";
import { formatTime } from "@/lib/format";
import { useProjectId } from "@/lib/useProjectId";
import { useAudit } from "../api";
import styles from "./Audit.module.css";

export function AuditPage() {
  const { t, i18n } = useTranslation("audit");
  const events = useAudit(useProjectId());
  const verbName = (verb: string) => {
    const key = `verb.${verb.replaceAll(".", "_")}`;
    return i18n.exists(`audit:${key}`) ? t(key) : verb;
  };
  const columns: Column<AuditEvent>[] = [
    {
      key: "at",
      header: t("column.at"),
      cell: ({ at }) => <span className={styles.at}>{formatTime(at)}</span>,
    },
    {
      key: "actor",
      header: t("column.actor"),
      short: true,
      cell: ({ actor_name: name }) => (
        <span title={name}>{!name || name === "system" ? t("system") : name}</span>
      ),
    },
    {
      key: "verb",
      header: t("column.verb"),
      cell: ({ verb, target_id, target_type }) => (
        <span className={styles.at} title={`${verb} · ${target_type} ${target_id}`}>
          {verbName(verb)} <span className="muted num">#{target_id}</span>
        </span>
      ),
    },
    { key: "change", header: t("column.change"), grow: true, cell: (event) => <Change event={event} /> },
  ];
  return (
    <Page title={t("title")} about={t("about")}>
      <Loaded query={events}>
        {(rows) =>
          rows.length === 0 ? (
            <EmptyState title={t("empty.title")} reason={t("empty.reason")} />
          ) : (
            <Stack>
              <Table caption={t("title")} columns={columns} rows={rows} rowKey={({ id }) => id} />
              {events.hasNextPage ? (
                <div>
                  <Button busy={events.isFetchingNextPage} onClick={() => void events.fetchNextPage()}>
                    {t("common:action.loadMore")}
                  </Button>
                </div>
              ) : null}
            </Stack>
          )
        }
      </Loaded>
    </Page>
  );
}

const LONG = 160;

function asText(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value !== "object") return String(value);
  return Object.entries(value)
    .map(([key, inner]) => `${key}: ${typeof inner === "object" ? JSON.stringify(inner) : String(inner)}`)
    .join(", ");
}

/** Before → after; what is long folds away. */
function Change({ event }: { event: AuditEvent }) {
  const { t } = useTranslation("audit");
  const text = [asText(event.before), asText(event.after)].filter(Boolean).join(" → ");
  if (text.length <= LONG) return <span className={styles.change}>{text || "–"}</span>;
  return (
    <details className={styles.change}>
      <summary>{t("more", { start: text.slice(0, 80) })}</summary>
      {text}
    </details>
  );
}
