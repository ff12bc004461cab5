/** Korean or English: the visitor's choice, else the browser's, kept in this browser. */
import {
  createContext,
  type ReactNode,
  useCallback,
  useContext,
  useLayoutEffect,
  useMemo,
  useState,
} from "react";
import { IntlProvider } from "use-intl";
import { catalogue } from "./catalogue";
import { type Language, messagesOf } from "./messages";

const KEPT = "ecg.language";
const LanguageContext = createContext<{ language: Language; choose: (language: Language) => void } | null>(
  null,
);
/** Days begin and end by this zone's clocks, here and in what the API counts. */
export const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

export function LanguageProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState(firstLanguage);
  const choose = useCallback((chosen: Language) => {
    setLanguage(chosen);
    keep(chosen);
  }, []);
  useLayoutEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const value = useMemo(() => ({ language, choose }), [language, choose]);
  const messages = useMemo(() => messagesOf(catalogue, language), [language]);
  return (
    <LanguageContext value={value}>
      <IntlProvider locale={language} messages={messages} timeZone={ZONE}>
        {children}
      </IntlProvider>
    </LanguageContext>
  );
}

export function useLanguage() {
  const value = useContext(LanguageContext);
  if (!value) throw new Error("useLanguage outside of LanguageProvider");
  return value;
}

function firstLanguage(): Language {
  try {
    const kept = localStorage.getItem(KEPT);
    if (kept === "ko" || kept === "en") return kept;
  } catch {
    // storage is forbidden: the browser's language holds
  }
  return navigator.languages.find((tag) => /^(ko|en)\b/.test(tag))?.startsWith("ko") ? "ko" : "en";
}

function keep(language: Language): void {
  try {
    localStorage.setItem(KEPT, language);
  } catch {
    // the choice lasts as long as the page
  }
}
