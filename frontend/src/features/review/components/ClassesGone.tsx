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
