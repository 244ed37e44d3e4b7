import { useTranslation } from "react-i18next";
import { formatNumber } from "@/lib/format";
import { Facts, Stack } from "./Page";
import { asRefusals, RefusalTable } from "./RefusalTable";

/** What an import counts, in the order in which people ask. */
const FACTS = [
  "images_read",
  "items",
  "labelled",
  "duplicates",
  "near_duplicates",
  "labelled_before",
  "boxes_read",
  "boxes_stored",
  "objects_read",
  "objects",
] as const;

/** The list is cut at the server's limit; the count beside it is not. */
function count(total: unknown, listed: unknown[]): number {
  return typeof total === "number" ? total : listed.length;
}

/** The result of an import run: its counts, then what was refused, then what was changed on the way in. */
export function ImportReport({ result }: { result: Record<string, unknown> }) {
  const { t } = useTranslation();
  const refusals = asRefusals(result.refusals);
  const notices = asRefusals(result.notices);
  const refused = count(result.refused, refusals);
  const changed = count(result.changed, notices);
  const facts = FACTS.flatMap((key) => {
    const value = result[key];
    return typeof value === "number" ? [{ name: t(`importFact.${key}`), value: formatNumber(value) }] : [];
  });
  const created = Array.isArray(result.classes_created) ? result.classes_created.map(String) : [];
  return (
    <Stack>
      {facts.length ? <Facts facts={facts} /> : null}
      {created.length ? (
        <p className="muted">{t("importFact.classes", { names: created.join(", ") })}</p>
      ) : null}
      {refusals.length ? (
        <section>
          <h3>{t("refusal.refused", { count: refused, n: formatNumber(refused) })}</h3>
          <RefusalTable caption={t("refusal.title")} rows={refusals} />
        </section>
      ) : (
        <p className="muted">{t("refusal.none")}</p>
      )}
      {notices.length ? (
        <section>
          <h3>{t("refusal.changed", { count: changed, n: formatNumber(changed) })}</h3>
          <RefusalTable caption={t("refusal.notices")} rows={notices} />
        </section>
      ) : null}
    </Stack>
  );
}
