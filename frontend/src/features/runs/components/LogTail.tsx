import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, Input, Row } from "@/components";
import type { RunEvent } from "@/lib/api";
import { formatClock } from "@/lib/format";
import styles from "./Runs.module.css";

/** More lines than this are only in the download: the browser has better things to do. */
const SHOWN = 1000;

function lineOf(event: RunEvent): string {
  return event.message || JSON.stringify(event.data ?? {});
}

/** The log, following its end until the person scrolls up. */
export function LogTail({ events, runId }: { events: RunEvent[]; runId: number }) {
  const { t } = useTranslation("runs");
  const [wanted, setWanted] = useState("");
  const [following, setFollowing] = useState(true);
  const box = useRef<HTMLDivElement>(null);
  const lines = useMemo(() => {
    const needle = wanted.trim().toLowerCase();
    const logged = events.filter(({ kind }) => kind !== "metric" && kind !== "progress");
    return (needle ? logged.filter((event) => lineOf(event).toLowerCase().includes(needle)) : logged).slice(
      -SHOWN,
    );
  }, [events, wanted]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: new lines are what makes it scroll
  useEffect(() => {
    if (following && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [lines, following]);

  const save = () => {
    const text = events.map((event) => `${event.at} ${event.kind} ${lineOf(event)}`).join("\n");
    const url = URL.createObjectURL(new Blob([`${text}\n`], { type: "text/plain" }));
    const link = document.createElement("a");
    link.href = url;
    link.download = `run-${runId}.log`;
    link.click();
    URL.revokeObjectURL(url);
  };

  return (
    <div className={styles.log}>
      <Row>
        <Input
          className={styles.search}
          type="search"
          placeholder={t("log.search")}
          aria-label={t("log.search")}
          value={wanted}
          onChange={(event) => setWanted(event.target.value)}
        />
        {following ? null : (
          <Button size="s" onClick={() => setFollowing(true)}>
            {t("log.follow")}
          </Button>
        )}
        <Button size="s" onClick={save} disabled={events.length === 0}>
          {t("common:action.download")}
        </Button>
      </Row>
      <div
        ref={box}
        className={styles.lines}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
        tabIndex={0}
        role="log"
        aria-label={t("log.title")}
        onScroll={({ currentTarget: at }) =>
          setFollowing(at.scrollHeight - at.scrollTop - at.clientHeight < 24)
        }
      >
        {lines.length === 0 ? (
          <p className={styles.noLines}>{t(wanted ? "log.noMatch" : "log.empty")}</p>
        ) : null}
        {lines.map((event) => (
          <div key={event.seq} className={styles.line} data-kind={event.kind}>
            <time dateTime={event.at}>{formatClock(event.at)}</time>
            <span>{lineOf(event)}</span>
          </div>
        ))}
      </div>
    </div>
  );
}
