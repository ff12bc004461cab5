/** The frame of the pages before the sign-in. */
import type { ReactNode } from "react";
import { useTranslations } from "use-intl";
import { Logo } from "../layout/Logo";
import { Preferences } from "../layout/Preferences";
import { useTitle } from "../ui/page";

export function Frame({ title, lead, children }: { title: string; lead?: string; children: ReactNode }) {
  const t = useTranslations("common");
  useTitle(title);
  return (
    <div className="grid min-h-dvh grid-rows-[1fr_auto] px-4">
      <main className="m-auto w-full max-w-[25rem] py-12">
        <div className="mb-8 flex items-center gap-3">
          <Logo className="size-10" />
          <div>
            <p className="text-lg leading-tight font-semibold">{t("appName")}</p>
            <p className="text-sm text-muted">{t("tagline")}</p>
          </div>
        </div>
        <div className="card p-6 sm:p-7">
          <h1 className="text-xl font-semibold">{title}</h1>
          {lead && <p className="mt-1 text-muted">{lead}</p>}
          <div className="mt-6">{children}</div>
        </div>
      </main>
      <footer className="flex justify-center pb-6">
        <Preferences />
      </footer>
    </div>
  );
}
