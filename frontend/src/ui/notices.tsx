/** What stands in place of content: while it loads, when there is none, when it cannot be had. */
import { CircleAlert, LoaderCircle } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslations } from "use-intl";
import { problemOf } from "../api/problem";
import { catalogue } from "../language/catalogue";
import { Button } from "./Button";
import { classes } from "./classes";

export function Spinner({ label }: { label?: string }) {
  const t = useTranslations("common");
  return (
    <p role="status" className="flex items-center justify-center gap-2 p-8 text-muted">
      <LoaderCircle aria-hidden className="size-5 animate-spin" />
      {label ?? t("loading")}
    </p>
  );
}

/** Grey blocks in the shape of what is coming. */
export function Skeleton({ className }: { className?: string }) {
  return <div aria-hidden className={classes("animate-pulse rounded-card bg-raised", className)} />;
}

interface EmptyStateProps {
  icon: ReactNode;
  title: string;
  text?: ReactNode;
  action?: ReactNode;
  /** Of the title: 1 where the whole page is empty. */
  level?: 1 | 2;
}

export function EmptyState({ icon, title, text, action, level = 2 }: EmptyStateProps) {
  const Title = level === 1 ? "h1" : "h2";
  return (
    <div className="grid place-items-center gap-3 px-6 py-14 text-center">
      <span aria-hidden className="grid size-14 place-items-center rounded-full bg-accent-soft text-accent">
        {icon}
      </span>
      <Title className="text-lg font-semibold">{title}</Title>
      {text && <p className="max-w-md text-muted">{text}</p>}
      {action}
    </div>
  );
}

/** The visitor's language for codes that are in the catalogue; for others the server's own words. */
export function useCodeText(): (code: string, otherwise: string) => string {
  const t = useTranslations("problems");
  return (code, otherwise) =>
    Object.hasOwn(catalogue.problems, code) ? t(code as keyof typeof catalogue.problems) : otherwise;
}

export function useProblemText(): (error: unknown) => string {
  const words = useCodeText();
  return (error) => {
    const { code, message, hint } = problemOf(error);
    return words(code, hint ? `${message} (${hint})` : message);
  };
}

export function ErrorNotice({
  error,
  retry,
  className,
}: {
  error: unknown;
  retry?: () => void;
  className?: string;
}) {
  const t = useTranslations("common");
  const text = useProblemText();
  if (!error) return null;
  return (
    <div
      role="alert"
      className={classes(
        "flex flex-wrap items-center gap-3 rounded-[0.625rem] bg-bad-soft px-4 py-3 text-bad",
        className,
      )}
    >
      <CircleAlert aria-hidden className="size-5 shrink-0" />
      <p className="min-w-0 flex-1">{text(error)}</p>
      {retry && (
        <Button small onClick={retry}>
          {t("retry")}
        </Button>
      )}
    </div>
  );
}
