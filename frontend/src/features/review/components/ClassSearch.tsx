import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { Dialog } from "@/components";
import { ClassFinder } from "@/editors/ClassFinder";
import type { ReviewSession } from "../session/reviewSession";
import { useFocusBack } from "./useFocusBack";

export function ClassSearch({ session }: { session: ReviewSession }) {
  const { t } = useTranslation("review");
  const open = useStore(session.view, (view) => view.dialog === "classes");
  return (
    <Dialog open={open} onOpenChange={() => session.closeDialog()} title={t("class.search")}>
      {open ? <Search session={session} /> : null}
    </Dialog>
  );
}

function Search({ session }: { session: ReviewSession }) {
  const labels = useStore(session.view, (view) => view.classes);
  useFocusBack(session);
  const choose = (label: { id: number }) => {
    session.closeDialog();
    session.chooseClass(label.id);
  };
  return <ClassFinder labels={labels} onChoose={choose} />;
}
