import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import styles from "./Thumbs.module.css";

export interface Thumb {
  itemId: number;
  /** Under the picture: why it is shown. */
  note?: string;
  title?: string;
}

/** Small pictures that lead to their items. */
export function Thumbs({
  projectId,
  thumbs,
  size = 96,
}: {
  projectId: number;
  thumbs: Thumb[];
  size?: number;
}) {
  const { t } = useTranslation();
  return (
    <ul className={styles.thumbs} style={{ "--thumb": `${size}px` } as React.CSSProperties}>
      {thumbs.map(({ itemId, note, title }) => (
        <li key={itemId}>
          <Link
            className={styles.thumb}
            to={`/projects/${projectId}/items?item=${itemId}`}
            title={title ?? note}
          >
            <img
              src={`/api/items/${itemId}/thumbnail/`}
              alt={t("thumb", { id: itemId })}
              loading="lazy"
              decoding="async"
            />
            {note ? <span className={styles.note}>{note}</span> : null}
          </Link>
        </li>
      ))}
    </ul>
  );
}
