import type { UseQueryResult } from "@tanstack/react-query";
import { type ReactNode, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Card, classes, Loaded, Skeleton } from "@/components";
import type { ApiError } from "@/lib/api";
import { formatAgo } from "@/lib/format";
import styles from "./Projects.module.css";

interface TileProps<Data> {
  title: ReactNode;
  about?: ReactNode;
  query: UseQueryResult<Data, ApiError>;
  /** Of what stands there while it loads. */
  height?: number;
  children: (data: Data) => ReactNode;
}

/** One number or picture of the dashboard with its own loading, error and age; the others go on without it. */
export function Tile<Data extends { computed_at: string }>({
  title,
  about,
  query,
  height = 90,
  children,
}: TileProps<Data>) {
  return (
    <Card title={title} about={about}>
      <div className={classes(styles.tile, query.isPlaceholderData && styles.old)}>
        <Loaded query={query} skeleton={<Skeleton rows={1} height={height} />}>
          {(data) => (
            <>
              <div className={styles.tileBody}>{children(data)}</div>
              <Age at={data.computed_at} query={query} />
            </>
          )}
        </Loaded>
      </div>
    </Card>
  );
}

function Age({ at, query }: { at: string; query: UseQueryResult<unknown, ApiError> }) {
  const { t } = useTranslation("projects");
  useMinutes();
  return (
    <p className={styles.age}>
      {query.isError ? t("tile.failed", { ago: formatAgo(at) }) : t("tile.computed", { ago: formatAgo(at) })}{" "}
      <button type="button" disabled={query.isFetching} onClick={() => void query.refetch()}>
        {t("tile.again")}
      </button>
    </p>
  );
}

/** Draws anew every half minute: an age that stands still is a lie. */
function useMinutes() {
  const [, setTick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setTick((tick) => tick + 1), 30_000);
    return () => clearInterval(timer);
  }, []);
}
