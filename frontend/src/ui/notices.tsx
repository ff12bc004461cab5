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
}

export function EmptyState({ icon, title, text, action }: EmptyStateProps) {
  return (
    <div className="grid place-items-center gap-3 px-6 py-14 text-center">
      <span aria-hidden className="grid size-14 place-items-center rounded-full bg-accent-soft text-accent">
        {icon}
      </span>
      <h2 className="text-lg font-semibold">{title}</h2>
      {text && <p className="max-w-md text-muted">{text}</p>}
      {action}
    </div>
  );
}

/** An error in the visitor's language where its code is known, else in the server's words. */
export function useProblemText(): (error: unknown) => string {
  const t = useTranslations("problems");
  return (error) => {
    const problem = problemOf(error);
    const words =
      problem.code in catalogue.problems
        ? t(problem.code as keyof typeof catalogue.problems)
        : problem.message;
    return problem.hint && !(problem.code in catalogue.problems) ? `${words} (${problem.hint})` : words;
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
