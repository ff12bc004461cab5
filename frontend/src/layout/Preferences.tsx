/** Language and appearance: the same two controls in the account menu and on the sign-in pages. */
import { useTranslations } from "use-intl";
import { useLanguage } from "../language/language";
import type { Language } from "../language/messages";
import { type Theme, useTheme } from "../theme/theme";
import { Segmented } from "../ui/Segmented";

const LANGUAGES: { value: Language; label: string }[] = [
  { value: "ko", label: "한국어" },
  { value: "en", label: "English" },
];
const THEMES: Theme[] = ["light", "dark", "system"];

export function Preferences() {
  const t = useTranslations("common");
  const { language, choose } = useLanguage();
  const [theme, chooseTheme] = useTheme();
  return (
    <div className="flex flex-wrap gap-3">
      <Segmented label={t("language")} value={language} options={LANGUAGES} onChange={choose} />
      <Segmented
        label={t("theme")}
        value={theme}
        options={THEMES.map((value) => ({ value, label: t(`themes.${value}`) }))}
        onChange={chooseTheme}
      />
    </div>
  );
}
