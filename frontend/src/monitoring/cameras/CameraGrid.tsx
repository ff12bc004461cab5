/** All cameras at a glance. Only tiles in sight play. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Cctv, Plus } from "lucide-react";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { getLiveCamerasOptions } from "../../client/@tanstack/react-query.gen";
import { buttonClass } from "../../ui/Button";
import { classes } from "../../ui/classes";
import { EmptyState, ErrorNotice, Skeleton } from "../../ui/notices";
import { PageHead } from "../../ui/page";
import { Segmented } from "../../ui/Segmented";
import { CameraTile } from "./CameraTile";

/** How often the cameras' states are asked for. */
const CAMERAS_MS = 5_000;

export function CameraGrid() {
  const t = useTranslations("monitoring.grid");
  const [size, setSize] = useState<"large" | "small">("large");
  const cameras = useQuery({ ...getLiveCamerasOptions(), refetchInterval: CAMERAS_MS });
  const found = cameras.data?.cameras ?? [];
  const live = found.filter((camera) => camera.state === "live").length;
  const add = (
    <Link to="/add-camera" className={buttonClass("primary")}>
      <Plus aria-hidden className="size-4" />
      {t("add")}
    </Link>
  );
  return (
    <>
      <PageHead
        title={t("title")}
        lead={found.length > 0 ? t("lead", { live, all: found.length }) : undefined}
      >
        {found.length > 0 && (
          <>
            <Segmented
              label={t("columns")}
              value={size}
              options={[
                { value: "large", label: t("large") },
                { value: "small", label: t("small") },
              ]}
              onChange={setSize}
            />
            {add}
          </>
        )}
      </PageHead>
      <ErrorNotice error={cameras.error} retry={() => void cameras.refetch()} className="mb-5" />
      {cameras.isPending && <Waiting />}
      {cameras.isSuccess && found.length === 0 && (
        <div className="card">
          <EmptyState
            icon={<Cctv className="size-6" />}
            title={t("empty")}
            text={t("emptyText")}
            action={add}
          />
        </div>
      )}
      <ul className={classes("grid gap-5", columns(size))}>
        {found.map((camera) => (
          <li key={camera.id}>
            <CameraTile camera={camera} />
          </li>
        ))}
      </ul>
    </>
  );
}

function columns(size: "large" | "small"): string {
  return size === "large"
    ? "sm:grid-cols-[repeat(auto-fill,minmax(26rem,1fr))]"
    : "grid-cols-2 sm:grid-cols-[repeat(auto-fill,minmax(16rem,1fr))]";
}

function Waiting() {
  return (
    <div className={classes("grid gap-5", columns("large"))}>
      {[0, 1, 2].map((number) => (
        <Skeleton key={number} className="aspect-video" />
      ))}
    </div>
  );
}
