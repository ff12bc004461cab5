/**
 * Plays a live playlist at its edge with hls.js, tells how late it is, and gets over what goes wrong by itself.
 *
 * Live means now: after the page was hidden the picture jumps to the edge instead of going on where it stood.
 */
import Hls, { type ErrorData, type HlsConfig } from "hls.js";
import workerPath from "hls.js/dist/hls.worker.js?url";
import { latencyOf } from "./latency";

export type LivePhase = "connecting" | "playing" | "waiting" | "trouble" | "unsupported";

export interface LiveReading {
  phase: LivePhase;
  /** Seconds between what is seen and now; null until it is known. */
  latency: number | null;
  /** How often the picture stood still since the first one. */
  stalls: number;
}

export interface LivePlayerOptions {
  video: HTMLVideoElement;
  /** A playlist with a fresh ticket; asked for again when the old one is refused. */
  playlistUrl: () => Promise<string>;
  onReading: (reading: LiveReading) => void;
}

const CONFIG: Partial<HlsConfig> = {
  startPosition: -1,
  liveSyncDuration: 3,
  liveMaxLatencyDuration: 15,
  // a little faster until the edge is reached again; nobody hears or sees a tenth
  maxLiveSyncPlaybackRate: 1.1,
  backBufferLength: 30,
  workerPath,
};
const READ_MS = 500;
const RETRY_MS = [1_000, 2_000, 5_000, 10_000];
/** As close to the edge as it has to be after a jump, in seconds. */
const NEAR_EDGE = 1;

export class LivePlayer {
  #hls: Hls | null = null;
  #reading: LiveReading = { phase: "connecting", latency: null, stalls: 0 };
  #started = false;
  #jumping = false;
  #failures = 0;
  #ended = false;
  #retry: ReturnType<typeof setTimeout> | undefined;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #listening = new AbortController();
  readonly #options: LivePlayerOptions;

  constructor(options: LivePlayerOptions) {
    this.#options = options;
    const { video } = options;
    const { signal } = this.#listening;
    video.addEventListener("playing", () => this.#played(), { signal });
    video.addEventListener("waiting", () => this.#waits(), { signal });
    document.addEventListener("visibilitychange", () => this.#shown(), { signal });
    this.#timer = setInterval(() => this.#read(), READ_MS);
    void this.#open();
  }

  /** Show now. */
  backToLive(): void {
    this.#jumping = true;
    this.#hls?.startLoad(-1);
    this.#jump();
    void this.#options.video.play().catch(() => {});
  }

  destroy(): void {
    this.#ended = true;
    clearTimeout(this.#retry);
    clearInterval(this.#timer);
    this.#listening.abort();
    this.#hls?.destroy();
  }

  async #open(): Promise<void> {
    let url: string;
    try {
      url = await this.#options.playlistUrl();
    } catch {
      this.#failed();
      return;
    }
    if (this.#ended) return;
    this.#hls?.destroy();
    this.#hls = null;
    if (Hls.isSupported()) this.#attach(url);
    else if (this.#options.video.canPlayType("application/vnd.apple.mpegurl")) this.#options.video.src = url;
    else this.#tell({ phase: "unsupported" });
  }

  #attach(url: string): void {
    const hls = new Hls(CONFIG);
    this.#hls = hls;
    hls.on(Hls.Events.ERROR, (_, data) => this.#broke(hls, data));
    hls.on(Hls.Events.LEVEL_UPDATED, () => this.#jump());
    hls.on(Hls.Events.MANIFEST_PARSED, () => void this.#options.video.play().catch(() => {}));
    hls.loadSource(url);
    hls.attachMedia(this.#options.video);
  }

  #broke(hls: Hls, data: ErrorData): void {
    if (!data.fatal || hls !== this.#hls) return;
    if (data.type === Hls.ErrorTypes.MEDIA_ERROR && this.#failures === 0) {
      this.#failures += 1;
      hls.recoverMediaError();
    } else this.#failed();
  }

  /** Try again with a new ticket, a little later each time. */
  #failed(): void {
    if (this.#ended) return;
    this.#tell({ phase: "trouble", latency: null });
    const delay = RETRY_MS[Math.min(this.#failures, RETRY_MS.length - 1)];
    this.#failures += 1;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => void this.#open(), delay);
  }

  #played(): void {
    this.#started = true;
    this.#failures = 0;
    this.#tell({ phase: "playing" });
  }

  #waits(): void {
    const { video } = this.#options;
    if (!this.#started || video.seeking || document.hidden) return;
    this.#tell({ phase: "waiting", stalls: this.#reading.stalls + 1 });
  }

  #shown(): void {
    if (!document.hidden) this.backToLive();
  }

  /** To the edge, once the playlist says where that is. */
  #jump(): void {
    const edge = this.#hls?.liveSyncPosition;
    if (!this.#jumping || edge == null) return;
    const { video } = this.#options;
    if (Math.abs(edge - video.currentTime) > NEAR_EDGE) video.currentTime = edge;
    // the playlist at hand may be as old as the page was hidden; the next one decides
    else this.#jumping = false;
  }

  #read(): void {
    const hls = this.#hls;
    if (!hls || !this.#started) return;
    this.#tell({
      latency: latencyOf({ playing: hls.playingDate, edgeLatency: hls.latency, now: Date.now() }),
    });
  }

  #tell(news: Partial<LiveReading>): void {
    this.#reading = { ...this.#reading, ...news };
    const { video } = this.#options;
    // for whoever measures from outside
    video.dataset.phase = this.#reading.phase;
    video.dataset.stalls = String(this.#reading.stalls);
    video.dataset.latency = this.#reading.latency?.toFixed(2) ?? "";
    this.#options.onReading(this.#reading);
  }
}
