import { useTranslation } from "react-i18next";
import { Badge, type Tone } from "@/components";
import type { GateResult } from "@/lib/api";
import { formatShare } from "@/lib/format";
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
        <span className="num" title={t("gate.dropHint")}>
          {gate.drop >= 0
            ? t("gate.drop", { share: formatShare(gate.drop, 1) })
            : t("gate.gain", { share: formatShare(-gate.drop, 1) })}
          {gate.interval ? (
            <span className="muted">
              {" "}
              [{formatShare(gate.interval[0], 1)}, {formatShare(gate.interval[1], 1)}]
            </span>
          ) : null}
        </span>
      )}
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
