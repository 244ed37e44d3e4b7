import { useTranslation } from "react-i18next";
import { Card, type Column, Table } from "@/components";
import type { ParetoPoint } from "@/lib/api";
import { AXES, AXIS_NAMES, type Axis, pointKey } from "../axes";
import styles from "./Pareto.module.css";

interface Line {
  key: string;
  name: string;
  axis: Axis | null;
  text: (point: ParetoPoint) => string;
}

/** Two to four points side by side; the best of each line stands out. */
export function CompareTable({ points }: { points: ParetoPoint[] }) {
  const { t } = useTranslation("pareto");
  const lines: Line[] = [
    {
      key: "kind",
      name: t("column.kind"),
      axis: null,
      text: ({ kind }) => t(`kind.${kind}`, { defaultValue: kind }),
    },
    { key: "family", name: t("column.family"), axis: null, text: ({ family }) => family || "–" },
    { key: "precision", name: t("column.precision"), axis: null, text: ({ precision }) => precision || "–" },
    ...AXIS_NAMES.map((name) => ({
      key: name,
      name: t(`axis.${name}`),
      axis: AXES[name],
      text: (point: ParetoPoint) => {
        const value = AXES[name].value(point);
        return value === null
          ? t(AXES[name].onDevice ? "notMeasured" : "notKnown")
          : AXES[name].format(value);
      },
    })),
  ];
  const columns: Column<Line>[] = [
    {
      key: "name",
      header: <span className="visually-hidden">{t("column.measure")}</span>,
      cell: ({ name }) => name,
    },
    ...points.map((point) => ({
      key: pointKey(point),
      header: <span className={styles.rival}>{point.label}</span>,
      numeric: true,
      cell: ({ axis, text }: Line) => (
        <span className={axis && bestOf(axis, points) === axis.value(point) ? styles.best : undefined}>
          {text(point)}
        </span>
      ),
    })),
  ];
  return (
    <Card title={t("compare.title")}>
      <Table caption={t("compare.title")} columns={columns} rows={lines} rowKey={({ key }) => key} />
    </Card>
  );
}

function bestOf(axis: Axis, points: ParetoPoint[]): number | null {
  const values = points.map(axis.value).filter((value) => value !== null);
  if (values.length < 2) return null;
  return axis.better === "low" ? Math.min(...values) : Math.max(...values);
}
