import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, Card, Field, FormError, Input, Select } from "@/components";
import type { Role } from "@/lib/api";
import { useAddMember, useAddUser } from "../api";
import styles from "./Team.module.css";

export const ROLES: Role[] = ["annotator", "lead", "admin"];

/** Takes a person of this server into the project; staff can make the account in the same step. */
export function AddMember({ projectId, staff }: { projectId: number; staff: boolean }) {
  const { t } = useTranslation("team");
  const add = useAddMember(projectId);
  const makeUser = useAddUser();
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Role>("annotator");
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const unknown = add.error?.code === "no_such_user";
  const asksAccount = unknown && staff;

  const clear = () => {
    setEmail("");
    setName("");
    setPassword("");
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    try {
      if (asksAccount) await makeUser.mutateAsync({ email, name, password });
      await add.mutateAsync({ email, role });
      clear();
    } catch {
      // Shown by the form, from the mutations' own errors.
    }
  };

  return (
    <Card title={t("add.title")}>
      <form className={styles.form} onSubmit={(event) => void submit(event)}>
        <Field label={t("add.email")}>
          {(field) => (
            <Input
              {...field}
              type="email"
              required
              autoComplete="off"
              value={email}
              onChange={(event) => {
                setEmail(event.target.value);
                if (add.error) add.reset();
              }}
            />
          )}
        </Field>
        <Field label={t("column.role")}>
          {(field) => (
            <Select {...field} value={role} onChange={(event) => setRole(event.target.value as Role)}>
              {ROLES.map((slug) => (
                <option key={slug} value={slug}>
                  {t(`common:role.${slug}`)}
                </option>
              ))}
            </Select>
          )}
        </Field>
        {asksAccount ? (
          <>
            <Field label={t("add.name")} hint={t("add.newHint")}>
              {(field) => (
                <Input
                  {...field}
                  maxLength={120}
                  value={name}
                  onChange={(event) => setName(event.target.value)}
                />
              )}
            </Field>
            <Field label={t("add.password")} hint={t("add.passwordHint")}>
              {(field) => (
                <Input
                  {...field}
                  type="password"
                  required
                  minLength={10}
                  autoComplete="new-password"
                  value={password}
                  onChange={(event) => setPassword(event.target.value)}
                />
              )}
            </Field>
          </>
        ) : null}
        <div className={styles.submit}>
          <FormError error={makeUser.error ?? (asksAccount ? null : add.error)} />
          <Button type="submit" variant="primary" busy={add.isPending || makeUser.isPending}>
            {asksAccount ? t("add.submitNew") : t("add.submit")}
          </Button>
        </div>
      </form>
    </Card>
  );
}
