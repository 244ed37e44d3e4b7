import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, Menu, MenuItem, MenuNote, Select, toast } from "@/components";
import type { Project } from "@/lib/api";
import { errorText } from "@/lib/errorText";
import { formatNumber } from "@/lib/format";
import { usePermissions } from "@/lib/permissions";
import { type BulkAction, useReturnItems } from "../api";
import { ORDERS, type Order, type Search, type View } from "../search";
import { BulkDialog } from "./BulkDialog";
import styles from "./Items.module.css";

/** What one request may name; above it the filter itself is sent, as a run. */
const MOST_PICKED = 1000;

interface ToolbarProps {
  project: Project;
  search: Search;
  /** How many fit. */
  total: number;
  picked: ReadonlySet<number>;
  onClear: () => void;
  onChange: (change: { order?: Order; view?: View }) => void;
  onStarted: (runId: number) => void;
}

export function Toolbar({ project, search, total, picked, onClear, onChange, onStarted }: ToolbarProps) {
  const { t } = useTranslation("items");
  return (
    <div className={styles.toolbar}>
      <div className={styles.fields}>
        <Select
          aria-label={t("order.label")}
          value={search.order}
          onChange={(event) => onChange({ order: event.target.value as Order })}
        >
          {ORDERS.map((order) => (
            <option key={order} value={order}>
              {t(`order.${order}`)}
            </option>
          ))}
          <option disabled>{t("order.name")}</option>
        </Select>
        <fieldset className={styles.toggle}>
          <legend className="visually-hidden">{t("view.label")}</legend>
          {(["grid", "table"] as const).map((view) => (
            <button
              key={view}
              type="button"
              aria-pressed={search.view === view}
              onClick={() => onChange({ view })}
            >
              {t(`view.${view}`)}
            </button>
          ))}
        </fieldset>
      </div>
      {picked.size > 0 ? (
        <Picked project={project} picked={picked} onClear={onClear} />
      ) : (
        <AllThatFit project={project} search={search} total={total} onStarted={onStarted} />
      )}
    </div>
  );
}

function Picked({ project, picked, onClear }: Pick<ToolbarProps, "project" | "picked" | "onClear">) {
  const { t } = useTranslation("items");
  const { reason } = usePermissions(project);
  const sendBack = useReturnItems(project.id);
  const tooMany = picked.size > MOST_PICKED ? t("bulk.tooMany", { most: formatNumber(MOST_PICKED) }) : null;
  const start = () =>
    sendBack.mutate([...picked], {
      onSuccess: ({ items }) => {
        toast({ message: t("bulk.returned", { count: items, n: formatNumber(items) }), tone: "good" });
        onClear();
      },
      onError: (error) => toast({ message: errorText(error), tone: "bad" }),
    });
  return (
    <div className={styles.fields}>
      <span className={styles.said} aria-live="polite">
        {t("bulk.picked", { count: picked.size, n: formatNumber(picked.size) })}
      </span>
      <Button size="s" variant="ghost" onClick={onClear}>
        {t("bulk.clear")}
      </Button>
      <Button size="s" busy={sendBack.isPending} reason={reason("manage_items") ?? tooMany} onClick={start}>
        {t("bulk.return")}
      </Button>
    </div>
  );
}

function AllThatFit({
  project,
  search,
  total,
  onStarted,
}: Pick<ToolbarProps, "project" | "search" | "total" | "onStarted">) {
  const { t } = useTranslation("items");
  const { can } = usePermissions(project);
  const [action, setAction] = useState<BulkAction | null>(null);
  if (!can("manage_items") || total === 0) return null;
  return (
    <div className={styles.fields}>
      <Menu trigger={t("bulk.all", { count: total, n: formatNumber(total) })}>
        <MenuNote>{t("bulk.note")}</MenuNote>
        <MenuItem onSelect={() => setAction("return")}>{t("bulk.return")}</MenuItem>
        <MenuItem onSelect={() => setAction("revert")}>{t("bulk.revert")}</MenuItem>
      </Menu>
      {action ? (
        <BulkDialog
          projectId={project.id}
          action={action}
          filter={search.filter}
          total={total}
          onClose={() => setAction(null)}
          onStarted={onStarted}
        />
      ) : null}
    </div>
  );
}
