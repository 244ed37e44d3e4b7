import type { CompressOptions } from "@/lib/api";
import type { Draft } from "./draft";

/** What stands where nothing was chosen: the best trained model, this machine, an export that can be made. */
export function withDefaults(draft: Draft, options: CompressOptions): Draft {
  const known = options.models.some(({ id }) => String(id) === draft.model);
  const trained = options.models.filter(({ trainable }) => trainable);
  const first = [...(trained.length ? trained : options.models)].sort(
    (a, b) => (b.metric ?? 0) - (a.metric ?? 0) || b.id - a.id,
  )[0];
  const device = options.devices.find(({ here }) => here) ?? options.devices[0];
  const recipes = options.recipes.map(({ slug }) => slug);
  const presets = options.presets.map(({ slug }) => slug);
  return {
    ...draft,
    model: known ? draft.model : String(first?.id ?? ""),
    source: options.models.length === 0 ? "train" : draft.source,
    device: draft.device || String(device?.id ?? ""),
    recipe: recipes.includes(draft.recipe) ? draft.recipe : (recipes[0] ?? draft.recipe),
    preset: draft.preset || (presets[0] ?? ""),
  };
}
