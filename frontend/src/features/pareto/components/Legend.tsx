import { useTranslation } from "react-i18next";
import type { ParetoPoint } from "@/lib/api";
import { familyColors, STAR, shapeOf } from "../marks";
import styles from "./Pareto.module.css";

function Shape({ d }: { d: string }) {
  return (
    <svg width="16" height="16" viewBox="-10 -10 20 20" aria-hidden="true">
      <path d={d} fill="currentColor" />
    </svg>
  );
}

/** What shapes and colours mean, of what the plot holds. */
export function Legend({ points, fresh }: { points: ParetoPoint[]; fresh: boolean }) {
  const { t } = useTranslation("pareto");
  const kinds = [...new Set(points.filter(({ deployed }) => !deployed).map(({ kind }) => kind))];
  return (
    <ul className={styles.legend} aria-label={t("legend")}>
      {points.some(({ deployed }) => deployed) ? (
        <li>
          <Shape d={STAR} />
          {t("deployed")}
        </li>
      ) : null}
      {kinds.map((kind) => (
        <li key={kind}>
          <Shape d={shapeOf(kind)} />
          {t(`kind.${kind}`, { defaultValue: kind })}
        </li>
      ))}
      {[...familyColors(points)].map(([family, color]) => (
        <li key={family}>
          <span className={styles.swatch} style={{ background: color }} aria-hidden="true" />
          {family || t("noFamily")}
        </li>
      ))}
      <li>
        <svg width="22" height="12" viewBox="0 0 22 12" aria-hidden="true">
          <path d="M1 10H10V2H21" fill="none" stroke="currentColor" strokeWidth="1.5" />
        </svg>
        {t("frontLine")}
      </li>
      {points.some(({ stale }) => stale) ? <li>{t("staleNote")}</li> : null}
      {fresh ? <li>{t("freshNote")}</li> : null}
    </ul>
  );
}
