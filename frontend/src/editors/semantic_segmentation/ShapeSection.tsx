import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { useKeyLabels } from "@/commands/keyStore";
import type { Region } from "@/document/region";
import type { Desk } from "../desk";
import { Conversions } from "./Conversions";
import styles from "./ShapeSection.module.css";

/** The selected outline: what it is, what it could become, and what that would cost; else how to draw one. */
export function ShapeSection({ desk }: { desk: Desk }) {
  const { t } = useTranslation("review");
  const tool = useStore(desk.view, (view) => view.tool);
  const readOnly = useStore(desk.view, (view) => view.readOnly);
  const region = useStore(desk.document.store, ({ doc, selectedId }) =>
    selectedId === null ? undefined : doc.regions[selectedId],
  );
  const editable = region !== undefined && region.state !== "rejected" && !readOnly;
  return (
    <section className={styles.section} aria-label={t("shape.title")} data-testid="shape">
      {tool === "brush" && !readOnly ? <BrushSize desk={desk} /> : null}
      {editable ? <Conversions desk={desk} region={region} /> : <Hint region={region} />}
    </section>
  );
}

/** Even steps of the slider are even steps to the eye: each makes the brush as many times larger. */
const STEPS = 40;
const [THINNEST, WIDEST] = [0.5, 500];
const toStep = (radius: number) => (Math.log(radius / THINNEST) / Math.log(WIDEST / THINNEST)) * STEPS;
const toRadius = (step: number) => THINNEST * (WIDEST / THINNEST) ** (step / STEPS);

function BrushSize({ desk }: { desk: Desk }) {
  const { t } = useTranslation("review");
  const key = useKeyLabels();
  const radius = useStore(desk.view, (view) => view.brushRadius);
  const size = t("shape.pixels", { value: Math.max(1, Math.round(2 * radius)) });
  return (
    <div className={styles.line}>
      <label htmlFor="brush-size">{t("tool.brush")}</label>
      <input
        id="brush-size"
        type="range"
        min={0}
        max={STEPS}
        step={1}
        value={toStep(radius)}
        title={`${key("smallerBrush")} ${key("largerBrush")}`}
        aria-valuetext={size}
        onChange={(event) => desk.setBrushRadius(toRadius(Number(event.target.value)))}
      />
      <output htmlFor="brush-size" className="num">
        {size}
      </output>
    </div>
  );
}

function Hint({ region }: { region: Region | undefined }) {
  const { t } = useTranslation("review");
  const key = useKeyLabels();
  if (region !== undefined) return null;
  return (
    <p className={styles.hint}>{t("shape.hint", { polygon: key("polygonTool"), brush: key("brushTool") })}</p>
  );
}
