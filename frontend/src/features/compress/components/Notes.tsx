import { useTranslation } from "react-i18next";
import type { Problem } from "../problems";
import styles from "./Compress.module.css";

/** A problem in the reader's language, or in the server's words. */
export function useProblemText(): (problem: Problem) => string {
  const { t } = useTranslation("compress");
  return ({ key, values, label, message, field }) =>
    key ? t(key, { ...values, name: label ? t(label) : field }) : (message ?? field);
}

/** What must be mended on this page, and what is only worth knowing. */
export function Notes({ problems, warnings = [] }: { problems: Problem[]; warnings?: string[] }) {
  const text = useProblemText();
  if (problems.length + warnings.length === 0) return null;
  return (
    <ul className={styles.notes}>
      {problems.map((problem) => (
        <li key={`${problem.field}-${problem.key ?? problem.message}`} className={styles.problem}>
          {text(problem)}
        </li>
      ))}
      {warnings.map((warning) => (
        <li key={warning} className={styles.warning}>
          {warning}
        </li>
      ))}
    </ul>
  );
}
