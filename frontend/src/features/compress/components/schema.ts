import type { JsonSchema } from "@/lib/api";

/** What a form makes of one option: which control, and within which limits. */
export type Control = "choice" | "switch" | "number" | "text";

export function controlOf(schema: JsonSchema): Control {
  if (schema.enum) return "choice";
  const type = plainType(schema);
  if (type === "boolean") return "switch";
  if (type === "number" || type === "integer") return "number";
  return "text";
}

/** The type without "or null". */
export function plainType(schema: JsonSchema): string | undefined {
  if (typeof schema.type === "string") return schema.type;
  if (Array.isArray(schema.type)) return schema.type.find((type) => type !== "null");
  const inner = (schema.anyOf ?? schema.oneOf)?.find(({ type }) => type !== "null");
  return inner ? plainType(inner) : undefined;
}

/** Attributes of a number field. */
export function limitsOf(schema: JsonSchema): { min?: number; max?: number; step: number | "any" } {
  return {
    min: schema.minimum ?? schema.exclusiveMinimum,
    max: schema.maximum ?? schema.exclusiveMaximum,
    step: schema.multipleOf ?? (plainType(schema) === "integer" ? 1 : "any"),
  };
}

/** Whether an option counts, given the others (`x-when`); what is not set counts with its default. */
export function isAsked(
  schema: JsonSchema,
  options: Record<string, unknown>,
  all: Record<string, JsonSchema>,
): boolean {
  return Object.entries(schema["x-when"] ?? {}).every(([name, wanted]) =>
    wanted.includes(options[name] ?? all[name]?.default),
  );
}

/** What an empty or changed field means: undefined = as the server's default. */
export function parseNumber(text: string, schema: JsonSchema): number | null | undefined {
  if (text.trim() === "") return nullable(schema) ? null : undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

function nullable({ type }: JsonSchema): boolean {
  return Array.isArray(type) && type.includes("null");
}
