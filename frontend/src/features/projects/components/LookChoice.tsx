import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { classes, Select } from "@/components";
import { useTile } from "../api";
import styles from "./Projects.module.css";

const DAYS = [7, 30, 90];
const USUAL_DAYS = 30;

/** What the address says; a number of days that is not offered is the usual one. */
export function readLook(search: URLSearchParams): { days: number; source: string } {
  const days = Number(search.get("days"));
  const source = search.get("source") ?? "";
  return { days: DAYS.includes(days) ? days : USUAL_DAYS, source: /^\d{1,18}$/.test(source) ? source : "" };
}

export function useLook() {
  const [search] = useSearchParams();
  return readLook(search);
}

interface LookChoiceProps {
  projectId: number;
  look: { days: number; source: string };
}

/** How far back and at whose guesses the tiles below look; kept in the address, so that a link shows the same. */
export function LookChoice({ projectId, look }: LookChoiceProps) {
  const { t } = useTranslation("projects");
  const [, setSearch] = useSearchParams();
  const sources = useTile(projectId, "sources").data?.sources ?? [];
  const set = (name: string, value: string) =>
    setSearch(
      (current) => {
        const next = new URLSearchParams(current);
        if (value) next.set(name, value);
        else next.delete(name);
        return next;
      },
      { replace: true },
    );
  return (
    <div className={styles.look}>
      <fieldset className={styles.days}>
        <legend className="visually-hidden">{t("look.days")}</legend>
        {DAYS.map((days) => (
          <button
            key={days}
            type="button"
            className={classes(styles.day)}
            aria-pressed={look.days === days}
            onClick={() => set("days", days === USUAL_DAYS ? "" : String(days))}
          >
            {t("look.last", { count: days })}
          </button>
        ))}
      </fieldset>
      <Select
        aria-label={t("look.source")}
        value={look.source}
        onChange={(event) => set("source", event.target.value)}
      >
        <option value="">{t("look.allSources")}</option>
        {sources.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </Select>
    </div>
  );
}
