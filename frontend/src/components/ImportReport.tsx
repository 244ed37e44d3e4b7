import { useTranslation } from "react-i18next";
import { formatNumber } from "@/lib/format";
import { Facts, Stack } from "./Page";
import { asRefusals, RefusalTable } from "./RefusalTable";

/** The result of an import run: its counts, then what was refused, then what was changed on the way in. */
export function ImportReport({ result }: { result: Record<string, unknown> }) {
  const { t, i18n } = useTranslation();
  const refusals = asRefusals(result.refusals ?? result.refused);
  const notices = asRefusals(result.notices);
  const facts = Object.entries(result).flatMap(([key, value]) => {
    if (typeof value !== "number") return [];
    const name = `importFact.${key}`;
    return [{ name: i18n.exists(name) ? t(name) : key.replaceAll("_", " "), value: formatNumber(value) }];
  });
  return (
    <Stack>
      {facts.length ? <Facts facts={facts} /> : null}
      {refusals.length ? (
        <section>
          <h3>{t("refusal.refused", { count: refusals.length, n: formatNumber(refusals.length) })}</h3>
          <RefusalTable caption={t("refusal.title")} rows={refusals} />
        </section>
      ) : (
        <p className="muted">{t("refusal.none")}</p>
      )}
      {notices.length ? (
        <section>
          <h3>{t("refusal.changed", { count: notices.length, n: formatNumber(notices.length) })}</h3>
          <RefusalTable caption={t("refusal.notices")} rows={notices} />
        </section>
      ) : null}
    </Stack>
  );
}
