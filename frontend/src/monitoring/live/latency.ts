/** How late a live picture is. */

interface Playing {
  /** When the shown frame was taken, by the playlist's PROGRAM-DATE-TIME. */
  playing: Date | null;
  /** Seconds behind the end of the playlist, as hls.js reckons. */
  edgeLatency: number;
  /** Milliseconds since 1970, by this device's clock. */
  now: number;
}

/** Clocks of the camera's host and of this device differ; beyond this the difference is the clocks', not the picture's. */
const BELIEVABLE_SECONDS = 60;

/**
 * Seconds between the shown frame and now. The true time of the frame where both clocks agree well enough, else what
 * the playlist alone says; null while neither is known.
 */
export function latencyOf({ playing, edgeLatency, now }: Playing): number | null {
  if (playing) {
    const seconds = (now - playing.getTime()) / 1000;
    if (seconds >= 0 && seconds <= BELIEVABLE_SECONDS) return seconds;
  }
  return edgeLatency > 0 ? edgeLatency : null;
}
