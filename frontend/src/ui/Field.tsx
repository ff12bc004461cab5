/** A labelled control with its hint and its error, tied together for screen readers. */
import {
  type InputHTMLAttributes,
  type ReactNode,
  type SelectHTMLAttributes,
  type TextareaHTMLAttributes,
  useId,
} from "react";
import { classes } from "./classes";

interface Common {
  label: string;
  hint?: ReactNode;
  error?: string;
}

interface Ties {
  id: string;
  "aria-invalid": boolean | undefined;
  "aria-describedby": string | undefined;
}

function Field({ label, hint, error, children }: Common & { children: (ties: Ties) => ReactNode }) {
  const id = useId();
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  return (
    <div className="grid gap-1.5">
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      {children({ id, "aria-invalid": error ? true : undefined, "aria-describedby": described || undefined })}
      {hint && (
        <p id={`${id}-hint`} className="text-sm text-muted">
          {hint}
        </p>
      )}
      {error && (
        <p id={`${id}-error`} className="text-sm text-bad">
          {error}
        </p>
      )}
    </div>
  );
}

export function TextField({
  label,
  hint,
  error,
  className,
  ...rest
}: Common & InputHTMLAttributes<HTMLInputElement>) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(ties) => <input {...ties} className={classes("control", className)} {...rest} />}
    </Field>
  );
}

export function TextArea({
  label,
  hint,
  error,
  ...rest
}: Common & TextareaHTMLAttributes<HTMLTextAreaElement>) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(ties) => <textarea rows={2} {...ties} className="control" {...rest} />}
    </Field>
  );
}

export function SelectField({
  label,
  hint,
  error,
  children,
  ...rest
}: Common & SelectHTMLAttributes<HTMLSelectElement>) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(ties) => (
        <select {...ties} className="control" {...rest}>
          {children}
        </select>
      )}
    </Field>
  );
}

export function Switch({ label, ...rest }: { label: string } & InputHTMLAttributes<HTMLInputElement>) {
  return (
    <label className="flex min-h-10 cursor-pointer items-center justify-between gap-4">
      <span className="font-medium">{label}</span>
      <input
        type="checkbox"
        // biome-ignore lint/a11y/useAriaPropsForRole: a checkbox tells itself whether it is checked
        role="switch"
        className={classes(
          "relative h-6 w-10 shrink-0 cursor-pointer appearance-none rounded-full! bg-line transition-colors checked:bg-accent",
          "before:absolute before:top-0.5 before:left-0.5 before:size-5 before:rounded-full before:bg-surface before:shadow-card before:transition-transform checked:before:translate-x-4",
        )}
        {...rest}
      />
    </label>
  );
}
