import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, Select } from "@/components";
import { errorText } from "@/lib/errorText";
import { formatNumber, formatShare } from "@/lib/format";
import { useThresholdEstimate } from "../api";
import styles from "./Projects.module.css";

const PRECISIONS = [0.9, 0.95, 0.98, 0.99];

/** To hundredths, never below what was measured; 1e-9 keeps 0.82 from becoming 0.83. */
function roundUp(threshold: number): number {
  return Math.min(1, Math.ceil(threshold * 100 - 1e-9) / 100);
}

interface EstimateProps {
  projectId: number;
  onUse: (threshold: number) => void;
}

/** The accept threshold for a stated precision, measured on what people reviewed. */
export function Estimate({ projectId, onUse }: EstimateProps) {
  const { t } = useTranslation("projects");
  const [precision, setPrecision] = useState(0.95);
  const estimate = useThresholdEstimate(projectId, precision);
  const accept = estimate.data?.accept ?? null;
  const n = formatNumber(estimate.data?.n ?? 0);
  return (
    <div className={styles.estimate}>
      <div className={styles.estimateRow}>
        <span>{t("estimate.want")}</span>
        <Select
          aria-label={t("estimate.precision")}
          value={precision}
          onChange={(event) => setPrecision(Number(event.target.value))}
        >
          {PRECISIONS.map((value) => (
            <option key={value} value={value}>
              {formatShare(value)}
            </option>
          ))}
        </Select>
        {accept === null ? null : (
          <Button size="s" onClick={() => onUse(roundUp(accept))}>
            {t("estimate.use", { accept: formatNumber(roundUp(accept), 2) })}
          </Button>
        )}
      </div>
      <p className="muted" aria-live="polite">
        {estimate.isPending
          ? t("common:state.loading")
          : estimate.isError
            ? errorText(estimate.error)
            : accept === null
              ? t("estimate.none", { n })
              : t("estimate.found", {
                  accept: formatNumber(roundUp(accept), 2),
                  precision: formatShare(precision),
                  n,
                })}
      </p>
    </div>
  );
}
