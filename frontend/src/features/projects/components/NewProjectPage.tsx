import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import {
  Button,
  Card,
  Field,
  FormError,
  Input,
  LinkButton,
  Page,
  RadioCards,
  Row,
  TextArea,
} from "@/components";
import type { TaskTypeSlug } from "@/lib/api";
import { useCreateProject } from "../api";
import { emptyLabel, LabelRows } from "./LabelRows";
import styles from "./Projects.module.css";

const TASK_TYPES: TaskTypeSlug[] = ["object_detection", "image_classification", "semantic_segmentation"];

export function NewProjectPage() {
  const { t } = useTranslation("projects");
  const navigate = useNavigate();
  const create = useCreateProject();
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [taskType, setTaskType] = useState<TaskTypeSlug>("object_detection");
  const [labels, setLabels] = useState([emptyLabel(0)]);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const named = labels.filter((label) => label.name.trim() !== "");
    create.mutate(
      {
        name: name.trim(),
        description: description.trim(),
        task_type: taskType,
        classes: named.map(({ name, name_zh, color }) => ({
          name: name.trim(),
          name_zh: name_zh.trim(),
          color,
        })),
      },
      { onSuccess: (project) => navigate(`/projects/${project.id}`) },
    );
  };

  return (
    <Page main title={t("new.title")} about={t("new.about")}>
      <form onSubmit={submit} className={styles.form}>
        <Card>
          <div className={styles.form}>
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
            <RadioCards
              legend={t("field.taskType")}
              cards={TASK_TYPES.map((slug) => ({
                value: slug,
                title: t(`common:taskType.${slug}`),
                about: t(`taskTypeAbout.${slug}`),
              }))}
              value={taskType}
              onChange={setTaskType}
            />
          </div>
        </Card>
        <Card title={t("label.title")} about={t("label.newAbout")}>
          <LabelRows labels={labels} onChange={setLabels} />
        </Card>
        <FormError error={create.error} />
        <Row>
          <Button type="submit" variant="primary" busy={create.isPending}>
            {t("new.create")}
          </Button>
          <LinkButton to="/projects" variant="ghost">
            {t("common:action.cancel")}
          </LinkButton>
        </Row>
      </form>
    </Page>
  );
}
