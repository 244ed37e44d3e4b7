import { useTranslation } from "react-i18next";
import { Card, Thumbs } from "@/components";
import type { LeftOut as Row } from "@/lib/api";
import { useClassName } from "@/lib/useClassName";

/** Reviewed pictures in which a class seems to be missing: what the model says of it there did not count. */
export function LeftOut({ projectId, rows }: { projectId: number; rows: Row[] }) {
  const { t } = useTranslation("reports");
  const name = useClassName(projectId);
  return (
    <Card title={t("leftOut.title", { count: rows.length })} about={t("leftOut.about")}>
      <Thumbs
        projectId={projectId}
        size={150}
        thumbs={rows.map((row) => ({
          itemId: row.item_id,
          note: t("leftOut.note", { count: row.guesses, class: name(row.class) }),
        }))}
      />
    </Card>
  );
}
