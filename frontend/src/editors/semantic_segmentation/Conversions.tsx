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
  const { t } = useTranslation("review");
  const polygon = region.kind === "polygon";
  const outline = useReshaped(desk, region, polygon ? "simplify" : "polygon");
  const name =
    region.rings === null ? t("shape.is.mask") : t("shape.is.polygon", { count: vertexCount(region.rings) });
  return (
    <>
      <Tolerance desk={desk} name={name} outline={outline} />
      <Offer desk={desk} how={polygon ? "simplify" : "polygon"} tried={outline} />
      {polygon ? <ToMask desk={desk} region={region} /> : null}
    </>
  );
}

function ToMask({ desk, region }: { desk: Desk; region: Region }) {
  return <Offer desk={desk} how="mask" tried={useReshaped(desk, region, "mask")} />;
}

/** While the slider is in use, the outline that it would give is drawn over the picture. */
function Tolerance({ desk, name, outline }: { desk: Desk; name: string; outline: Tried }) {
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
      <span className={styles.kind}>{name}</span>
      <label className="visually-hidden" htmlFor="outline-tolerance">
        {t("shape.tolerance")}
      </label>
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

function Offer({ desk, how, tried }: { desk: Desk; how: Reshaping; tried: Tried }) {
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
        <Cost how={how} tried={tried} />
      </span>
    </div>
  );
}

function Cost({ how, tried }: { how: Reshaping; tried: Tried }): string {
  const { t } = useTranslation("review");
  if (tried.name === "asking") return t("shape.asking");
  if (tried.name === "impossible") return t("shape.nothing_left");
  const { corners, iou } = tried.made;
  if (isTooIntricate(tried.made)) return t("shape.too_intricate");
  const lost = t("shape.loss", { lost: ((1 - iou) * 100).toFixed(1) });
  return how === "mask" ? lost : `${t("shape.corners", { count: corners })} · ${lost}`;
}
