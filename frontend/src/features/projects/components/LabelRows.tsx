import { useTranslation } from "react-i18next";
import { Button, Input } from "@/components";
import { paletteColor } from "@/lib/palette";
import type { NewLabel } from "../api";
import styles from "./Projects.module.css";

export type LabelDraft = NewLabel & { key: number };

let lastKey = 0;

export function emptyLabel(index: number): LabelDraft {
  lastKey += 1;
  return { key: lastKey, name: "", name_zh: "", color: paletteColor(index) };
}

interface LabelRowsProps {
  labels: LabelDraft[];
  onChange: (labels: LabelDraft[]) => void;
}

/** The classes of a project that does not exist yet. Pasting several lines makes several classes. */
export function LabelRows({ labels, onChange }: LabelRowsProps) {
  const { t } = useTranslation("projects");
  const edit = (key: number, change: Partial<NewLabel>) =>
    onChange(labels.map((label) => (label.key === key ? { ...label, ...change } : label)));

  const paste = (text: string, key: number): boolean => {
    const names = text.split(/[\r\n]+/).flatMap((line) => line.trim() || []);
    if (names.length < 2) return false;
    const at = labels.findIndex((label) => label.key === key);
    const added = names.map((name, offset) => ({ ...emptyLabel(at + offset), name }));
    onChange([...labels.slice(0, at), ...added, ...labels.slice(at + 1)]);
    return true;
  };

  return (
    <div className={styles.labels}>
      {labels.map((label, index) => (
        <div key={label.key} className={styles.labelRow}>
          <input
            type="color"
            className={styles.color}
            value={label.color}
            aria-label={t("label.colorOf", { n: index + 1 })}
            onChange={(event) => edit(label.key, { color: event.target.value })}
          />
          <Input
            value={label.name}
            maxLength={120}
            placeholder={t("label.name")}
            aria-label={t("label.nameOf", { n: index + 1 })}
            onChange={(event) => edit(label.key, { name: event.target.value })}
            onPaste={(event) => {
              if (paste(event.clipboardData.getData("text"), label.key)) event.preventDefault();
            }}
          />
          <Input
            value={label.name_zh}
            maxLength={120}
            lang="zh-Hans"
            placeholder={t("label.nameZh")}
            aria-label={t("label.nameZhOf", { n: index + 1 })}
            onChange={(event) => edit(label.key, { name_zh: event.target.value })}
          />
          <Button
            variant="ghost"
            onClick={() => onChange(labels.filter((other) => other.key !== label.key))}
            disabled={labels.length === 1}
          >
            {t("common:action.remove")}
          </Button>
        </div>
      ))}
      <div>
        <Button size="s" onClick={() => onChange([...labels, emptyLabel(labels.length)])}>
          {t("label.add")}
        </Button>
      </div>
    </div>
  );
}
