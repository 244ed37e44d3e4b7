import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Card, Loaded, Skeleton } from "@/components";
import type { Project } from "@/lib/api";
import { formatClock, formatNumber } from "@/lib/format";
import { usePermissions } from "@/lib/permissions";
import { type Holder, useHolders } from "../api";
import styles from "./Queue.module.css";

/** Enough to see what somebody is at; the link shows the rest. */
const NAMED = 3;

/** Who works on what now: so that nobody wonders why an item does not come. */
export function Holders({ project }: { project: Project }) {
  const { t } = useTranslation("queue");
  const { can } = usePermissions(project);
  const holders = useHolders(project.id, can("manage_items"));
  if (!can("manage_items")) return null;
  return (
    <Card title={t("holders.title")} about={t("holders.about")}>
      <Loaded query={holders} skeleton={<Skeleton rows={2} height={44} />}>
        {(rows) =>
          rows.length === 0 ? (
            <p className="muted">{t("holders.none")}</p>
          ) : (
            <ul>
              {rows.map((row) => (
                <Person key={row.user.id} project={project} row={row} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </Card>
  );
}

function Person({ project, row }: { project: Project; row: Holder }) {
  const { t } = useTranslation("queue");
  const items = `/projects/${project.id}/items`;
  return (
    <li className={styles.holder}>
      <div>
        <strong>{row.user.name}</strong>
        <p className={styles.held}>
          {row.items.slice(0, NAMED).map(({ id, name }) => (
            <Link key={id} className="truncate" title={name} to={`${items}?holder=${row.user.id}&item=${id}`}>
              {name}
            </Link>
          ))}
          {row.held > NAMED ? (
            <Link to={`${items}?holder=${row.user.id}`}>
              {t("holders.more", { n: formatNumber(row.held - NAMED) })}
            </Link>
          ) : null}
        </p>
      </div>
      <span className="muted">{t("holders.until", { time: formatClock(row.last_until) })}</span>
      <Link className={styles.number} to={`${items}?holder=${row.user.id}`}>
        {t("holders.held", { count: row.held, n: formatNumber(row.held) })}
      </Link>
    </li>
  );
}
