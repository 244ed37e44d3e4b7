import { useTranslation } from "react-i18next";
import { Facts } from "@/components";
import type { CompressEstimate, CompressOptions } from "@/lib/api";
import { formatBytes, formatDuration, formatNumber } from "@/lib/format";
import type { Draft } from "../draft";
import styles from "./Compress.module.css";

interface CostsProps {
  options: CompressOptions;
  draft: Draft;
  estimate?: CompressEstimate;
  waiting: boolean;
}

/** Time, place in the queue, disk: a range where nobody can know better. */
export function Costs({ options, draft, estimate, waiting }: CostsProps) {
  const { t } = useTranslation("compress");
  const seconds = estimate?.seconds;
  const position = (estimate?.queue_position ?? options.queues[draft.queue].waiting) + 1;
  const needed = estimate?.disk_bytes ?? options.disk.needed_bytes;
  const free = estimate?.free_bytes ?? options.disk.free_bytes;
  return (
    <div aria-busy={waiting && !estimate ? true : undefined}>
      <Facts
        facts={[
          {
            name: t("cost.time"),
            value: seconds
              ? t("cost.range", { low: formatDuration(seconds.low), high: formatDuration(seconds.high) })
              : "–",
          },
          { name: t("cost.position"), value: formatNumber(position) },
          {
            name: t("cost.disk"),
            value: t("cost.diskOf", { needed: formatBytes(needed), free: formatBytes(free) }),
          },
        ]}
      />
      {needed > free ? <p className={styles.problem}>{t("cost.diskFull")}</p> : null}
    </div>
  );
}
