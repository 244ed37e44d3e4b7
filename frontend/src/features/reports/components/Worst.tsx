import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, Card, Stack, Thumbs } from "@/components";
import type { VariantReport } from "@/lib/api";
import { useFaults } from "@/lib/useFaults";

const FIRST = 18;

/** The items on which it does worst, each with what went wrong. */
export function Worst({ projectId, report }: { projectId: number; report: VariantReport }) {
  const { t } = useTranslation("reports");
  const [all, setAll] = useState(false);
  const { worst } = report;
  const faults = useFaults();
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
