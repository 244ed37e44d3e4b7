import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, Card, Field, FormError, Input, Loaded, Row, Select, Stack, toast } from "@/components";
import type { Project } from "@/lib/api";
import { usePermissions } from "@/lib/permissions";
import { COMMITTEES, type Guessing, TILES, useChooseGuessing, useGuessing } from "../api";
import styles from "./Projects.module.css";

const SIZE = { least: 64, most: 4096 };
const MOST_OVERLAP = 50;

/** How the model looks at pictures that are predicted from now on. */
export function GuessingForm({ project }: { project: Project }) {
  const guessing = useGuessing(project.id);
  return <Loaded query={guessing}>{(data) => <Form project={project} guessing={data} />}</Loaded>;
}

function Form({ project, guessing }: { project: Project; guessing: Guessing }) {
  const { t } = useTranslation("projects");
  const { reason } = usePermissions(project);
  const choose = useChooseGuessing(project.id);
  const [tiles, setTiles] = useState(guessing.tiles);
  const [size, setSize] = useState(String(guessing.tile_size));
  const [overlap, setOverlap] = useState(String(Math.round(guessing.tile_overlap * 100)));
  const [committee, setCommittee] = useState(guessing.committee);
  const whole = (value: string, least: number, most: number) =>
    /^\d+$/.test(value) && Number(value) >= least && Number(value) <= most
      ? null
      : t("guessing.range", { least, most });
  const problems = {
    size: tiles === "size" ? whole(size, SIZE.least, SIZE.most) : null,
    overlap: tiles === "size" ? whole(overlap, 0, MOST_OVERLAP) : null,
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (problems.size || problems.overlap) return;
    const own =
      tiles === "size"
        ? { tile_size: Number(size), tile_overlap: Number(overlap) / 100 }
        : { tile_size: guessing.tile_size, tile_overlap: guessing.tile_overlap };
    choose.mutate(
      { tiles, committee, ...own },
      { onSuccess: () => toast({ message: t("common:toast.saved"), tone: "good" }) },
    );
  };
  return (
    <form className={styles.form} onSubmit={submit} noValidate>
      <Card title={t("guessing.title")} about={t("guessing.about")}>
        <Stack>
          {project.task_type === "object_detection" ? (
            <Field label={t("guessing.tiles.label")} hint={t(`guessing.tiles.${tiles}.hint`)}>
              {(field) => (
                <Select
                  {...field}
                  value={tiles}
                  onChange={(event) => setTiles(event.target.value as Guessing["tiles"])}
                >
                  {TILES.map((one) => (
                    <option key={one} value={one}>
                      {t(`guessing.tiles.${one}.title`)}
                    </option>
                  ))}
                </Select>
              )}
            </Field>
          ) : null}
          {tiles === "size" ? (
            <div className={styles.half}>
              <Field label={t("guessing.size")} error={problems.size}>
                {(field) => (
                  <Input
                    {...field}
                    type="number"
                    min={SIZE.least}
                    max={SIZE.most}
                    value={size}
                    onChange={(event) => setSize(event.target.value)}
                  />
                )}
              </Field>
              <Field label={t("guessing.overlap")} error={problems.overlap}>
                {(field) => (
                  <Input
                    {...field}
                    type="number"
                    min={0}
                    max={MOST_OVERLAP}
                    value={overlap}
                    onChange={(event) => setOverlap(event.target.value)}
                  />
                )}
              </Field>
            </div>
          ) : null}
          <Field label={t("guessing.committee.label")} hint={t(`guessing.committee.${committee}.hint`)}>
            {(field) => (
              <Select
                {...field}
                value={committee}
                onChange={(event) => setCommittee(event.target.value as Guessing["committee"])}
              >
                {COMMITTEES.map((one) => (
                  <option key={one} value={one}>
                    {t(`guessing.committee.${one}.title`)}
                  </option>
                ))}
              </Select>
            )}
          </Field>
          {committee === "variants" ? (
            <p className="muted">
              {guessing.members.length > 1
                ? t("guessing.members", { names: guessing.members.join(", ") })
                : t("guessing.alone")}
            </p>
          ) : null}
        </Stack>
      </Card>
      <FormError error={choose.error} />
      <Row>
        <Button type="submit" variant="primary" busy={choose.isPending} reason={reason("edit_project")}>
          {t("common:action.save")}
        </Button>
      </Row>
    </form>
  );
}
