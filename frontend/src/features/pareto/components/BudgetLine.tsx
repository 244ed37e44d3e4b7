import { type KeyboardEvent, type PointerEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Scale } from "@/lib/scale";
import type { Axis } from "../axes";
import { MARGIN } from "./Grid";
import styles from "./Pareto.module.css";

interface BudgetLineProps {
  side: "x" | "y";
  axis: Axis;
  value: number;
  scale: Scale;
  width: number;
  height: number;
  onMove: (value: number | null) => void;
}

/** Pixels that one press of an arrow key moves the line. */
const KEY_STEP = 6;

/** A limit on one axis: dragged by the pointer, moved by the arrows, taken away by Delete. */
export function BudgetLine({ side, axis, value, scale, width, height, onMove }: BudgetLineProps) {
  const { t } = useTranslation("pareto");
  const line = useRef<SVGGElement>(null);
  // While it is dragged it moves by itself; the address and the counts follow at the end.
  const [dragged, setDragged] = useState<number | null>(null);
  const shown = dragged ?? value;
  const at = scale.toPixel(shown);
  const [from, to] = [scale.toPixel(scale.domain[0]), scale.toPixel(scale.domain[1])];
  const [left, right] = [Math.min(from, to), Math.max(from, to)];
  const hold = (pixel: number) => scale.toValue(Math.min(right, Math.max(left, pixel)));
  const pixelOf = (event: PointerEvent) => {
    const box = line.current?.ownerSVGElement?.getBoundingClientRect();
    return side === "x" ? event.clientX - (box?.left ?? 0) : event.clientY - (box?.top ?? 0);
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key === "Delete" || event.key === "Backspace") onMove(null);
    else {
      const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
      if (!by) return;
      onMove(hold(at + by * KEY_STEP * (side === "x" ? 1 : -1)));
    }
    event.preventDefault();
  };
  const [right_, bottom] = [width - MARGIN.right, height - MARGIN.bottom];
  const path = side === "x" ? `M${at} ${MARGIN.top}V${bottom}` : `M${MARGIN.left} ${at}H${right_}`;
  const label = `${axis.better === "low" ? "≤" : "≥"} ${axis.format(shown)}`;
  return (
    <g
      ref={line}
      className={styles.budget}
      data-side={side}
      role="slider"
      tabIndex={0}
      aria-label={t("budgetOf", { axis: t(`axis.${axis.name}`) })}
      aria-orientation={side === "x" ? "horizontal" : "vertical"}
      aria-valuemin={scale.domain[0]}
      aria-valuemax={scale.domain[1]}
      aria-valuenow={shown}
      aria-valuetext={label}
      onKeyDown={onKey}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        setDragged(shown);
      }}
      onPointerMove={(event) => dragged !== null && setDragged(hold(pixelOf(event)))}
      onPointerUp={() => {
        if (dragged !== null) onMove(dragged);
        setDragged(null);
      }}
      onPointerCancel={() => setDragged(null)}
    >
      <path className={styles.grip} d={path} />
      <path className={styles.limit} d={path} />
      <text
        x={side === "x" ? at + 6 : right_ - 4}
        y={side === "x" ? bottom - 8 : at - 6}
        textAnchor={side === "x" ? "start" : "end"}
      >
        {label}
      </text>
    </g>
  );
}
