/** The pages for addresses that lead nowhere, and for pages that broke. */
import { Link } from "@tanstack/react-router";
import { CircleAlert, Compass } from "lucide-react";
import { useTranslations } from "use-intl";
import { Button, buttonClass } from "../ui/Button";
import { EmptyState } from "../ui/notices";
import { useTitle } from "../ui/page";

export function NotFound() {
  const t = useTranslations("common");
  useTitle(t("notFound.title"));
  return (
    <main>
      <EmptyState
        level={1}
        icon={<Compass className="size-6" />}
        title={t("notFound.title")}
        text={t("notFound.text")}
        action={
          <Link to="/monitoring" className={buttonClass("primary")}>
            {t("notFound.home")}
          </Link>
        }
      />
    </main>
  );
}

export function Crashed({ error }: { error: unknown }) {
  const t = useTranslations("common");
  console.error(error);
  return (
    <main>
      <EmptyState
        level={1}
        icon={<CircleAlert className="size-6" />}
        title={t("crashed.title")}
        text={t("crashed.text")}
        action={<Button onClick={() => window.location.reload()}>{t("crashed.reload")}</Button>}
      />
    </main>
  );
}
