"""Recording hosts (`ecg live`): one supervised FFmpeg a camera, live segments and archives in one go.

host              which cameras this process holds, and what it does for all of them
kept_camera       one of them: its recorder, and what that tells
recorder          sessions one after the other, with pauses that grow
recorded_session  one session: from what FFmpeg tells to segments and recordings
session           one run of FFmpeg: the rows that it tells, and its end
plan, command     copy or encode, how long segments are; what FFmpeg is started with
looking           a first look at a camera
reaching          where its address leads, and whether it may; camera_proxy: for HTTP
closing           from a closed file to an archive that is registered
"""
