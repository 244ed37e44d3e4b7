import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Badge, Button, Card, type Column, EmptyState, Swatch, Table, toast } from "@/components";
import type { LabelClass, Project } from "@/lib/api";
import { errorText } from "@/lib/errorText";
import { formatNumber } from "@/lib/format";
import { usePermissions } from "@/lib/permissions";
import { useEditLabel } from "../api";
import { LabelDialog } from "./LabelDialog";

export function LabelsEditor({ project }: { project: Project }) {
  const { t } = useTranslation("projects");
  const { reason } = usePermissions(project);
  const [edited, setEdited] = useState<LabelClass | "new" | null>(null);
  const edit = useEditLabel(project.id);
  const off = reason("manage_labels");

  const archive = (label: LabelClass, archived: boolean) =>
    edit.mutate(
      { id: label.id, change: { archived } },
      {
        onSuccess: () =>
          toast({
            message: t(archived ? "label.archivedToast" : "label.restoredToast", { name: label.name }),
            undo: archived ? () => archive(label, false) : undefined,
          }),
        onError: (error) => toast({ message: errorText(error), tone: "bad" }),
      },
    );

  const columns: Column<LabelClass>[] = [
    {
      key: "name",
      header: t("label.name"),
      grow: true,
      cell: (label) => <Swatch color={label.color}>{label.name}</Swatch>,
    },
    {
      key: "zh",
      header: t("label.nameZh"),
      cell: (label) => <span lang="zh-Hans">{label.name_zh || "–"}</span>,
    },
    { key: "show", header: t("routing.show"), numeric: true, cell: (label) => own(label.show_threshold) },
    {
      key: "accept",
      header: t("routing.accept"),
      numeric: true,
      cell: (label) => own(label.accept_threshold),
    },
    {
      key: "state",
      header: <span className="visually-hidden">{t("label.state")}</span>,
      cell: (label) => (label.archived ? <Badge>{t("label.archived")}</Badge> : null),
    },
    {
      key: "actions",
      header: <span className="visually-hidden">{t("label.actions")}</span>,
      numeric: true,
      cell: (label) => (
        <>
          <Button size="s" variant="ghost" reason={off} onClick={() => setEdited(label)}>
            {t("common:action.edit")}
          </Button>
          <Button size="s" variant="ghost" reason={off} onClick={() => archive(label, !label.archived)}>
            {t(label.archived ? "label.restore" : "label.archive")}
          </Button>
        </>
      ),
    },
  ];
  const own = (value: number | null) => (value === null ? t("label.asProject") : formatNumber(value, 2));

  return (
    <Card
      title={t("label.title")}
      about={t("label.about")}
      actions={
        <Button reason={off} onClick={() => setEdited("new")}>
          {t("label.add")}
        </Button>
      }
    >
      {project.classes.length === 0 ? (
        <EmptyState title={t("label.empty.title")} reason={t("label.empty.reason")} />
      ) : (
        <Table
          caption={t("label.title")}
          columns={columns}
          rows={project.classes}
          rowKey={(label) => label.id}
        />
      )}
      {edited ? <LabelDialog project={project} label={edited} onClose={() => setEdited(null)} /> : null}
    </Card>
  );
}
