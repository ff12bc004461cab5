import type { ButtonHTMLAttributes, ReactNode } from "react";
import { classes } from "./classes";

type Look = "primary" | "plain" | "quiet" | "danger";

const LOOKS: Record<Look, string> = {
  primary: "bg-accent text-on-accent hover:bg-accent-strong border-transparent",
  plain: "bg-surface text-ink border-line hover:bg-raised",
  quiet: "bg-transparent text-ink border-transparent hover:bg-raised",
  danger: "bg-surface text-bad border-line hover:bg-bad-soft",
};

export const buttonClass = (look: Look = "plain", small = false) =>
  classes(
    "inline-flex items-center justify-center gap-2 rounded-[0.625rem] border font-medium whitespace-nowrap transition-colors",
    "disabled:opacity-55 disabled:pointer-events-none",
    small ? "min-h-8 px-2.5 text-sm" : "min-h-10 px-4",
    LOOKS[look],
  );

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: Look;
  small?: boolean;
  icon?: ReactNode;
}

export function Button({ look, small, icon, className, children, type = "button", ...rest }: ButtonProps) {
  return (
    <button type={type} className={classes(buttonClass(look, small), className)} {...rest}>
      {icon}
      {children}
    </button>
  );
}

/** A button that shows an icon alone; `label` is what it is called. */
export function IconButton({ label, children, className, ...rest }: ButtonProps & { label: string }) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      className={classes(
        "inline-flex size-9 items-center justify-center rounded-[0.625rem] text-current transition-colors hover:bg-raised disabled:opacity-50",
        className,
      )}
      {...rest}
    >
      {children}
    </button>
  );
}
