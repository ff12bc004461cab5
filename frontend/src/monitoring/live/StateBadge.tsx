import { useTranslations } from "use-intl";
import type { CameraDocument } from "../../client/types.gen";
import { classes } from "../../ui/classes";

const LOOKS: Record<CameraDocument["state"], string> = {
  off: "bg-raised text-muted",
  starting: "bg-accent-soft text-accent-strong",
  live: "bg-good-soft text-good",
  stalled: "bg-warn-soft text-warn",
  retrying: "bg-warn-soft text-warn",
  failed: "bg-bad-soft text-bad",
};

export function StateBadge({ state }: { state: CameraDocument["state"] }) {
  const t = useTranslations("monitoring.state");
  return (
    <span
      className={classes(
        "inline-flex items-center gap-1.5 rounded-full px-2.5 py-0.5 text-sm font-medium whitespace-nowrap",
        LOOKS[state],
      )}
    >
      <span
        aria-hidden
        className={classes("size-2 rounded-full bg-current", state === "starting" && "animate-pulse")}
      />
      {t(state)}
    </span>
  );
}
