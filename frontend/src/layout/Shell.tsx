/** The frame of every page of somebody signed in: navigation, account, content. */
import { Link, Outlet, useRouterState } from "@tanstack/react-router";
import { BellRing, Cctv, ChartColumn, Clapperboard, Cpu, ListChecks } from "lucide-react";
import { useEffect, useRef } from "react";
import { useTranslations } from "use-intl";
import type { UserView } from "../client/types.gen";
import { classes } from "../ui/classes";
import { AccountMenu } from "./AccountMenu";
import { Logo } from "./Logo";

const PLACES = [
  { to: "/monitoring", key: "cameras", icon: Cctv },
  { to: "/analyses", key: "analyses", icon: ListChecks },
  { to: "/reports", key: "report", icon: ChartColumn },
  { to: "/alerts", key: "alerts", icon: BellRing },
  { to: "/workers", key: "workers", icon: Cpu },
  { to: "/projects", key: "projects", icon: Clapperboard },
] as const;

export function Shell({ user }: { user: UserView }) {
  const t = useTranslations("common");
  return (
    <div className="min-h-dvh lg:grid lg:grid-cols-[15rem_1fr]">
      <a
        href="#content"
        className="sr-only z-50 rounded-lg bg-accent px-4 py-2 font-medium text-on-accent focus:not-sr-only focus:fixed focus:top-3 focus:left-3"
      >
        {t("skipToContent")}
      </a>
      <header className="sticky top-0 z-30 flex items-center justify-between border-b border-line bg-surface px-4 py-1.5 lg:h-dvh lg:flex-col lg:items-stretch lg:justify-start lg:border-r lg:border-b-0 lg:px-3 lg:py-5">
        <Link
          to="/monitoring"
          className="flex items-center gap-2.5 px-2 text-lg font-semibold tracking-tight"
        >
          <Logo className="size-7" />
          {t("appName")}
        </Link>
        <Navigation className="mt-7 hidden flex-1 content-start gap-0.5 lg:grid" />
        <div className="hidden lg:block">
          <AccountMenu user={user} id="account-wide" className="lg:bottom-18 lg:left-3" />
        </div>
        <div className="lg:hidden">
          <AccountMenu user={user} id="account-narrow" className="top-14 right-3" />
        </div>
      </header>
      <Content />
      <Navigation
        className="fixed inset-x-0 bottom-0 z-30 grid grid-cols-6 border-t border-line bg-surface pb-[env(safe-area-inset-bottom)] lg:hidden"
        narrow
      />
    </div>
  );
}

function Content() {
  const path = useRouterState({ select: (state) => state.location.pathname });
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  // a new page begins at its top for the eye and for the screen reader alike
  // biome-ignore lint/correctness/useExhaustiveDependencies: the path is what it waits for
  useEffect(() => {
    if (first.current) first.current = false;
    else main.current?.focus({ preventScroll: true });
  }, [path]);
  return (
    <main
      ref={main}
      id="content"
      tabIndex={-1}
      className="mx-auto w-full max-w-[88rem] min-w-0 px-4 pt-6 pb-28 outline-none sm:px-6 lg:px-10 lg:pt-9 lg:pb-16"
    >
      <Outlet />
    </main>
  );
}

function Navigation({ className, narrow }: { className: string; narrow?: boolean }) {
  const t = useTranslations("common");
  return (
    <nav aria-label={t("navigation")} className={className}>
      {PLACES.map(({ to, key, icon: Icon }) => (
        <Link
          key={to}
          to={to}
          className={classes(
            "flex items-center text-muted hover:text-ink",
            narrow
              ? "flex-col gap-0.5 px-1 py-2 text-center text-xs"
              : "min-h-10 gap-3 rounded-[0.625rem] px-3 font-medium hover:bg-raised",
          )}
          activeProps={{ className: narrow ? "text-accent!" : "bg-accent-soft! text-accent-strong!" }}
        >
          <Icon aria-hidden className="size-5 shrink-0" />
          {t(`menu.${key}`)}
        </Link>
      ))}
    </nav>
  );
}
