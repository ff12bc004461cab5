/** Turns the catalogue, which has both languages side by side, into the messages of one. */
import type { catalogue } from "./catalogue";

export type Language = "en" | "ko";

/** English, Korean; ICU message syntax. */
export type Entry = readonly [en: string, ko: string];
export interface Entries {
  readonly [key: string]: Entry | Entries;
}

export type MessagesOf<C> = { [K in keyof C]: C[K] extends Entry ? C[K][0] : MessagesOf<C[K]> };
export type Messages = MessagesOf<typeof catalogue>;

export function messagesOf<C extends Entries>(entries: C, language: Language): MessagesOf<C> {
  const pick = (entry: Entry | Entries): unknown =>
    isEntry(entry) ? entry[language === "en" ? 0 : 1] : mapped(entry, pick);
  return mapped(entries, pick) as MessagesOf<C>;
}

export function isEntry(entry: Entry | Entries): entry is Entry {
  return Array.isArray(entry);
}

function mapped(entries: Entries, pick: (entry: Entry | Entries) => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(entries).map(([key, entry]) => [key, pick(entry)]));
}

declare module "use-intl" {
  interface AppConfig {
    Locale: Language;
    Messages: Messages;
  }
}
