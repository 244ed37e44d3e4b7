import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, Card, Field, FormError, Input, TextArea, toast } from "@/components";
import type { Project } from "@/lib/api";
import { usePermissions } from "@/lib/permissions";
import { useEditProject } from "../api";
import styles from "./Projects.module.css";

export function GeneralForm({ project }: { project: Project }) {
  const { t } = useTranslation("projects");
  const { reason } = usePermissions(project);
  const edit = useEditProject(project);
  const [name, setName] = useState(project.name);
  const [description, setDescription] = useState(project.description);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    edit.mutate(
      { name: name.trim(), description: description.trim() },
      { onSuccess: () => toast({ message: t("common:toast.saved"), tone: "good" }) },
    );
  };

  return (
    <Card>
      <form className={styles.form} onSubmit={submit}>
        <Field label={t("field.name")}>
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
        <Field label={t("field.description")} hint={t("field.descriptionHint")}>
          {(field) => (
            <TextArea
              {...field}
              value={description}
              onChange={(event) => setDescription(event.target.value)}
            />
          )}
        </Field>
        <FormError error={edit.error} />
        <div>
          <Button type="submit" variant="primary" busy={edit.isPending} reason={reason("edit_project")}>
            {t("common:action.save")}
          </Button>
        </div>
      </form>
    </Card>
  );
}
