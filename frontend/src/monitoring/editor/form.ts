/** The camera form's values, and how they become what the API takes. */
import type { CameraInput, CameraView } from "../../client/types.gen";

export const SCHEMES = /^(rtsps?|rtmps?|srt|https?):\/\/\S+/i;

export const NEW_CAMERA: CameraInput = {
  name: "",
  url: "",
  transport: "tcp",
  enabled: true,
  archive_seconds: 600,
  keep_days: 30,
  analysis: { enabled: true, engine: "local", prompt: "", normal: "", quick_look_seconds: 45 },
};

export function formOf(camera: CameraView): CameraInput {
  const { name, url, transport, enabled, archive_seconds, keep_days, analysis } = camera;
  return { name, url, transport, enabled, archive_seconds, keep_days, analysis };
}
