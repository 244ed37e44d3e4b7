import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, Field, FormError, Input } from "@/components";
import type { Session } from "@/lib/api";
import { useLogIn, useSession } from "@/lib/queries";
import styles from "./LogIn.module.css";

interface LogInFormProps {
  email?: string;
  onDone: (session: Session) => void;
}

export function LogInForm({ email: knownEmail = "", onDone }: LogInFormProps) {
  const { t } = useTranslation("auth");
  const session = useSession();
  const logIn = useLogIn();
  const [email, setEmail] = useState(knownEmail);
  const [password, setPassword] = useState("");
  const demo = session.data?.demo;

  const submit = (event: FormEvent) => {
    event.preventDefault();
    logIn.mutate({ email, password }, { onSuccess: onDone });
  };

  return (
    <form onSubmit={submit} className={styles.form}>
      <Field label={t("email")}>
        {(field) => (
          <Input
            {...field}
            type="email"
            name="email"
            autoComplete="username"
            required
            value={email}
            onChange={(event) => setEmail(event.target.value)}
          />
        )}
      </Field>
      <Field label={t("password")}>
        {(field) => (
          <Input
            {...field}
            type="password"
            name="password"
            autoComplete="current-password"
            required
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
        )}
      </Field>
      <FormError error={logIn.error} />
      <Button type="submit" variant="primary" busy={logIn.isPending}>
        {t("logIn")}
      </Button>
      {demo ? (
        <div className={styles.demo}>
          <p>{t("demo.about")}</p>
          <code>{demo.email}</code>
          <code>{demo.password}</code>
          <Button
            size="s"
            onClick={() => {
              setEmail(demo.email);
              setPassword(demo.password);
              logIn.mutate(demo, { onSuccess: onDone });
            }}
          >
            {t("demo.use")}
          </Button>
        </div>
      ) : null}
    </form>
  );
}
