"""What a breaker does in Redis, each step whole. KEYS[1] is a hash: failures, opened_at, probe_until.

Moments are milliseconds of Redis's own clock, so the clocks of the machines need not agree. What is passed in
as seconds becomes milliseconds here. A mode is 0 for an ordinary call and 1 for the one that tries an open
circuit. A call that began before the circuit opened neither opens it anew nor closes it.
"""

from __future__ import annotations

_NOW = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
"""

ENTER = (
    _NOW
    + """
local opened = tonumber(redis.call('HGET', KEYS[1], 'opened_at'))
if not opened then return {0, 0} end
local probe = tonumber(redis.call('HGET', KEYS[1], 'probe_until')) or 0
local wait = math.max(opened + ARGV[1] * 1000, probe) - now
if wait > 0 then return {-1, math.ceil(wait)} end
redis.call('HSET', KEYS[1], 'probe_until', now + ARGV[2] * 1000)
return {1, 0}
"""
)
"""ARGV: open seconds, probe seconds. Answers the mode, or -1 and the milliseconds to wait."""

FAIL = (
    _NOW
    + """
local opened = redis.call('HEXISTS', KEYS[1], 'opened_at') == 1
local probing = ARGV[1] == '1'
if opened and not probing then return 0 end
local failures = redis.call('HINCRBY', KEYS[1], 'failures', 1)
redis.call('PEXPIRE', KEYS[1], math.floor(ARGV[3] * 1000))
if not probing and failures < tonumber(ARGV[2]) then return 0 end
redis.call('HSET', KEYS[1], 'opened_at', now)
redis.call('HDEL', KEYS[1], 'probe_until')
return 1
"""
)
"""ARGV: mode, failures that open it, seconds until all is forgotten. Answers 1 when it opened."""

SUCCEED = """
local opened = redis.call('HEXISTS', KEYS[1], 'opened_at') == 1
if opened and ARGV[1] ~= '1' then return 0 end
redis.call('DEL', KEYS[1])
return opened and 1 or 0
"""
"""ARGV: mode. Answers 1 when it closed."""

STATUS = (
    _NOW
    + """
local opened = tonumber(redis.call('HGET', KEYS[1], 'opened_at'))
return {tonumber(redis.call('HGET', KEYS[1], 'failures')) or 0, opened and now - opened or -1}
"""
)
"""Answers the failures, and the milliseconds since it opened: -1 while it is closed."""
