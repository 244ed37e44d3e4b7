import { useTranslation } from "react-i18next";
import { useKeyLabels } from "@/commands/keyStore";
import type { Region } from "@/document/region";
import type { Desk } from "../desk";
import styles from "./RegionList.module.css";

interface ActionProps {
  sign: string;
  name: string;
  keyName: string;
  onClick: () => void;
}

function Action({ sign, name, keyName, onClick }: ActionProps) {
  return (
    <button
      type="button"
      title={keyName === "" ? name : `${name} (${keyName})`}
      aria-label={name}
      onClick={onClick}
    >
      {sign}
    </button>
  );
}

/** What can be done with the selected region. It lies over the list, not in it: options hold no buttons. */
export function RowActions({ desk, region, top }: { desk: Desk; region: Region; top: number }) {
  const { t } = useTranslation("review");
  const key = useKeyLabels();
  const open = region.state === "pending" || region.needsCheck;
  const changed = region.prediction !== null && (region.state === "edited" || region.state === "rejected");
  const own = region.prediction === null;
  return (
    <div className={styles.actions} style={{ transform: `translateY(${top}px)` }}>
      {open ? (
        <Action
          sign="✓"
          name={t("region.accept")}
          keyName={key("acceptRegion")}
          onClick={() => desk.acceptSelected()}
        />
      ) : null}
      {changed ? (
        <Action
          sign="↺"
          name={t("region.restore")}
          keyName={key("restoreRegion")}
          onClick={() => desk.restoreSelected()}
        />
      ) : null}
      {region.state === "rejected" ? null : (
        <Action
          sign="✕"
          name={own ? t("region.delete") : t("region.reject")}
          keyName={key("rejectRegion")}
          onClick={() => desk.rejectSelected()}
        />
      )}
    </div>
  );
}
