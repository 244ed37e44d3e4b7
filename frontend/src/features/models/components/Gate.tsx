import { useTranslation } from "react-i18next";
import { Badge, type Tone } from "@/components";
import type { GateResult } from "@/lib/api";
import { formatChange } from "@/lib/format";
import { useClassName } from "@/lib/useClassName";
import { useGateReasons } from "../gateReasons";
import styles from "./Models.module.css";

const TONES: Record<GateResult["verdict"], Tone> = { pass: "good", refuse: "bad", inconclusive: "warn" };

interface Comparison {
  /** What it was compared with: "deployed", "fp32"; "" where the gate does not say. */
  against: string;
  drop: number;
  interval: [number, number] | null;
}

function comparisonsOf(gate: GateResult): Comparison[] {
  const all = Object.entries(gate.comparisons ?? {});
  if (all.length) return all.map(([against, { drop, interval }]) => ({ against, drop, interval }));
  return gate.drop === null ? [] : [{ against: gate.parent ?? "", drop: gate.drop, interval: gate.interval }];
}

/** The verdict in words, the change against each model it was compared with; the gate's own reasons fold out. */
export function Gate({ projectId, gate }: { projectId: number; gate: GateResult | null }) {
  const { t } = useTranslation("models");
  const reasonsOf = useGateReasons(useClassName(projectId));
  if (!gate) return <span className="muted">{t("gate.none")}</span>;
  return (
    <div className={styles.gate}>
      <Badge tone={TONES[gate.verdict]}>{t(`gate.verdict.${gate.verdict}`)}</Badge>
      {comparisonsOf(gate).map((comparison) => (
        <Change key={comparison.against} {...comparison} />
      ))}
      {gate.reasons.length ? (
        <details className={styles.reasons}>
          <summary>{t("gate.why")}</summary>
          <ul>
            {reasonsOf(gate).map((reason) => (
              <li key={reason}>{reason}</li>
            ))}
          </ul>
        </details>
      ) : null}
    </div>
  );
}

/** The gate counts drops; people read changes, so the signs turn round. */
function Change({ against, drop, interval }: Comparison) {
  const { t } = useTranslation("models");
  return (
    <span className={styles.comparison} title={t("gate.changeHint")}>
      <span className="num">{formatChange(-drop)}</span>
      {interval ? (
        <span className="muted num">
          [{formatChange(-interval[1])}, {formatChange(-interval[0])}]
        </span>
      ) : null}
      {against ? (
        <span className="muted">{t(`gate.against.${against}`, { defaultValue: against })}</span>
      ) : null}
    </span>
  );
}
