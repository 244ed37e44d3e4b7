import { type DragEvent, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { classes } from "@/components";
import { formatBytes } from "@/lib/format";
import styles from "./Datasets.module.css";

interface DropZoneProps {
  file: File | null;
  onFile: (file: File | null) => void;
}

export function DropZone({ file, onFile }: DropZoneProps) {
  const { t } = useTranslation("datasets");
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const [wrong, setWrong] = useState(false);

  const take = (next: File | undefined) => {
    if (!next) return;
    const zip = /\.zip$/i.test(next.name);
    setWrong(!zip);
    onFile(zip ? next : null);
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    take(event.dataTransfer.files[0]);
  };

  return (
    <div>
      <label
        htmlFor={id}
        className={classes(styles.drop, over && styles.over)}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        <input
          ref={input}
          id={id}
          type="file"
          accept=".zip,application/zip"
          className="visually-hidden"
          onChange={(event) => take(event.target.files?.[0])}
        />
        {file ? (
          <>
            <strong className={styles.fileName}>{file.name}</strong>
            <span className="muted">{t("drop.chosen", { size: formatBytes(file.size) })}</span>
          </>
        ) : (
          <>
            <strong>{t("drop.title")}</strong>
            <span className="muted">{t("drop.about")}</span>
          </>
        )}
      </label>
      {wrong ? (
        <p role="alert" className={styles.wrong}>
          {t("drop.notZip")}
        </p>
      ) : null}
    </div>
  );
}
