/** Codes of incidents, streams and gaps in words; codes that are not known here are shown as they are. */
import { useTranslations } from "use-intl";
import type { EventDocument } from "../../client/types.gen";
import { catalogue } from "../../language/catalogue";

const { categories, reasons } = catalogue.monitoring;

export function useCategory(): (category: string) => string {
  const t = useTranslations("monitoring.categories");
  return (category) => (isKey(categories, category) ? t(category) : spaced(category));
}

export function useReason(): (reason: string) => string {
  const t = useTranslations("monitoring.reasons");
  return (reason) => (isKey(reasons, reason) ? t(reason) : spaced(reason));
}

/** An event's kind as its title, and the words of whoever saw it. */
export function useEventWords(): (event: EventDocument) => { title: string; text: string } {
  const category = useCategory();
  const reason = useReason();
  return (event) => ({
    title: event.source === "stream" ? reason(event.kind) : category(event.category),
    text: event.description,
  });
}

function isKey<C extends object>(known: C, code: string): code is Extract<keyof C, string> {
  return Object.hasOwn(known, code);
}

function spaced(code: string): string {
  return code.replaceAll("_", " ");
}
