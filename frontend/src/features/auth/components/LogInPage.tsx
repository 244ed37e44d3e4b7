import { useTranslation } from "react-i18next";
import { Navigate, useNavigate, useSearchParams } from "react-router";
import { Logo } from "@/components";
import { useSession } from "@/lib/queries";
import styles from "./LogIn.module.css";
import { LogInForm } from "./LogInForm";

/** Only a path of this site may follow the log-in. */
function safeNext(next: string | null): string {
  return next?.startsWith("/") && !next.startsWith("//") && !next.startsWith("/login") ? next : "/projects";
}

export function LogInPage() {
  const { t } = useTranslation("auth");
  const navigate = useNavigate();
  const [search] = useSearchParams();
  const session = useSession();
  const next = safeNext(search.get("next"));
  if (session.data?.user) return <Navigate to={next} replace />;
  return (
    <main className={styles.page}>
      <div className={styles.card}>
        <div className={styles.brand}>
          <Logo size={28} />
          <span>Winnow</span>
        </div>
        <h1>{t("title")}</h1>
        <p className={`muted ${styles.tagline}`}>{t("tagline")}</p>
        <LogInForm onDone={() => navigate(next, { replace: true })} />
      </div>
    </main>
  );
}
