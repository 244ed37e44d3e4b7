import {
  type ComponentProps,
  type InputHTMLAttributes,
  type ReactNode,
  type SelectHTMLAttributes,
  type TextareaHTMLAttributes,
  useId,
} from "react";
import { useTranslation } from "react-i18next";
import { type ApiError, asApiError } from "@/lib/api";
import { errorText } from "@/lib/errorText";
import { classes } from "./classes";
import styles from "./Field.module.css";

interface FieldProps {
  label: string;
  hint?: ReactNode;
  error?: string | null;
  /** Gets the attributes that tie the control to its label, hint and error. */
  children: (control: { id: string; "aria-describedby"?: string; "aria-invalid"?: true }) => ReactNode;
}

export function Field({ label, hint, error, children }: FieldProps) {
  const id = useId();
  const noteId = `${id}-note`;
  const noted = Boolean(hint || error);
  return (
    <div className={styles.field}>
      <label htmlFor={id} className={styles.label}>
        {label}
      </label>
      {children({
        id,
        "aria-describedby": noted ? noteId : undefined,
        "aria-invalid": error ? true : undefined,
      })}
      {noted ? (
        <p id={noteId} className={error ? styles.error : styles.hint}>
          {error ?? hint}
        </p>
      ) : null}
    </div>
  );
}

export function Input({
  className,
  ...rest
}: ComponentProps<"input"> & InputHTMLAttributes<HTMLInputElement>) {
  return <input {...rest} className={classes(styles.input, className)} />;
}

export function TextArea({ className, ...rest }: TextareaHTMLAttributes<HTMLTextAreaElement>) {
  return <textarea rows={3} {...rest} className={classes(styles.input, styles.area, className)} />;
}

export function Select({ className, children, ...rest }: SelectHTMLAttributes<HTMLSelectElement>) {
  return (
    <select {...rest} className={classes(styles.input, styles.select, className)}>
      {children}
    </select>
  );
}

interface CheckProps extends InputHTMLAttributes<HTMLInputElement> {
  label: ReactNode;
  hint?: ReactNode;
}

export function Check({ label, hint, type = "checkbox", ...rest }: CheckProps) {
  const id = useId();
  return (
    <div className={styles.check}>
      <input {...rest} id={id} type={type} aria-describedby={hint ? `${id}-note` : undefined} />
      <label htmlFor={id}>{label}</label>
      {hint ? (
        <p id={`${id}-note`} className={styles.hint}>
          {hint}
        </p>
      ) : null}
    </div>
  );
}

/** Field refusals of the server: `details.fields = {name: [{message}]}`. */
function fieldMessages(details: Record<string, unknown>): string[] {
  const fields = details.fields;
  if (typeof fields !== "object" || fields === null) return [];
  return Object.entries(fields).flatMap(([name, problems]) =>
    (Array.isArray(problems) ? problems : [problems]).map((problem) => {
      const text =
        typeof problem === "object" && problem !== null
          ? (problem as { message?: unknown }).message
          : problem;
      return `${name}: ${String(text ?? "")}`;
    }),
  );
}

export function FormError({ error }: { error: ApiError | Error | null | undefined }) {
  useTranslation(); // drawn anew when the language changes
  if (!error) return null;
  const { code, message, details } = asApiError(error);
  const text = errorText({ code, message });
  const fields = fieldMessages(details);
  return (
    <div role="alert" className={styles.formError}>
      {fields.length ? fields.map((line) => <p key={line}>{line}</p>) : <p>{text}</p>}
    </div>
  );
}
