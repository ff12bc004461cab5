"""Live monitoring: cameras that are watched, recorded and looked at.

    cameras/    what people set up: addresses, what is kept, how it is analysed; the state of each stream
    recording/  one FFmpeg a camera, supervised by its progress (`ecg live`)
    hls/        the live playlist, a pure function, and its segments on disk
    archives/   recordings of ten minutes, the timeline, downloads, retention
    viewing/    what browsers fetch: playlists, segments and recordings behind signed tickets
    analysis/   what is seen in the recordings, by workers elsewhere
    events/ reports/ alerts/    what happened, told and counted

`opening` joins them for an application. Nothing here analyses anything in the process that records.
"""
