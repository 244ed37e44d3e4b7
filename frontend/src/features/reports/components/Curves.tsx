import { useTranslation } from "react-i18next";
import { Card, LineChart } from "@/components";
import type { VariantReport } from "@/lib/api";
import { formatNumber, formatShare } from "@/lib/format";
import { paletteColor } from "@/lib/palette";
import { useClassName } from "@/lib/useClassName";

/** More curves than this cannot be told apart; the table of classes has them all. */
const SHOWN_CLASSES = 8;

type PrCurves = NonNullable<VariantReport["curves"]["pr"]>;

export function PrecisionRecall({ projectId, curves }: { projectId: number; curves: PrCurves }) {
  const { t } = useTranslation("reports");
  const say = useClassName(projectId);
  const shown = curves.slice(0, SHOWN_CLASSES).map((curve) => ({
    name: say(curve.class) + (curve.ap === undefined ? "" : ` · AP ${formatNumber(curve.ap, 3)}`),
    points: curve.points,
  }));
  return (
    <Card title={t("pr")} about={t("prAbout")}>
      <LineChart
        unit
        label={t("prLabel", { names: shown.map(({ name }) => name).join(", ") })}
        xName={t("common:metric.recall")}
        yName={t("common:metric.precision")}
        lines={shown.map(({ name, points }, index) => ({ name, color: paletteColor(index), points }))}
      />
      {curves.length > SHOWN_CLASSES ? (
        <p className="muted">{t("prMore", { shown: SHOWN_CLASSES, n: curves.length })}</p>
      ) : null}
    </Card>
  );
}

type Bins = NonNullable<VariantReport["curves"]["reliability"]>;

export function Reliability({ bins, ece }: { bins: Bins; ece: unknown }) {
  const { t } = useTranslation("reports");
  const most = Math.max(1, ...bins.map(({ n }) => n));
  return (
    <Card title={t("reliability")} about={t("reliabilityAbout")}>
      <LineChart
        unit
        diagonal
        legend={false}
        label={bins
          .map(({ confidence, accuracy }) =>
            t("reliabilityBin", { confidence: formatShare(confidence), accuracy: formatShare(accuracy) }),
          )
          .join("; ")}
        xName={t("confidence")}
        yName={t("right")}
        lines={[
          {
            name: t("reliability"),
            color: "var(--accent)",
            points: bins.map(({ confidence, accuracy }) => [confidence, accuracy]),
            dots: bins.map(({ n }) => 2.5 + 5 * Math.sqrt(n / most)),
          },
        ]}
      />
      {typeof ece === "number" ? <p className="muted">{t("ece", { value: formatNumber(ece, 3) })}</p> : null}
    </Card>
  );
}
