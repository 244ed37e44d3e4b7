import { useTranslation } from "react-i18next";
import { Button } from "@/components";
import type { ReviewSession } from "../session/reviewSession";
import { Banner } from "./Banner";

export function ClassesGone({ session, count }: { session: ReviewSession; count: number }) {
  const { t } = useTranslation("conflict");
  return (
    <Banner title={t("gone.title")} text={t("gone.text", { count })} testId="classes-gone">
      <Button variant="primary" onClick={() => session.openDialog("classes_gone")}>
        {t("gone.choose")}
      </Button>
    </Banner>
  );
}

export function Suggested({ session, id, name }: { session: ReviewSession; id: number; name: string }) {
  const { t } = useTranslation("conflict");
  return (
    <Banner title={t("suggestion.title", { name })} text={t("suggestion.text")} testId="suggestion">
      <Button variant="primary" onClick={() => session.takeSuggestion(id)}>
        {t("suggestion.take")}
      </Button>
      <Button onClick={() => session.dismissSuggestion(id)}>{t("suggestion.dismiss")}</Button>
    </Banner>
  );
}
