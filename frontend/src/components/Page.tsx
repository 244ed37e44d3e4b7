import { type ReactNode, useEffect } from "react";
import { classes } from "./classes";
import styles from "./Page.module.css";

interface PageProps {
  title: string;
  about?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  wide?: boolean;
  /** Pages outside a project have no <main> around them yet. */
  main?: boolean;
}

export function Page({ title, about, actions, children, wide, main }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Winnow`;
  }, [title]);
  const Element = main ? "main" : "div";
  return (
    <Element className={classes(styles.page, wide && styles.wide)}>
      <header className={styles.header}>
        <div className={styles.heading}>
          <h1>{title}</h1>
          {about ? <div className={styles.about}>{about}</div> : null}
        </div>
        {actions ? <div className={styles.actions}>{actions}</div> : null}
      </header>
      {children}
    </Element>
  );
}

interface CardProps {
  title?: ReactNode;
  about?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  tone?: "accent" | "warn";
}

export function Card({ title, about, actions, children, tone }: CardProps) {
  return (
    <section className={classes(styles.card, tone && styles[tone])}>
      {title || actions ? (
        <header className={styles.cardHeader}>
          <div className={styles.heading}>
            <h2>{title}</h2>
            {about ? <div className={styles.about}>{about}</div> : null}
          </div>
          {actions ? <div className={styles.actions}>{actions}</div> : null}
        </header>
      ) : null}
      {children}
    </section>
  );
}

export function Stack({ children, gap = "m" }: { children: ReactNode; gap?: "s" | "m" | "l" }) {
  return <div className={classes(styles.stack, styles[`gap_${gap}`])}>{children}</div>;
}

export function Row({ children, end = false }: { children: ReactNode; end?: boolean }) {
  return <div className={classes(styles.row, end && styles.end)}>{children}</div>;
}

/** Equal columns of at least `min` px that wrap where there is no room. */
export function Grid({ children, min = 240 }: { children: ReactNode; min?: number }) {
  return (
    <div
      className={styles.grid}
      style={{ gridTemplateColumns: `repeat(auto-fill, minmax(min(${min}px, 100%), 1fr))` }}
    >
      {children}
    </div>
  );
}

/** A few facts as name and value. */
export function Facts({ facts }: { facts: { name: string; value: ReactNode }[] }) {
  return (
    <dl className={styles.facts}>
      {facts.map(({ name, value }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd className="num">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
