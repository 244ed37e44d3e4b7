import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Card, type Column, Select, Table } from "@/components";
import type { FoundThreshold, VariantCalibration } from "@/lib/api";
import { formatNumber, formatShare } from "@/lib/format";
import { useClassName } from "@/lib/useClassName";

type Row = FoundThreshold & { name: string };

/** From which score on each class may be accepted by itself, or why it may not. */
export function Found({ projectId, calibration }: { projectId: number; calibration: VariantCalibration }) {
  const { t } = useTranslation("reports");
  const say = useClassName(projectId);
  const targets = Object.keys(calibration.thresholds);
  const [target, setTarget] = useState("0.98");
  const rows: Row[] = Object.entries(calibration.thresholds[target] ?? {}).map(([name, found]) => ({
    name,
    ...found,
  }));
  const columns: Column<Row>[] = [
    { key: "name", header: t("class"), cell: ({ name }) => say(name) },
    {
      key: "threshold",
      header: t("found.threshold"),
      numeric: true,
      cell: ({ threshold }) => (threshold === null ? t("found.never") : formatNumber(threshold, 3)),
    },
    { key: "n", header: t("found.n"), numeric: true, cell: ({ n }) => formatNumber(n) },
    {
      key: "bound",
      header: t("found.bound"),
      numeric: true,
      cell: ({ bound }) => formatShare(bound, 1),
    },
    {
      key: "coverage",
      header: t("found.coverage"),
      numeric: true,
      cell: ({ coverage }) => formatShare(coverage),
    },
    { key: "why", header: t("found.why"), grow: true, cell: ({ reason }) => t(`found.reason.${reason}`) },
  ];
  return (
    <Card
      title={t("found.title")}
      about={t("found.about")}
      actions={
        <Select
          aria-label={t("found.target")}
          value={target}
          onChange={(event) => setTarget(event.target.value)}
        >
          {targets.map((one) => (
            <option key={one} value={one}>
              {formatShare(Number(one))}
            </option>
          ))}
        </Select>
      }
    >
      <Table caption={t("found.title")} columns={columns} rows={rows} rowKey={({ name }) => name} />
    </Card>
  );
}
