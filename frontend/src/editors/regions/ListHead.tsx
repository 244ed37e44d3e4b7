import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { useKeyLabels } from "@/commands/keyStore";
import { Select } from "@/components";
import type { CheckOrder } from "@/document/checkOrder";
import { differences } from "@/document/diff";
import type { Desk } from "../desk";
import styles from "./RegionList.module.css";

const ORDERS: readonly CheckOrder[] = ["margin", "reading"];

/** In which order regions are checked, and the way to the list of changes. */
export function ListHead({ desk }: { desk: Desk }) {
  const { t } = useTranslation("check");
  const key = useKeyLabels();
  const order = useStore(desk.view, (view) => view.order);
  const doc = useStore(desk.document.store, (state) => state.doc);
  const changed = useMemo(() => differences(doc).length, [doc]);
  return (
    <div className={styles.head}>
      <Select
        aria-label={t("order.label")}
        title={`${t("order.label")} ${key("switchOrder")}`}
        value={order}
        onChange={(event) => desk.setOrder(event.target.value as CheckOrder)}
      >
        {ORDERS.map((name) => (
          <option key={name} value={name}>
            {t(`order.${name}`)}
          </option>
        ))}
      </Select>
      <button
        type="button"
        className={styles.toggle}
        title={`${t("diff.show")} ${key("toggleDiff")}`}
        onClick={() => desk.toggleDiff()}
      >
        {t("diff.title")} <span className="num">{changed}</span> <kbd>{key("toggleDiff")}</kbd>
      </button>
    </div>
  );
}
