import { Link } from "@tanstack/react-router";
import { CircleAlert, Power } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useTranslations } from "use-intl";
import type { CameraDocument } from "../../client/types.gen";
import { useCodeText } from "../../ui/notices";
import { LiveVideo } from "../live/LiveVideo";
import { StateBadge } from "../live/StateBadge";

export function CameraTile({ camera }: { camera: CameraDocument }) {
  const { place, seen } = useInSight();
  return (
    <article
      ref={place}
      className="card group relative overflow-hidden has-focus-visible:outline-2 has-focus-visible:outline-accent"
    >
      <div className="aspect-video bg-black">
        {camera.state === "live" && seen ? (
          <LiveVideo cameraId={camera.id} name={camera.name} compact />
        ) : (
          <NoPicture camera={camera} />
        )}
      </div>
      <div className="flex items-center justify-between gap-3 px-4 py-3">
        <h2 className="min-w-0 truncate font-semibold">
          <Link
            to="/monitoring/$cameraId"
            params={{ cameraId: camera.id }}
            className="outline-none after:absolute after:inset-0 group-hover:text-accent"
          >
            {camera.name}
          </Link>
        </h2>
        <StateBadge state={camera.state} />
      </div>
    </article>
  );
}

/** In place of the picture: why there is none. */
export function NoPicture({ camera }: { camera: CameraDocument }) {
  const t = useTranslations("monitoring.stateText");
  const words = useCodeText();
  const { state, error_code, error_message } = camera;
  const Icon = state === "off" ? Power : CircleAlert;
  return (
    <div className="flex size-full flex-col items-center justify-center gap-2 bg-neutral-900 p-6 text-center text-neutral-300">
      {state !== "live" && <Icon aria-hidden className="size-7 opacity-70" />}
      <p>{t(state)}</p>
      {state !== "off" && error_code && (
        <p className="max-w-lg text-sm text-neutral-400">{words(error_code, error_message ?? "")}</p>
      )}
    </div>
  );
}

/** Whether the element is on the screen, or nearly. */
function useInSight() {
  const place = useRef<HTMLElement>(null);
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    if (!place.current) return;
    const observer = new IntersectionObserver(([entry]) => setSeen(entry?.isIntersecting ?? false), {
      rootMargin: "200px",
    });
    observer.observe(place.current);
    return () => observer.disconnect();
  }, []);
  return { place, seen };
}
