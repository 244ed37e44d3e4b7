import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, Dialog, Field, FormError, Input, Row } from "@/components";
import type { LabelClass, Project } from "@/lib/api";
import { paletteColor } from "@/lib/palette";
import { type LabelChange, useAddLabel, useEditLabel } from "../api";
import styles from "./Projects.module.css";

interface LabelDialogProps {
  project: Project;
  label: LabelClass | "new";
  onClose: () => void;
}

export function LabelDialog({ project, label, onClose }: LabelDialogProps) {
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
