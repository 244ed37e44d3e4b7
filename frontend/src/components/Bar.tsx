import { Link } from "react-router";
import styles from "./Bar.module.css";
import { classes } from "./classes";

export interface BarPart {
  key: string;
  label: string;
  value: number;
  color: string;
  /** Where the legend's entry leads. */
  to?: string;
}

interface BarProps {
  label: string;
  parts: BarPart[];
  format?: (value: number) => string;
  legend?: boolean;
}

/** One stacked bar with its legend; the legend carries the numbers, so colour is never the only sign. */
export function Bar({ label, parts, format = String, legend = true }: BarProps) {
  const total = parts.reduce((sum, part) => sum + part.value, 0);
  const text = parts.map((part) => `${part.label} ${format(part.value)}`).join(", ");
  return (
    <div className={styles.figure}>
      <div className={styles.bar} role="img" aria-label={`${label}: ${text}`}>
        {parts
          .filter((part) => part.value > 0)
          .map((part) => (
            <div
              key={part.key}
              className={styles.part}
              style={{ flexGrow: part.value / total, background: part.color }}
              title={`${part.label}: ${format(part.value)}`}
            />
          ))}
      </div>
      {legend ? (
        <ul className={styles.legend}>
          {parts.map((part) => (
            <li key={part.key} className={classes(styles.entry, part.value === 0 && styles.zero)}>
              <span className={styles.dot} style={{ background: part.color }} aria-hidden="true" />
              {part.to ? <Link to={part.to}>{part.label}</Link> : <span>{part.label}</span>}
              <span className="num">{format(part.value)}</span>
            </li>
          ))}
        </ul>
      ) : null}
    </div>
  );
}

interface ColumnsProps {
  label: string;
  values: { key: string; label: string; value: number }[];
  format?: (value: number) => string;
}

/** Columns over time, with the same numbers as a table for who cannot see them. */
export function Columns({ label, values, format = String }: ColumnsProps) {
  const top = Math.max(1, ...values.map(({ value }) => value));
  const first = values[0];
  const last = values[values.length - 1];
  return (
    <figure className={styles.columns}>
      <div className={styles.plot} aria-hidden="true">
        {values.map(({ key, label: name, value }) => (
          <div key={key} className={styles.column} title={`${name}: ${format(value)}`}>
            <div style={{ height: `${(value / top) * 100}%` }} />
          </div>
        ))}
      </div>
      <div className={styles.axis} aria-hidden="true">
        <span>{first?.label}</span>
        {values.length > 1 ? <span>{last?.label}</span> : null}
      </div>
      <table className="visually-hidden">
        <caption>{label}</caption>
        <tbody>
          {values.map(({ key, label: name, value }) => (
            <tr key={key}>
              <th scope="row">{name}</th>
              <td>{format(value)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  );
}
