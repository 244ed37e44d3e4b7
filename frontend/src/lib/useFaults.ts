import { useTranslation } from "react-i18next";
import type { WorstItem } from "@/lib/api";

/** What a model got wrong on an item, counted; the server's own words where it does not count. */
export function useFaults(): (item: WorstItem) => string {
  const { t } = useTranslation("reports");
  return (item) => {
    const parts = [
      item.missed ? t("fault.missed", { count: item.missed }) : "",
      item.false ? t("fault.false", { count: item.false }) : "",
      item.wrong ? t("fault.wrong", { count: item.wrong }) : "",
    ].filter(Boolean);
    return parts.length ? parts.join(", ") : (item.why ?? "");
  };
}
