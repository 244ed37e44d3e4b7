import { useTranslation } from "react-i18next";
import { Badge, Card, type Column, LinkButton, Loaded, Row, Stack, Table, Thumbs } from "@/components";
import type { ParetoPoint, Project, VariantComparison } from "@/lib/api";
import { formatChange, formatShare } from "@/lib/format";
import { useClassName } from "@/lib/useClassName";
import { useComparison } from "../api";
import { AXES, type Axis } from "../axes";
import styles from "./Pareto.module.css";

const MEASURES = [AXES.metric, AXES.size, AXES.p20, AXES.p50, AXES.params];
const SHOWN_CHANGED = 12;

interface PointCardProps {
  project: Project;
  point: ParetoPoint;
  /** What runs now; null = nothing does. */
  deployed: ParetoPoint | null;
}

/** One point against what is deployed: its measures, classes by loss, and the items on which they differ. */
export function PointCard({ project, point, deployed }: PointCardProps) {
  const { t } = useTranslation("pareto");
  const rival = deployed && deployed !== point ? deployed : null;
  const report = `/projects/${project.id}/models/variants/${point.variant_id}`;
  return (
    <Card
      title={point.label}
      about={
        <span className={styles.badges}>
          <Badge>{t(`kind.${point.kind}`, { defaultValue: point.kind })}</Badge>
          {point.precision ? <Badge>{point.precision}</Badge> : null}
          {point.deployed ? <Badge tone="good">{t("deployed")}</Badge> : null}
          {point.stale ? <Badge tone="warn">{t("stale")}</Badge> : null}
        </span>
      }
    >
      <Stack>
        <dl className={styles.facts}>
          {MEASURES.map((axis) => (
            <Measure key={axis.name} axis={axis} point={point} rival={rival} />
          ))}
        </dl>
        {rival ? <p className="muted">{t("card.against", { name: rival.label })}</p> : null}
        {point.variant_id === null ? (
          <p className="muted">{t("card.trial")}</p>
        ) : (
          <Row>
            <LinkButton size="s" to={report}>
              {t("card.report")}
            </LinkButton>
          </Row>
        )}
        {deployed === null ? <p className="muted">{t("card.nothingDeployed")}</p> : null}
        <Differences project={project} point={point} rival={rival} />
      </Stack>
    </Card>
  );
}

function Measure({ axis, point, rival }: { axis: Axis; point: ParetoPoint; rival: ParetoPoint | null }) {
  const { t } = useTranslation("pareto");
  const value = axis.value(point);
  const base = rival ? axis.value(rival) : null;
  const change = value !== null && base ? (value - base) / base : null;
  const good = change !== null && (axis.better === "low" ? change < 0 : change > 0);
  return (
    <div>
      <dt>{t(`axis.${axis.name}`)}</dt>
      <dd>
        {value === null ? t(axis.onDevice ? "notMeasured" : "notKnown") : axis.format(value)}
        {axis.name === "metric" && point.low !== null && point.high !== null ? (
          <span className="muted">
            {" "}
            [{formatShare(point.low, 1)}, {formatShare(point.high, 1)}]
          </span>
        ) : null}
      </dd>
      <dd
        className={
          change === null || Math.abs(change) < 0.0005 ? styles.delta : good ? styles.better : styles.worse
        }
      >
        {change === null ? "" : formatChange(change)}
      </dd>
    </div>
  );
}

interface DifferencesProps {
  project: Project;
  point: ParetoPoint;
  rival: ParetoPoint | null;
}

function Differences({ project, point, rival }: DifferencesProps) {
  const comparison = useComparison(point.variant_id, rival?.variant_id ?? null);
  if (point.variant_id === null || !rival?.variant_id) return null;
  return <Loaded query={comparison}>{(data) => <Compared project={project} data={data} />}</Loaded>;
}

type ClassRow = VariantComparison["per_class"][number];

function Compared({ project, data }: { project: Project; data: VariantComparison }) {
  const { t } = useTranslation("pareto");
  const say = useClassName(project.id);
  const classes = [...data.per_class].sort((a, b) => (a.delta ?? 0) - (b.delta ?? 0));
  const changed = data.changed.slice(0, SHOWN_CHANGED);
  const columns: Column<ClassRow>[] = [
    {
      key: "name",
      header: t("card.class"),
      cell: ({ name, n }) => (
        <>
          {say(name)} <span className="muted">({n})</span>
        </>
      ),
    },
    { key: "value", header: t("card.here"), numeric: true, cell: ({ a }) => formatShare(a, 1) },
    {
      key: "delta",
      header: t("card.change"),
      numeric: true,
      cell: ({ delta }) => <Points value={delta} />,
    },
  ];
  return (
    <>
      {data.drop === null ? null : (
        <p>
          {t("card.drop", { change: formatChange(-data.drop) })}
          {data.interval ? ` [${formatChange(-data.interval[1])}, ${formatChange(-data.interval[0])}]` : ""}{" "}
          <span className="muted">{t(`verdict.${data.verdict}`, { defaultValue: data.verdict })}</span>
        </p>
      )}
      {classes.length ? (
        <Table caption={t("card.classes")} columns={columns} rows={classes} rowKey={({ name }) => name} />
      ) : null}
      <h3>{t("card.changed", { count: data.changed.length })}</h3>
      {changed.length ? (
        <Thumbs
          projectId={project.id}
          size={80}
          thumbs={changed.map(({ item_id, delta }) => ({ itemId: item_id, note: signed(delta) }))}
        />
      ) : (
        <p className="muted">{t("card.nothingChanged")}</p>
      )}
    </>
  );
}

function signed(delta: number): string {
  // What differs at all should not read as nothing.
  const size = Math.abs(delta);
  return `${delta > 0 ? "+" : "−"}${size.toFixed(size < 0.01 ? 4 : 2)}`;
}

/** A difference in percentage points. */
function Points({ value }: { value: number | null }) {
  if (value === null) return <>–</>;
  const points = 100 * value;
  const style = Math.abs(points) < 0.05 ? styles.delta : points > 0 ? styles.better : styles.worse;
  return (
    <span
      className={style}
    >{`${points > 0 ? "+" : points < 0 ? "−" : ""}${Math.abs(points).toFixed(1)}`}</span>
  );
}
