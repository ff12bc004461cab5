/** Kinds of incidents in words; engines may name others than we know, which are shown as they are. */
import { useTranslations } from "use-intl";
import { catalogue } from "../../language/catalogue";

const known = catalogue.monitoring.categories;

export function useCategory(): (category: string) => string {
  const t = useTranslations("monitoring.categories");
  return (category) =>
    category in known ? t(category as keyof typeof known) : category.replaceAll("_", " ");
}
