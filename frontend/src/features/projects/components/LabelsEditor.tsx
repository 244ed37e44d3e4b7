import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import {
  Badge,
  Button,
  Card,
  type Column,
  Dialog,
  EmptyState,
  Field,
  FormError,
  Input,
  Row,
  Swatch,
  Table,
  toast,
} from "@/components";
import type { LabelClass, Project } from "@/lib/api";
import { formatNumber } from "@/lib/format";
import { paletteColor } from "@/lib/palette";
import { usePermissions } from "@/lib/permissions";
import { type LabelChange, useAddLabel, useEditLabel } from "../api";
import styles from "./Projects.module.css";

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
        onError: (error) => toast({ message: error.message, tone: "bad" }),
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

interface LabelDialogProps {
  project: Project;
  label: LabelClass | "new";
  onClose: () => void;
}

function LabelDialog({ project, label, onClose }: LabelDialogProps) {
  const { t } = useTranslation("projects");
  const isNew = label === "new";
  const add = useAddLabel(project.id);
  const edit = useEditLabel(project.id);
  const [name, setName] = useState(isNew ? "" : label.name);
  const [nameZh, setNameZh] = useState(isNew ? "" : label.name_zh);
  const [color, setColor] = useState(isNew ? paletteColor(project.classes.length) : label.color);
  const [show, setShow] = useState(isNew ? "" : String(label.show_threshold ?? ""));
  const [accept, setAccept] = useState(isNew ? "" : String(label.accept_threshold ?? ""));

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const change: LabelChange = {
      name: name.trim(),
      name_zh: nameZh.trim(),
      color,
      show_threshold: show === "" ? null : Number(show),
      accept_threshold: accept === "" ? null : Number(accept),
    };
    if (isNew)
      add.mutate({ name: name.trim(), name_zh: nameZh.trim(), color, ...change }, { onSuccess: onClose });
    else edit.mutate({ id: label.id, change }, { onSuccess: onClose });
  };

  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={isNew ? t("label.add") : t("label.edit")}>
      <form className={styles.form} onSubmit={submit}>
        <Field label={t("label.name")}>
          {(field) => (
            <Input
              {...field}
              required
              maxLength={120}
              value={name}
              onChange={(event) => setName(event.target.value)}
            />
          )}
        </Field>
        <Field label={t("label.nameZh")}>
          {(field) => (
            <Input
              {...field}
              maxLength={120}
              lang="zh-Hans"
              value={nameZh}
              onChange={(event) => setNameZh(event.target.value)}
            />
          )}
        </Field>
        <Field label={t("label.color")}>
          {(field) => (
            <input
              {...field}
              type="color"
              className={styles.color}
              value={color}
              onChange={(event) => setColor(event.target.value)}
            />
          )}
        </Field>
        <div className={styles.half}>
          <Field label={t("routing.show")} hint={t("label.thresholdHint")}>
            {(field) => (
              <Input
                {...field}
                type="number"
                min={0}
                max={1}
                step="any"
                value={show}
                placeholder={String(project.show_threshold)}
                onChange={(event) => setShow(event.target.value)}
              />
            )}
          </Field>
          <Field label={t("routing.accept")} hint={t("label.thresholdHint")}>
            {(field) => (
              <Input
                {...field}
                type="number"
                min={0}
                max={1}
                step="any"
                value={accept}
                placeholder={String(project.accept_threshold)}
                onChange={(event) => setAccept(event.target.value)}
              />
            )}
          </Field>
        </div>
        <FormError error={add.error ?? edit.error} />
        <Row end>
          <Button variant="ghost" onClick={onClose}>
            {t("common:action.cancel")}
          </Button>
          <Button type="submit" variant="primary" busy={add.isPending || edit.isPending}>
            {t("common:action.save")}
          </Button>
        </Row>
      </form>
    </Dialog>
  );
}
