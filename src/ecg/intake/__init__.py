"""How the videos of strangers come in: what a reference names, the look before a job is accepted, the fetch.

Shared by all servers that take the URL of a video. A server looks (`Looker`), a job fetches (`fetch`); both
go through `ecg.net` and `ecg.store`, and neither runs FFmpeg.
"""
