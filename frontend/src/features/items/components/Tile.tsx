import { useTranslation } from "react-i18next";
import type { Item, LabelClass } from "@/lib/api";
import { className, formatNumber, formatShare } from "@/lib/format";
import { stateColor } from "@/lib/itemStates";
import styles from "./Items.module.css";

interface TileProps {
  item: Item;
  labels: LabelClass[];
  onOpen: () => void;
}

export function Tile({ item, labels, onOpen }: TileProps) {
  const { t } = useTranslation("items");
  const counted = labels.filter(({ id }) => (item.class_counts[String(id)] ?? 0) > 0);
  return (
    <li>
      <button type="button" className={styles.tile} onClick={onOpen}>
        <span className={styles.picture}>
          <img src={item.thumbnail_url} alt="" loading="lazy" decoding="async" />
        </span>
        <span className={styles.caption}>
          <span className="truncate" title={item.name}>
            {item.name}
          </span>
          <span className={styles.meta}>
            <span className={styles.dot} style={{ background: stateColor(item.state) }} aria-hidden="true" />
            <span>{t(`common:state.${item.state}`)}</span>
            {item.confidence === null ? null : (
              <span className="num" title={t("confidence")}>
                {formatShare(item.confidence)}
              </span>
            )}
          </span>
          <span className={styles.counts}>
            {counted.slice(0, 3).map((label) => (
              <span key={label.id} title={className(label)}>
                <span className={styles.dot} style={{ background: label.color }} aria-hidden="true" />
                <span className="truncate">{className(label)}</span>
                <span className="num">{formatNumber(item.class_counts[String(label.id)])}</span>
              </span>
            ))}
            {counted.length > 3 ? <span>+{counted.length - 3}</span> : null}
          </span>
        </span>
      </button>
    </li>
  );
}
