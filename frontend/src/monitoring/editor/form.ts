/** The camera form's values, and how they become what the API takes. */
import type { AnalysisSettings, CameraDocument } from "../../client/types.gen";

export const SCHEMES = /^(rtsps?|rtmps?|srt|https?|file):\/\/\S+/i;

export type CameraValues = Pick<
  CameraDocument,
  "name" | "url" | "transport" | "enabled" | "archive_seconds" | "keep_days"
> & { analysis: Required<AnalysisSettings> };

const USUAL_ANALYSIS = {
  enabled: true,
  engine: "local",
  prompt: "",
  normal: "",
  quick_look_seconds: 45,
} as const;

export const NEW_CAMERA: CameraValues = {
  name: "",
  url: "",
  transport: "tcp",
  enabled: true,
  archive_seconds: 600,
  keep_days: 7,
  analysis: USUAL_ANALYSIS,
};

export function valuesOf(camera: CameraDocument): CameraValues {
  const { name, url, transport, enabled, archive_seconds, keep_days, analysis } = camera;
  return {
    name,
    url,
    transport,
    enabled,
    archive_seconds,
    keep_days,
    analysis: { ...USUAL_ANALYSIS, ...analysis },
  };
}
