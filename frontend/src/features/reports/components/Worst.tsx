import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, Card, Stack, Thumbs } from "@/components";
import type { VariantReport, WorstItem } from "@/lib/api";

const FIRST = 18;

/** The items on which it does worst, each with what went wrong. */
export function Worst({ projectId, report }: { projectId: number; report: VariantReport }) {
  const { t } = useTranslation("reports");
  const [all, setAll] = useState(false);
  const { worst } = report;
  const faults = (item: WorstItem): string => {
    const parts = [
      item.missed ? t("fault.missed", { count: item.missed }) : "",
      item.false ? t("fault.false", { count: item.false }) : "",
      item.wrong ? t("fault.wrong", { count: item.wrong }) : "",
    ].filter(Boolean);
    return parts.length ? parts.join(", ") : (item.why ?? "");
  };
  return (
    <Card title={t("worst")} about={t("worstAbout")}>
      {worst.length === 0 ? (
        <p className="muted">{t("noWorst")}</p>
      ) : (
        <Stack>
          <Thumbs
            projectId={projectId}
            size={150}
            thumbs={(all ? worst : worst.slice(0, FIRST)).map((item) => ({
              itemId: item.item_id,
              note: faults(item),
              title: [item.name, item.why].filter(Boolean).join(": "),
            }))}
          />
          {worst.length > FIRST && !all ? (
            <Button onClick={() => setAll(true)}>{t("allWorst", { n: worst.length })}</Button>
          ) : null}
        </Stack>
      )}
    </Card>
  );
}
