import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { useKeyLabels } from "@/commands/keyStore";
import { Button } from "@/components";
import type { Region } from "@/document/region";
import { vertexCount } from "@/geometry/polygons";
import { isTooIntricate, type Reshaping } from "@/masks/reshape";
import type { Desk } from "../desk";
import styles from "./ShapeSection.module.css";
import { type Tried, useReshaped } from "./useReshaped";

const COMMANDS: Record<Reshaping, string> = {
  polygon: "maskToPolygon",
  mask: "polygonToMask",
  simplify: "simplifyPolygon",
};

/** The loss of each conversion is known before it is made; made, it is one step that can be undone. */
export function Conversions({ desk, region }: { desk: Desk; region: Region }) {
  const polygon = region.kind === "polygon";
  const outline = useReshaped(desk, region, polygon ? "simplify" : "polygon");
  const corners = region.rings === null ? null : vertexCount(region.rings);
  return (
    <>
      <Tolerance desk={desk} outline={outline} />
      <Offer desk={desk} how={polygon ? "simplify" : "polygon"} tried={outline} before={corners} />
      {polygon ? <ToMask desk={desk} region={region} /> : null}
    </>
  );
}

function ToMask({ desk, region }: { desk: Desk; region: Region }) {
  return <Offer desk={desk} how="mask" tried={useReshaped(desk, region, "mask")} before={null} />;
}

/** While the slider is in use, the outline that it would give is drawn over the picture. */
function Tolerance({ desk, outline }: { desk: Desk; outline: Tried }) {
  const { t } = useTranslation("review");
  const tolerance = useStore(desk.view, (view) => view.tolerance);
  const shown = useStore(desk.view, (view) => view.tryOut !== null);
  const rings = outline.name === "known" ? outline.made.rings : null;
  useEffect(() => {
    if (shown && rings !== null) desk.setTryOut(rings);
  }, [desk, shown, rings]);
  useEffect(() => () => desk.setTryOut(null), [desk]);
  const value = t("shape.pixels", { value: tolerance });
  return (
    <div className={styles.line}>
      <label htmlFor="outline-tolerance">{t("shape.tolerance")}</label>
      <input
        id="outline-tolerance"
        type="range"
        min={0}
        max={10}
        step={0.5}
        value={tolerance}
        aria-valuetext={value}
        title={t("shape.tolerance_hint")}
        onFocus={() => desk.setTryOut(rings ?? [])}
        onBlur={() => desk.setTryOut(null)}
        onChange={(event) => desk.setTolerance(Number(event.target.value))}
      />
      <output htmlFor="outline-tolerance" className="num">
        {value}
      </output>
    </div>
  );
}

function Offer({ desk, how, tried, before }: CostProps & { desk: Desk }) {
  const { t } = useTranslation("review");
  const key = useKeyLabels();
  const label = key(COMMANDS[how]);
  const known = tried.name === "known" && !isTooIntricate(tried.made) ? tried.made : null;
  return (
    <div className={styles.offer}>
      <Button size="s" disabled={known === null} onClick={() => desk.reshapeSelected(how)}>
        {t(`shape.to.${how}`)} {label === "" ? null : <kbd>{label}</kbd>}
      </Button>
      <span className={styles.cost} data-testid={`cost-${how}`} aria-live="polite">
        <Cost how={how} tried={tried} before={before} />
      </span>
    </div>
  );
}

interface CostProps {
  how: Reshaping;
  tried: Tried;
  /** Corners that it has now, of a polygon. */
  before: number | null;
}

function Cost({ how, tried, before }: CostProps): string {
  const { t } = useTranslation("review");
  if (tried.name === "asking") return t("shape.asking");
  if (tried.name === "impossible") return t("shape.nothing_left");
  const { corners, iou } = tried.made;
  if (isTooIntricate(tried.made)) return t("shape.too_intricate");
  const lost = t("shape.loss", { lost: ((1 - iou) * 100).toFixed(1) });
  if (how === "mask") return lost;
  const after = t("shape.corners", { count: corners });
  return `${before === null ? "" : `${before} → `}${after} · ${lost}`;
}
