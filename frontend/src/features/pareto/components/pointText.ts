import { useTranslation } from "react-i18next";
import type { Axis } from "../axes";
import type { Placed } from "./ParetoPlot";

/** A point in one line, for its title and for screen readers. */
export function usePointText(x: Axis, y: Axis): (spot: Placed, onFront: boolean) => string {
  const { t } = useTranslation("pareto");
  return ({ point, x: a, y: b }, onFront) =>
    [
      point.label,
      `${t(`axis.${x.name}`)} ${x.format(a)}`,
      `${t(`axis.${y.name}`)} ${y.format(b)}`,
      t(`kind.${point.kind}`, { defaultValue: point.kind }),
      onFront ? t("onFront") : "",
      point.deployed ? t("deployed") : "",
      point.stale ? t("stale") : "",
    ]
      .filter(Boolean)
      .join(", ");
}
