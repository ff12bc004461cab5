import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslations } from "use-intl";
import {
  deleteLiveCamerasByCameraIdMutation,
  getLiveCamerasByCameraIdOptions,
  getLiveCamerasByCameraIdQueryKey,
  getLiveCamerasQueryKey,
  putLiveCamerasByCameraIdMutation,
} from "../../client/@tanstack/react-query.gen";
import type { CameraDocument } from "../../client/types.gen";
import { useAnnounce } from "../../ui/announcer";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { ErrorNotice, Spinner } from "../../ui/notices";
import { PageHead } from "../../ui/page";
import { CameraForm } from "./CameraForm";
import { valuesOf } from "./form";

export function EditCamera() {
  const { cameraId } = useParams({ from: "/inside/monitoring/$cameraId/settings" });
  const camera = useQuery({
    ...getLiveCamerasByCameraIdOptions({ path: { camera_id: cameraId } }),
    refetchOnWindowFocus: false,
  });
  if (camera.data) return <Editor camera={camera.data} />;
  if (camera.error) return <ErrorNotice error={camera.error} retry={() => void camera.refetch()} />;
  return <Spinner />;
}

function Editor({ camera }: { camera: CameraDocument }) {
  const t = useTranslations("monitoring.editor");
  const navigate = useNavigate();
  const announce = useAnnounce();
  const queries = useQueryClient();
  const path = { camera_id: camera.id };
  const save = useMutation({
    ...putLiveCamerasByCameraIdMutation(),
    onSuccess: async (saved) => {
      queries.setQueryData(getLiveCamerasByCameraIdQueryKey({ path }), saved);
      await queries.invalidateQueries({ queryKey: getLiveCamerasQueryKey() });
      announce(t("saved"));
      await navigate({ to: "/monitoring/$cameraId", params: { cameraId: camera.id } });
    },
  });
  return (
    <>
      <PageHead title={t("editTitle", { name: camera.name })} />
      <CameraForm
        cameraId={camera.id}
        values={valuesOf(camera)}
        submitLabel={useTranslations("common")("save")}
        pending={save.isPending}
        error={save.error}
        onSubmit={(body) => save.mutate({ path, body })}
      >
        <RemoveCamera camera={camera} />
      </CameraForm>
    </>
  );
}

function RemoveCamera({ camera }: { camera: CameraDocument }) {
  const t = useTranslations("monitoring.editor");
  const common = useTranslations("common");
  const navigate = useNavigate();
  const announce = useAnnounce();
  const queries = useQueryClient();
  const [asking, setAsking] = useState(false);
  const remove = useMutation({
    ...deleteLiveCamerasByCameraIdMutation(),
    onSuccess: async () => {
      await navigate({ to: "/monitoring" });
      await queries.invalidateQueries({ queryKey: getLiveCamerasQueryKey() });
      announce(t("removed", { name: camera.name }));
    },
  });
  return (
    <>
      <Button look="danger" icon={<Trash2 aria-hidden className="size-4" />} onClick={() => setAsking(true)}>
        {t("remove")}
      </Button>
      <Dialog open={asking} title={t("removeTitle", { name: camera.name })} onClose={() => setAsking(false)}>
        <p className="mt-2 text-muted">{t("removeText")}</p>
        <ErrorNotice error={remove.error} className="mt-4" />
        <div className="mt-6 flex justify-end gap-2">
          <Button onClick={() => setAsking(false)}>{common("cancel")}</Button>
          <Button
            look="danger"
            disabled={remove.isPending}
            onClick={() => remove.mutate({ path: { camera_id: camera.id } })}
          >
            {common("remove")}
          </Button>
        </div>
      </Dialog>
    </>
  );
}
