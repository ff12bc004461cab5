// What a viewer of live cameras meets, noted in the page itself. It knows nothing of who plays: only <video>.
// A stall is a time of half a second or more in which a video that should play shows nothing new.
(() => {
  const STILL_MS = 500, LOOK_MS = 100, CELL = 4, BITS = 16, CONTRAST = 60;
  const watched = new Map();

  const noteOf = (video) => {
    if (!watched.has(video)) {
      watched.set(video, { begun: false, stalls: 0, stalledMs: 0, seeks: 0, waits: 0, at: 0, since: 0, still: false });
    }
    return watched.get(video);
  };

  const listen = (name, what) =>
    document.addEventListener(name, (event) => event.target instanceof HTMLVideoElement && what(event.target), true);
  listen('playing', (video) => { noteOf(video).begun = true; });
  listen('seeking', (video) => { const note = noteOf(video); if (note.begun) note.seeks += 1; });
  listen('waiting', (video) => { const note = noteOf(video); if (note.begun) note.waits += 1; });

  const look = () => {
    const now = performance.now();
    for (const video of document.querySelectorAll('video')) {
      const note = noteOf(video);
      if (video.currentTime !== note.at || !note.begun) {
        if (note.still) { note.stalledMs += now - note.since; note.still = false; }
        note.at = video.currentTime;
        note.since = now;
      } else if (!note.still && now - note.since >= STILL_MS) {
        note.still = true;
        note.stalls += 1;
      }
    }
  };
  setInterval(look, LOOK_MS);

  const canvas = document.createElement('canvas');
  canvas.width = BITS * CELL;
  canvas.height = 2 * CELL;
  const context = canvas.getContext('2d', { willReadFrequently: true });

  // The number on the frame that is shown (tests/services/rtsp_camera/frame_number.py), or null.
  const numberOn = (video) => {
    const side = Math.floor(video.videoHeight / 18 / 2) * 2;
    if (!side || video.readyState < 2) return null;
    context.drawImage(video, 0, 0, side * BITS, side * 2, 0, 0, canvas.width, canvas.height);
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    const level = (bit, row) => data[4 * ((row * CELL + CELL / 2) * canvas.width + bit * CELL + CELL / 2) + 1];
    let number = 0;
    for (let bit = 0; bit < BITS; bit += 1) {
      const difference = level(bit, 0) - level(bit, 1);
      if (Math.abs(difference) < CONTRAST) return null;
      if (difference > 0) number += 2 ** bit;
    }
    return number;
  };

  window.ecgLook = () => [...document.querySelectorAll('video')].map((video) => {
    const note = noteOf(video), quality = video.getVideoPlaybackQuality();
    return {
      now: Date.now() / 1000, number: numberOn(video), at: video.currentTime, paused: video.paused,
      height: video.videoHeight, frames: quality.totalVideoFrames, dropped: quality.droppedVideoFrames,
      stalls: note.stalls, stalled_seconds: note.stalledMs / 1000, seeks: note.seeks, waits: note.waits,
      begun: note.begun,
    };
  });
})();
