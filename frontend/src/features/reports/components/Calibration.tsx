import { useTranslation } from "react-i18next";
import { Card, LineChart } from "@/components";
import type { Bin, VariantCalibration } from "@/lib/api";
import { formatNumber, formatShare } from "@/lib/format";

/** Reliability before and after, and by which kind of map. */
export function Calibration({ calibration }: { calibration: VariantCalibration }) {
  const { t } = useTranslation("reports");
  const { before, after, kind, reason, guesses, dataset_version } = calibration;
  const why = () => {
    if (typeof reason === "string" || !("code" in reason)) return reason || "";
    const numbers = Object.entries(reason).map(([key, value]) => [key, formatNumber(Number(value))]);
    return t(`calibration.reason.${reason.code}`, Object.fromEntries(numbers));
  };
  const say = (when: "before" | "after", bins: Bin[]) =>
    t("calibration.plot", {
      when: t(`calibration.${when}`),
      bins: bins
        .map(({ confidence, accuracy }) =>
          t("reliabilityBin", { confidence: formatShare(confidence), accuracy: formatShare(accuracy) }),
        )
        .join("; "),
    });
  const most = Math.max(1, ...[...before.reliability, ...after.reliability].map(({ n }) => n));
  const line = (when: "before" | "after", color: string, bins: Bin[]) => ({
    name: t(`calibration.${when}`),
    color,
    points: bins.map(({ confidence, accuracy }): [number, number] => [confidence, accuracy]),
    dots: bins.map(({ n }) => 2.5 + 5 * Math.sqrt(n / most)),
  });
  return (
    <Card
      title={t("calibration.title")}
      about={t("calibration.about", { n: formatNumber(guesses), number: dataset_version })}
    >
      {guesses > 0 ? (
        <LineChart
          unit
          diagonal
          label={`${say("before", before.reliability)}. ${say("after", after.reliability)}`}
          xName={t("confidence")}
          yName={t("right")}
          lines={[
            line("before", "var(--text-2)", before.reliability),
            line("after", "var(--accent)", after.reliability),
          ]}
        />
      ) : null}
      <p className="muted">
        {t(`calibration.kind.${kind}`, { reason: why() })}{" "}
        {t("calibration.ece", { before: formatNumber(before.ece, 3), after: formatNumber(after.ece, 3) })}
      </p>
    </Card>
  );
}
