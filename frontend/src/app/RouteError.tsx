import { useTranslation } from "react-i18next";
import { useRouteError } from "react-router";
import { Button, EmptyState, ErrorState, LinkButton } from "@/components";
import { ApiError } from "@/lib/api";

/** A chunk that is gone: the server got a new release while this tab was open. */
function isStaleBuild(error: unknown): boolean {
  return error instanceof TypeError && /import|module script/i.test(error.message);
}

export function RouteError({ missing = false }: { missing?: boolean }) {
  const { t } = useTranslation();
  const error = useRouteError();
  const home = <LinkButton to="/projects">{t("nav.projects")}</LinkButton>;
  if (missing)
    return <EmptyState page title={t("error.page.title")} reason={t("error.page.about")} action={home} />;
  if (isStaleBuild(error)) {
    const reload = (
      <Button variant="primary" onClick={() => window.location.reload()}>
        {t("action.reload")}
      </Button>
    );
    return <EmptyState page title={t("error.stale.title")} reason={t("error.stale.about")} action={reload} />;
  }
  const shown = error instanceof Error ? error : new ApiError(500, "unexpected", String(error));
  return <ErrorState error={shown} onRetry={() => window.location.reload()} />;
}
