// Before anything is painted: the chosen theme and language, so that no page flashes in the wrong one.
try {
  const theme = localStorage.getItem("ecg.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  const language = localStorage.getItem("ecg.language");
  if (language === "ko" || language === "en") document.documentElement.lang = language;
} catch {
  // storage is forbidden: the system's choice holds
}
