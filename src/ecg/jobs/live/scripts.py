"""What Redis does in one step with a job's live state. Numbers are exact up to 2**53."""

WRITE = """
-- KEYS: view, events, status, progress
-- ARGV: version, JSON of the view, seconds to live, state, percent, events to keep
-- Answers 1 when the view was kept and published, else 0.
local stored = redis.call('HMGET', KEYS[1], 'version', 'view')
local version = tonumber(ARGV[1])
local known = stored[1] and tonumber(stored[1])
if known and known > version then return 0 end
if known and (known == version or stored[2] == ARGV[2]) then
    if version > known then redis.call('HSET', KEYS[1], 'version', ARGV[1]) end
    if redis.call('TTL', KEYS[1]) < tonumber(ARGV[3]) then
        for _, key in ipairs(KEYS) do redis.call('EXPIRE', key, ARGV[3]) end
    end
    return 0
end
local id = redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[6], '*', 'view', ARGV[2])
redis.call('HSET', KEYS[1], 'version', ARGV[1], 'view', ARGV[2], 'event', id)
redis.call('EXPIRE', KEYS[1], ARGV[3])
redis.call('EXPIRE', KEYS[2], ARGV[3])
redis.call('SETEX', KEYS[3], ARGV[3], ARGV[4])
redis.call('SETEX', KEYS[4], ARGV[3], ARGV[5])
redis.call('PUBLISH', KEYS[2], id .. ' ' .. ARGV[2])
return 1
"""

READ = """
-- KEYS: view. Answers JSON, event id and milliseconds to live, or nil.
local stored = redis.call('HMGET', KEYS[1], 'view', 'event')
if not stored[1] then return false end
return {stored[1], stored[2], redis.call('PTTL', KEYS[1])}
"""
