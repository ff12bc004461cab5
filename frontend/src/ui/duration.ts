/** Lengths of time as people read them. */
import { useFormatter, useTranslations } from "use-intl";

export function useDuration(): (seconds: number) => string {
  const t = useTranslations("common.duration");
  const format = useFormatter();
  return (seconds) => {
    if (seconds < 60) return t("seconds", { seconds: Math.round(seconds * 10) / 10 });
    const minutes = Math.floor(seconds / 60);
    if (minutes < 60)
      return t("minutes", { minutes: String(minutes), seconds: String(Math.floor(seconds % 60)) });
    return t("hours", { hours: format.number(Math.floor(minutes / 60)), minutes: String(minutes % 60) });
  };
}
