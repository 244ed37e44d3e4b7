import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Refusal } from "@/lib/api";
import { refusalText } from "@/lib/errorText";
import { formatNumber } from "@/lib/format";
import { Button } from "./Button";
import { type Column, Table } from "./Table";

const FIRST = 50;

/** What an import refused or changed: file, line, reason. */
export function RefusalTable({ caption, rows }: { caption: string; rows: Refusal[] }) {
  const { t } = useTranslation();
  const [all, setAll] = useState(false);
  const shown = (all ? rows : rows.slice(0, FIRST)).map((row, index) => ({ ...row, index }));
  const columns: Column<Refusal & { index: number }>[] = [
    { key: "path", header: t("refusal.file"), grow: true, cell: (row) => <code>{row.path}</code> },
    { key: "line", header: t("refusal.line"), numeric: true, cell: (row) => row.line ?? "–" },
    {
      key: "reason",
      header: t("refusal.reason"),
      grow: true,
      cell: (row) => (
        <span title={row.reason}>
          {refusalText(row)}
          {row.field ? ` (${row.field})` : null}
        </span>
      ),
    },
  ];
  return (
    <>
      <Table caption={caption} columns={columns} rows={shown} rowKey={(row) => row.index} />
      {rows.length > FIRST && !all ? (
        <div style={{ marginTop: 8 }}>
          <Button size="s" onClick={() => setAll(true)}>
            {t("refusal.all", { n: formatNumber(rows.length) })}
          </Button>
        </div>
      ) : null}
    </>
  );
}

/** `[{path, line, field, code, reason}]` of a run's result, whatever else may be there. */
export function asRefusals(value: unknown): Refusal[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((row): Refusal[] => {
    if (typeof row !== "object" || row === null) return [];
    const { path, line, field, code, reason } = row as Partial<Refusal>;
    if (typeof reason !== "string") return [];
    return [{ path: path ?? "", line: line ?? null, field: field ?? null, code: code ?? "", reason }];
  });
}
