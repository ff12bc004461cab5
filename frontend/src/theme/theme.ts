/** Light, dark, or as the system has it; kept in this browser. `public/first-paint.js` reads the same key. */
import { useCallback, useState } from "react";

export type Theme = "light" | "dark" | "system";
const KEPT = "ecg.theme";

export function useTheme(): [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useState<Theme>(() => themeOf(document.documentElement.dataset.theme));
  const choose = useCallback((chosen: Theme) => {
    setTheme(chosen);
    if (chosen === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = chosen;
    try {
      localStorage.setItem(KEPT, chosen);
    } catch {
      // the choice lasts as long as the page
    }
  }, []);
  return [theme, choose];
}

function themeOf(value: string | undefined): Theme {
  return value === "light" || value === "dark" ? value : "system";
}
