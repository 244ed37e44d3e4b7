import { useTranslation } from "react-i18next";
import { Badge, type Tone } from "@/components";
import type { GateResult } from "@/lib/api";
import { formatChange } from "@/lib/format";
import styles from "./Models.module.css";

const TONES: Record<GateResult["verdict"], Tone> = { pass: "good", refuse: "bad", inconclusive: "warn" };

/** The verdict in words, with the drop and its interval; the gate's own reasons fold out. */
export function Gate({ gate }: { gate: GateResult | null }) {
  const { t } = useTranslation("models");
  if (!gate) return <span className="muted">{t("gate.none")}</span>;
  return (
    <div className={styles.gate}>
      <Badge tone={TONES[gate.verdict]}>{t(`gate.verdict.${gate.verdict}`)}</Badge>
      {gate.drop === null ? null : (
        // The gate counts drops; people read changes, so the signs turn round.
        <span className="num" title={t("gate.changeHint")}>
          {formatChange(-gate.drop)}
          {gate.interval ? (
            <span className="muted">
              {" "}
              [{formatChange(-gate.interval[1])}, {formatChange(-gate.interval[0])}]
            </span>
          ) : null}
        </span>
      )}
      {gate.parent ? <span className={styles.against}>{t(`gate.against.${gate.parent}`)}</span> : null}
      {gate.reasons.length ? (
        <details className={styles.reasons}>
          <summary>{t("gate.why")}</summary>
          <ul>
            {gate.reasons.map((reason) => (
              <li key={reason}>{reason}</li>
            ))}
          </ul>
        </details>
      ) : null}
    </div>
  );
}
