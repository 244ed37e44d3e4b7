import { Dialog } from "radix-ui";
import { type KeyboardEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Badge, Button, Facts, LinkButton, Loaded, Row, Stack, toast } from "@/components";
import type { Project, Work } from "@/lib/api";
import { errorText } from "@/lib/errorText";
import { className, formatNumber } from "@/lib/format";
import { usePermissions } from "@/lib/permissions";
import { useItem, useReturnItems } from "../api";
import styles from "./Items.module.css";
import { Preview } from "./Preview";

interface ItemDrawerProps {
  itemId: number;
  project: Project;
  onClose: () => void;
  onPrevious?: () => void;
  onNext?: () => void;
}

export function ItemDrawer({ itemId, project, onClose, onPrevious, onNext }: ItemDrawerProps) {
  const { t } = useTranslation("items");
  const work = useItem(itemId);
  const move = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "j" || event.key === "ArrowRight") onNext?.();
    else if (event.key === "k" || event.key === "ArrowLeft") onPrevious?.();
  };
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className={styles.overlay} />
        <Dialog.Content
          className={styles.drawer}
          onKeyDown={move}
          // The drawer itself, so that J and K work at once.
          onOpenAutoFocus={(event) => {
            event.preventDefault();
            (event.currentTarget as HTMLElement).focus();
          }}
          aria-describedby={undefined}
        >
          <header className={styles.drawerHead}>
            <Dialog.Title className={styles.drawerTitle}>
              {work.data?.item.name ?? t("drawer.title")}
            </Dialog.Title>
            <Row>
              <Button size="s" variant="ghost" disabled={!onPrevious} onClick={onPrevious} title="K">
                {t("drawer.previous")}
              </Button>
              <Button size="s" variant="ghost" disabled={!onNext} onClick={onNext} title="J">
                {t("drawer.next")}
              </Button>
              <Dialog.Close asChild>
                <Button size="s" variant="ghost">
                  {t("common:action.close")}
                </Button>
              </Dialog.Close>
            </Row>
          </header>
          <div className={styles.drawerBody}>
            <Loaded query={work}>{(data) => <ItemView work={data} project={project} />}</Loaded>
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function ItemView({ work, project }: { work: Work; project: Project }) {
  const { t } = useTranslation("items");
  const { reason } = usePermissions(project);
  const sendBack = useReturnItems(project.id);
  const { item, annotation, prediction } = work;
  const [source, setSource] = useState<"annotation" | "prediction">(annotation ? "annotation" : "prediction");
  const shown = source === "annotation" && annotation ? annotation.objects : visible(work, project);

  return (
    <Stack>
      <Preview item={item} objects={shown} labels={project.classes} pinned={item.problem_region?.bbox} />
      {annotation && prediction ? (
        <Row>
          <Button size="s" aria-pressed={source === "annotation"} onClick={() => setSource("annotation")}>
            {t("drawer.annotation", { n: formatNumber(annotation.objects.length) })}
          </Button>
          <Button size="s" aria-pressed={source === "prediction"} onClick={() => setSource("prediction")}>
            {t("drawer.prediction", { n: formatNumber(visible(work, project).length) })}
          </Button>
        </Row>
      ) : null}
      {item.problem ? (
        <Row>
          <Badge tone="bad">{item.problem}</Badge>
          {item.problem_region ? (
            <span className="muted">
              {t("drawer.pinned", { name: pinnedName(item.problem_region, project) })}
            </span>
          ) : null}
        </Row>
      ) : null}
      <Facts
        facts={[
          { name: t("drawer.state"), value: t(`common:state.${item.state}`) },
          { name: t("drawer.split"), value: t(`common:split.${item.split}`) },
          { name: t("drawer.size"), value: `${item.width} × ${item.height}` },
          { name: t("drawer.revision"), value: formatNumber(item.revision) },
          { name: t("drawer.source"), value: prediction?.source.name ?? t("drawer.noPrediction") },
        ]}
      />
      <Row>
        {reason("review") ? (
          <Button variant="primary" reason={reason("review")}>
            {t("drawer.open")}
          </Button>
        ) : (
          <LinkButton variant="primary" to={`/projects/${project.id}/review?item=${item.id}`}>
            {t("drawer.open")}
          </LinkButton>
        )}
        <Button
          busy={sendBack.isPending}
          reason={reason("manage_items")}
          onClick={() =>
            sendBack.mutate([item.id], {
              onSuccess: () => toast({ message: t("drawer.returned"), tone: "good" }),
              onError: (error) => toast({ message: errorText(error), tone: "bad" }),
            })
          }
        >
          {t("drawer.return")}
        </Button>
      </Row>
    </Stack>
  );
}

/** What the one who reported saw: the class may have got another name since, or be gone. */
function pinnedName(region: NonNullable<Work["item"]["problem_region"]>, project: Project): string {
  const label = project.classes.find(({ id }) => id === region.class_id);
  return label ? className(label) : `#${region.class_id ?? region.id}`;
}

/** Guesses under the class's own threshold, else the project's, are not shown: the same rule as everywhere. */
function visible(work: Work, project: Project) {
  const shows = new Map(
    project.classes.map((label) => [label.id, label.show_threshold ?? project.show_threshold]),
  );
  return (work.prediction?.objects ?? []).filter(
    ({ class_id, score }) => score >= (shows.get(class_id) ?? project.show_threshold),
  );
}
