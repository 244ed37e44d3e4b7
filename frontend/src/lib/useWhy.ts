import { useTranslation } from "react-i18next";
import type { LabelClass, Why } from "@/lib/api";
import { className, formatNumber } from "./format";

/** Says in words why an item has its place in the queue; null where the reason says it all. */
export function useWhy(classes: readonly LabelClass[]): (why: Why | null | undefined) => string | null {
  const { t, i18n } = useTranslation("why");
  return (why) => {
    if (!why) return null;
    switch (why.code) {
      case "unsure":
        return why.margin === undefined
          ? t("unsure.score", { n: formatNumber(why.score, 2) })
          : t("unsure.margin", { n: formatNumber(why.margin, 2) });
      case "rare_class": {
        const label = classes.find((one) => one.id === why.class_id);
        return t("rare_class", { name: label ? className(label) : why.class_id });
      }
      case "flag":
        return t(`flag.${why.flag}`);
      case "measures":
        return t(`measures.${why.split}`);
      case "stands_for":
        return t("stands_for", { n: `${formatNumber((why.share ?? 0) * 100)} %` });
      case "disagree":
        return t("disagree", { n: why.models });
      case "disagree_views":
        return t("disagree_views", { n: why.views });
      default: {
        // A newer server may know codes that this page does not.
        if (!i18n.exists(`why:${why.code}`)) return null;
        const n = why.distance ?? why.share ?? why.length;
        return t(why.code, { n: formatNumber(n, 2) });
      }
    }
  };
}
