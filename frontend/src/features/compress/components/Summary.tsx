import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import type { CompressOptions, Project } from "@/lib/api";
import { formatBytes, formatNumber } from "@/lib/format";
import { type Draft, OWN_PLAN, type WizardStep } from "../draft";
import styles from "./Compress.module.css";
import { useStepName } from "./PlanEditor";

interface SummaryProps {
  project: Project;
  options: CompressOptions;
  draft: Draft;
  onStep: (step: WizardStep) => void;
}

/** The whole order in five sentences, each with the way back to where it was decided. */
export function Summary({ project, options, draft, onStep }: SummaryProps) {
  const { t } = useTranslation("compress");
  const stepName = useStepName();
  const rows: { step: WizardStep; name: string; text: string }[] = [
    { step: "data", name: t("step.data"), text: dataText(t, project, options, draft) },
    { step: "model", name: t("step.model"), text: modelText(t, options, draft) },
    { step: "plan", name: t("plan.preset"), text: planText(t, options, draft, stepName) },
    { step: "plan", name: t("budget.title"), text: budgetText(t, options, draft) },
    { step: "gates", name: t("step.gates"), text: gateText(t, options, draft) },
  ];
  return (
    <dl className={styles.summary}>
      {rows.map(({ step, name, text }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            {text}{" "}
            <button type="button" className={styles.link} onClick={() => onStep(step)}>
              {t("common:action.edit")}
              <span className="visually-hidden"> {name}</span>
            </button>
          </dd>
        </div>
      ))}
    </dl>
  );
}

type Translate = TFunction<"compress">;

function dataText(t: Translate, project: Project, { dataset }: CompressOptions, draft: Draft): string {
  const { train, val, test } = dataset.counts;
  const counts = { train: formatNumber(train), val: formatNumber(val), test: formatNumber(test) };
  if (draft.version) return t("summary.version", { number: dataset.number ?? "?", ...counts });
  return t("summary.freeze", { n: formatNumber(project.counts.reviewed), ...counts });
}

function modelText(t: Translate, options: CompressOptions, draft: Draft): string {
  const nameOf = (id: string) => {
    const model = options.models.find((one) => String(one.id) === id);
    return model ? `${model.name} v${model.number}` : "";
  };
  const teacher = options.teachers.find(({ id }) => String(id) === draft.teacher)?.label;
  const learns = teacher ? ` ${t("summary.teacher", { name: teacher })}` : "";
  if (draft.source === "existing") {
    const model = options.models.find(({ id }) => String(id) === draft.model);
    return t("summary.existing", { name: nameOf(draft.model), size: formatBytes(model?.bytes) }) + learns;
  }
  const recipe = options.recipes.find(({ slug }) => slug === draft.recipe);
  const base =
    nameOf(draft.base) ||
    options.base_models.find(({ slug, default: first }) => (draft.base ? slug === draft.base : first))
      ?.label ||
    t("model.baseDefault");
  return (
    t("summary.train", {
      base,
      recipe: t(`recipe.${draft.recipe}.title`, { defaultValue: recipe?.label ?? draft.recipe }),
      epochs: draft.epochs || recipe?.epochs || "?",
    }) + learns
  );
}

function planText(
  t: Translate,
  options: CompressOptions,
  draft: Draft,
  stepName: (slug: string, steps: CompressOptions["steps"]) => string,
): string {
  const own = draft.preset === OWN_PLAN;
  const preset = options.presets.find(({ slug }) => slug === draft.preset);
  const plan = own ? draft.plan : (preset?.plan ?? []);
  const steps = plan.map(({ step }) => stepName(step, options.steps)).join(" → ");
  const name = own
    ? t("plan.own")
    : t(`preset.${draft.preset}.title`, { defaultValue: preset?.label ?? draft.preset });
  const text = steps ? t("summary.plan", { name, steps }) : t("summary.planOnly", { name });
  if (!draft.search && !preset?.search) return text;
  const minutes = draft.searchMinutes || preset?.search?.minutes;
  const trials = draft.searchTrials || preset?.search?.trials;
  const limits = [
    trials ? t("summary.trials", { count: Number(trials) }) : "",
    minutes ? t("summary.minutes", { count: Number(minutes) }) : "",
  ].filter(Boolean);
  return `${text} ${t("summary.search", { limits: limits.join(t("summary.or")) })}`;
}

function budgetText(t: Translate, options: CompressOptions, draft: Draft): string {
  const device =
    options.devices.find(({ id }) => String(id) === draft.device)?.name ?? t("budget.thisDevice");
  const parts = [
    draft.sizeMb ? t("summary.size", { n: draft.sizeMb }) : "",
    draft.latencyMs ? t("summary.latency", { n: draft.latencyMs, device }) : "",
    draft.minMetric ? t("summary.metric", { n: draft.minMetric }) : "",
    t("summary.drop", { n: draft.maxDrop || "2" }),
  ].filter(Boolean);
  return t("summary.budget", { parts: parts.join(t("summary.and")) });
}

function gateText(t: Translate, options: CompressOptions, draft: Draft): string {
  const parts = [
    t("summary.gateDrop", { n: draft.gateDrop || "2" }),
    draft.gateClassDrop ? t("summary.gateClass", { n: draft.gateClassDrop }) : "",
    draft.gateLatencyMs ? t("summary.gateLatency", { n: draft.gateLatencyMs }) : "",
    draft.gateSizeMb ? t("summary.gateSize", { n: draft.gateSizeMb }) : "",
  ].filter(Boolean);
  const targets = draft.targets.map(
    (slug) => options.targets.find((one) => one.slug === slug)?.label ?? slug,
  );
  return [
    t("summary.gate", { n: formatNumber(options.dataset.counts.test), parts: parts.join(t("summary.and")) }),
    t(draft.deploy ? "summary.deploys" : "summary.waits"),
    targets.length ? t("summary.exports", { names: targets.join(", ") }) : t("summary.noExports"),
  ].join(" ");
}
