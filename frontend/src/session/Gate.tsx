/** Lets through who is signed in, and sends the others to the sign-in and back to where they wanted to go. */
import { Navigate, useRouterState } from "@tanstack/react-router";
import { type ReactNode, useEffect, useState } from "react";
import { useTranslations } from "use-intl";
import type { UserView } from "../client/types.gen";
import { Logo } from "../layout/Logo";
import { Button } from "../ui/Button";
import { EmptyState } from "../ui/notices";
import { session, useSession } from "./current";

export function Gate({ children }: { children: (user: UserView) => ReactNode }) {
  const state = useAskedSession();
  if (state.phase === "in") return children(state.user);
  if (state.phase === "out") return <ToSignIn />;
  return <Waiting away={state.phase === "away"} />;
}

function ToSignIn() {
  const location = useRouterState({ select: (router) => router.location.href });
  const [wanted] = useState(location); // not the sign-in itself, which is the location in a moment
  return <Navigate to="/sign-in" search={{ next: wanted }} replace />;
}

/** The pages for who is not signed in; who is goes on. */
export function Outside({ next, children }: { next: string; children: ReactNode }) {
  const state = useAskedSession();
  if (state.phase === "in") return <Navigate to={next} replace />;
  if (state.phase === "out") return children;
  return <Waiting away={state.phase === "away"} />;
}

function useAskedSession() {
  const state = useSession();
  useEffect(() => {
    if (session.state.phase === "unknown") void session.refresh();
  }, []);
  return state;
}

function Waiting({ away }: { away: boolean }) {
  const t = useTranslations("common");
  return (
    <main className="grid min-h-dvh place-items-center">
      {away ? (
        <EmptyState
          level={1}
          icon={<Logo className="size-7" />}
          title={t("away.title")}
          text={t("away.text")}
          action={<Button onClick={() => void session.refresh()}>{t("retry")}</Button>}
        />
      ) : (
        <p role="status">
          <Logo className="size-12 animate-pulse" />
          <span className="sr-only">{t("loading")}</span>
        </p>
      )}
    </main>
  );
}
