import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { Button } from "@/components";
import type { ReviewSession } from "../session/reviewSession";
import { Banner } from "./Banner";
import { ClassesGone } from "./ClassesGone";
import { useGone } from "./useGone";

/** What stands in the way of the work, the most urgent alone: two of them would hide the picture. */
export function Banners({ session }: { session: ReviewSession }) {
  const { leaseLost, elsewhere } = useStore(session.view);
  const gone = useGone(session);
  if (elsewhere) return <OtherTab session={session} />;
  if (leaseLost) return <LeaseLost session={session} />;
  return gone.length > 0 ? <ClassesGone session={session} count={gone.length} /> : null;
}

function OtherTab({ session }: { session: ReviewSession }) {
  const { t } = useTranslation("review");
  return (
    <Banner title={t("tab.title")} text={t("tab.text")} testId="other-tab">
      <Button variant="primary" onClick={() => session.takeOverTab()}>
        {t("tab.take")}
      </Button>
      <Button onClick={() => session.leaveItem()}>{t("tab.leave")}</Button>
    </Banner>
  );
}

function LeaseLost({ session }: { session: ReviewSession }) {
  const { t } = useTranslation("review");
  return (
    <Banner title={t("lease.title")} text={t("lease.text")} testId="lease-lost">
      <Button variant="primary" onClick={() => session.suggestMyChanges()}>
        {t("conflict:suggestion.send")}
      </Button>
      <Button onClick={() => session.sendMyChanges()}>{t("lease.send")}</Button>
      <Button onClick={() => session.leaveItem()}>{t("lease.leave")}</Button>
    </Banner>
  );
}
