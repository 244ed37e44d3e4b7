import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Thumbs } from "@/components";
import type { Checklist, ModelVariant, Project } from "@/lib/api";
import { useClassName } from "@/lib/useClassName";
import { useFaults } from "@/lib/useFaults";
import { Gate } from "./Gate";
import styles from "./Models.module.css";

type Mark = "good" | "warn" | "bad" | "none";
const SIGNS: Record<Mark, string> = { good: "✓", warn: "!", bad: "✕", none: "–" };
const VERDICTS: Record<string, Mark> = { pass: "good", refuse: "bad", inconclusive: "warn" };

interface PromotionChecklistProps {
  project: Project;
  variant: ModelVariant;
  /** Null where the server has none; the gate's verdict is then all that is known. */
  checklist: Checklist | null;
}

/** Gate, classes that fall, pictures to look at, and what a roll-back would bring back. */
export function PromotionChecklist({ project, variant, checklist }: PromotionChecklistProps) {
  const { t } = useTranslation("models");
  const faults = useFaults();
  const target = checklist?.rollback_target?.name ?? project.deployment?.name ?? null;
  return (
    <ul className={styles.checklist}>
      <Line mark={VERDICTS[variant.gate?.verdict ?? ""] ?? "none"} name={t("check.gate")}>
        <Gate projectId={project.id} gate={variant.gate} />
        {checklist?.gate_is_current === false ? <p>{t("check.notCurrent")}</p> : null}
      </Line>
      {checklist?.comparison ? <Classes projectId={project.id} checklist={checklist} /> : null}
      {checklist?.samples.length ? (
        <Line mark="none" name={t("check.samples")}>
          <Thumbs
            projectId={project.id}
            size={92}
            thumbs={checklist.samples.map((item) => ({
              itemId: item.item_id,
              note: faults(item),
              title: [item.name, item.why].filter(Boolean).join(": "),
            }))}
          />
        </Line>
      ) : null}
      <Line mark={target ? "good" : "none"} name={t("check.rollback")}>
        {target ? t("deploy.replaces", { name: target }) : t("check.noRollback")}
      </Line>
    </ul>
  );
}

function Classes({ projectId, checklist }: { projectId: number; checklist: Checklist }) {
  const { t } = useTranslation("models");
  const say = useClassName(projectId);
  const { class_drops: drops, not_judged: unjudged } = checklist;
  return (
    <Line mark={drops.length ? "warn" : "good"} name={t("check.classes")}>
      {drops.length === 0 ? <p>{t("check.noDrops")}</p> : null}
      {drops.map(({ name, delta, n }) => (
        <p key={name}>
          {t("check.drop", { name: say(name), points: (100 * Math.abs(delta ?? 0)).toFixed(1), n })}
        </p>
      ))}
      {unjudged.length ? (
        <p className="muted">{t("check.unjudged", { names: unjudged.map(say).join(", ") })}</p>
      ) : null}
    </Line>
  );
}

function Line({ mark, name, children }: { mark: Mark; name: string; children: ReactNode }) {
  const { t } = useTranslation("models");
  return (
    <li>
      <span className={styles.mark} data-mark={mark}>
        <span aria-hidden="true">{SIGNS[mark]}</span>
        <span className="visually-hidden">{t(`check.mark.${mark}`)}</span>
      </span>
      <div>
        <strong>{name}</strong>
        <div>{children}</div>
      </div>
    </li>
  );
}
