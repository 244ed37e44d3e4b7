import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { isShown, listRegions } from "@/document/region";
import { className } from "@/editors/classNames";
import type { ReviewSession } from "../session/reviewSession";

/** Speaks the selection to screen readers: "Region 4 of 17, car, 41 %, to check". */
export function LiveRegion({ session }: { session: ReviewSession }) {
  const { t, i18n } = useTranslation("review");
  const doc = useStore(session.document.store, (state) => state.doc);
  const selectedId = useStore(session.document.store, (state) => state.selectedId);
  const { thresholds, classes } = useStore(session.view);
  const shown = listRegions(doc).filter((region) => isShown(region, thresholds));
  const position = shown.findIndex((region) => region.id === selectedId);
  const region = shown[position];
  const label = classes.find((one) => one.id === region?.classId);
  const text =
    region === undefined
      ? t("region.announce_none")
      : t("region.announce", {
          position: position + 1,
          count: shown.length,
          class: label === undefined ? `#${region.classId}` : className(label, i18n.language),
          score:
            region.prediction === null ? t("region.own") : `${Math.round(region.prediction.score * 100)} %`,
          state: t(`region.state.${region.needsCheck ? "needs_check" : region.state}`),
        });
  return (
    <p className="visually-hidden" aria-live="polite" data-testid="live-region">
      {text}
    </p>
  );
}
