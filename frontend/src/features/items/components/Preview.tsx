import { useMemo } from "react";
import { Swatch } from "@/components";
import type { AnnotatedObject, LabelClass, PredictedObject, Work } from "@/lib/api";
import { className, formatShare } from "@/lib/format";
import styles from "./Items.module.css";
import { Masks } from "./Masks";

interface PreviewProps {
  item: Work["item"];
  objects: (AnnotatedObject | PredictedObject)[];
  labels: LabelClass[];
  /** What somebody points at: drawn over the rest. */
  pinned?: number[] | null;
}

/** The picture with its objects; for looking, not for work. */
export function Preview({ item, objects, labels, pinned }: PreviewProps) {
  const known = useMemo(() => new Map(labels.map((label) => [label.id, label])), [labels]);
  const stroke = Math.max(item.width, item.height) / 320;
  return (
    <div>
      <div className={styles.preview} style={{ aspectRatio: `${item.width} / ${item.height}` }}>
        <img src={item.image_url} alt={item.name} />
        <Masks item={item} objects={objects} known={known} />
        <svg viewBox={`0 0 ${item.width} ${item.height}`} aria-hidden="true">
          {objects.map((object) => {
            if (!object.bbox || object.rle) return null;
            const [x1, y1, x2, y2] = object.bbox;
            return (
              <rect
                key={object.id}
                x={x1}
                y={y1}
                width={x2 - x1}
                height={y2 - y1}
                stroke={known.get(object.class_id)?.color ?? "#888888"}
                strokeWidth={stroke}
                fill="none"
              />
            );
          })}
          {pinned ? <Pin box={pinned} stroke={stroke * 2} /> : null}
        </svg>
      </div>
      <ul className={styles.objects}>
        {objects.map((object) => {
          const label = known.get(object.class_id);
          return (
            <li key={object.id}>
              <Swatch color={label?.color ?? "#888888"}>
                {label ? className(label) : `#${object.class_id}`}
              </Swatch>
              {"score" in object ? <span className="num muted">{formatShare(object.score)}</span> : null}
            </li>
          );
        })}
      </ul>
    </div>
  );
}

function Pin({ box, stroke }: { box: number[]; stroke: number }) {
  const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = box;
  return (
    <rect
      data-testid="pinned"
      className={styles.pin}
      x={x1}
      y={y1}
      width={x2 - x1}
      height={y2 - y1}
      strokeWidth={stroke}
      strokeDasharray={stroke * 3}
      fill="none"
    />
  );
}
