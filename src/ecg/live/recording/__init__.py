"""Recording hosts (`ecg live`): one supervised FFmpeg a camera, live segments and archives in one go.

host       which cameras this process holds, and what it does for all of them
recorder   one camera: sessions one after the other, with pauses that grow
session    one run of FFmpeg: the rows that it tells, and its end
command    what FFmpeg is started with; plan: copy or encode, how long segments are
looking    a first look at a camera; reaching: where its address leads, and whether it may
"""
