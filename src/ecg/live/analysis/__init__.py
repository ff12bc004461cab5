"""What is seen in the recordings of cameras, by workers that share nothing with the process that records.

    registering   one job an archive, one INSERT
    run           a job at work: fetch, look, keep; exactly one analysis an archive
    vision/       what can be seen with no model: camera health, motion, people, falls
    engines/      who looks: this machine alone, or a model that is asked about chosen pictures
    result score  what is answered, and the published rule that makes a score of it
    quick_look    one picture now and then, for events within seconds rather than minutes

The recording process imports `registering` and nothing else.
"""
