/** The head of a page and the cards below it. */
import { type ReactNode, useEffect } from "react";
import { useTranslations } from "use-intl";
import { classes } from "./classes";

export function useTitle(title: string): void {
  const t = useTranslations("common");
  const app = t("appName");
  useEffect(() => {
    document.title = title ? `${title} · ${app}` : app;
  }, [title, app]);
}

interface PageHeadProps {
  title: string;
  lead?: ReactNode;
  before?: ReactNode;
  children?: ReactNode;
}

export function PageHead({ title, lead, before, children }: PageHeadProps) {
  useTitle(title);
  return (
    <header className="mb-6 flex flex-wrap items-end justify-between gap-x-6 gap-y-4">
      <div className="min-w-0">
        {before}
        <h1 className="text-2xl font-semibold">{title}</h1>
        {lead && <div className="mt-1 text-muted">{lead}</div>}
      </div>
      {children && <div className="flex flex-wrap items-center gap-2">{children}</div>}
    </header>
  );
}

interface CardProps {
  title?: ReactNode;
  aside?: ReactNode;
  className?: string;
  children: ReactNode;
}

export function Card({ title, aside, className, children }: CardProps) {
  return (
    <section className={classes("card p-5", className)}>
      {title && (
        <div className="mb-4 flex flex-wrap items-center justify-between gap-3">
          <h2 className="text-base font-semibold">{title}</h2>
          {aside}
        </div>
      )}
      {children}
    </section>
  );
}

/** Name and value, one a line. */
export function Facts({ facts }: { facts: [name: string, value: ReactNode][] }) {
  return (
    <dl className="grid grid-cols-[minmax(7rem,auto)_1fr] gap-x-4 gap-y-2">
      {facts.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-muted">{name}</dt>
          <dd className="min-w-0 text-right tabular-nums">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
