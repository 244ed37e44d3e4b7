import { useTranslation } from "react-i18next";
import type { PaletteRow } from "@/commands/palette";
import { Option } from "@/components";
import styles from "./keys.module.css";

interface PaletteOptionProps {
  row: PaletteRow;
  current: boolean;
  onChoose: () => void;
}

/** What cannot be done now is there all the same, with the reason: a person looks for it and shall learn why. */
export function PaletteOption({ row, current, onChoose }: PaletteOptionProps) {
  const { t } = useTranslation("keys");
  return (
    <Option
      id={`palette-${row.id}`}
      current={current}
      greyed={row.lacks !== null}
      data-testid="palette-row"
      onClick={onChoose}
    >
      <span className={styles.optionName}>{row.title}</span>
      {row.lacks === null ? null : <span className={styles.why}>{t(`lacks.${row.lacks}`)}</span>}
      {row.key === "" ? null : <kbd className={styles.key}>{row.key}</kbd>}
    </Option>
  );
}
