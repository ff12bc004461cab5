import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useTranslations } from "use-intl";
import { getLiveCamerasQueryKey, postLiveCamerasMutation } from "../../client/@tanstack/react-query.gen";
import { useAnnounce } from "../../ui/announcer";
import { PageHead } from "../../ui/page";
import { CameraForm } from "./CameraForm";
import { NEW_CAMERA } from "./form";

export function NewCamera() {
  const t = useTranslations("monitoring.editor");
  const navigate = useNavigate();
  const announce = useAnnounce();
  const queries = useQueryClient();
  const add = useMutation({
    ...postLiveCamerasMutation(),
    onSuccess: async (camera) => {
      await queries.invalidateQueries({ queryKey: getLiveCamerasQueryKey() });
      announce(t("saved"));
      await navigate({ to: "/monitoring/$cameraId", params: { cameraId: camera.id } });
    },
  });
  return (
    <>
      <PageHead title={t("addTitle")} />
      <CameraForm
        values={NEW_CAMERA}
        submitLabel={t("create")}
        pending={add.isPending}
        error={add.error}
        onSubmit={(body) => add.mutate({ body })}
      />
    </>
  );
}
