/** Who is signed in, language, appearance, and the way out; a popover of the browser's own. */
import { useQueryClient } from "@tanstack/react-query";
import { LogOut } from "lucide-react";
import { useTranslations } from "use-intl";
import type { UserView } from "../client/types.gen";
import { session } from "../session/current";
import { Button } from "../ui/Button";
import { classes } from "../ui/classes";
import { Preferences } from "./Preferences";

export function AccountMenu({ user, id, className }: { user: UserView; id: string; className?: string }) {
  const t = useTranslations("accounts");
  const queries = useQueryClient();
  const leave = async () => {
    await session.signOut();
    queries.clear();
  };
  return (
    <>
      <button
        type="button"
        popoverTarget={id}
        className="flex min-h-11 w-full items-center gap-3 rounded-[0.625rem] px-2 text-left hover:bg-raised"
      >
        <span
          aria-hidden
          className="grid size-8 shrink-0 place-items-center rounded-full bg-accent-soft font-semibold text-accent"
        >
          {user.username.slice(0, 1).toUpperCase()}
        </span>
        <span className="min-w-0 flex-1 truncate font-medium max-lg:sr-only">{user.username}</span>
        <span className="sr-only">{t("account")}</span>
      </button>
      <div
        id={id}
        popover="auto"
        className={classes(
          "card inset-auto fixed m-0 w-[min(21rem,calc(100vw-1.5rem))] p-4 text-ink",
          className,
        )}
      >
        <p className="font-semibold">{user.username}</p>
        <p className="mb-4 truncate text-sm text-muted">{user.email}</p>
        <Preferences />
        <Button className="mt-4 w-full" icon={<LogOut aria-hidden className="size-4" />} onClick={leave}>
          {t("signOut")}
        </Button>
      </div>
    </>
  );
}
