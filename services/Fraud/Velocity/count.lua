-- Counts a payment once and says how many there were within each window.
-- KEYS[1]  sorted set: payment id, scored with the time it was first counted (ms)
-- KEYS[2]  hash beside it: payment id -> "USD:1500"; only where amounts are asked for
-- ARGV     1 now (ms), 2 payment id, 3 currency, 4 minor units, 5 most payments to remember, 6.. windows (ms), the longest last
-- Returns  the counts by window and, with KEYS[2], then the amounts in this currency by window
local now, id, currency = tonumber(ARGV[1]), ARGV[2], ARGV[3]
local longest = tonumber(ARGV[#ARGV])
local answer = {}

if redis.call('ZADD', KEYS[1], 'NX', now, id) == 1 and KEYS[2] then
    redis.call('HSET', KEYS[2], id, currency .. ':' .. ARGV[4])
end

-- What is too old or too much is forgotten, first in, first out.
local gone = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now - longest)
local excess = redis.call('ZCARD', KEYS[1]) - #gone - tonumber(ARGV[5])
if excess > 0 then
    gone = redis.call('ZRANGE', KEYS[1], 0, #gone + excess - 1)
end
for _, old in ipairs(gone) do
    redis.call('ZREM', KEYS[1], old)
    if KEYS[2] then redis.call('HDEL', KEYS[2], old) end
end
for _, key in ipairs(KEYS) do
    redis.call('PEXPIRE', key, longest)
end

for i = 6, #ARGV do
    answer[#answer + 1] = redis.call('ZCOUNT', KEYS[1], '(' .. (now - tonumber(ARGV[i])), '+inf')
end

if KEYS[2] then
    local entries = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')   -- id, time, id, time, ...
    local ids, sums, prefix = {}, {}, currency .. ':'
    for i = 1, #entries, 2 do
        ids[#ids + 1] = entries[i]
    end
    for i, amount in ipairs(redis.call('HMGET', KEYS[2], unpack(ids))) do
        if amount and string.sub(amount, 1, #prefix) == prefix then
            local age = now - tonumber(entries[2 * i])
            for window = 6, #ARGV do
                if age < tonumber(ARGV[window]) then
                    sums[window] = (sums[window] or 0) + tonumber(string.sub(amount, #prefix + 1))
                end
            end
        end
    end
    for window = 6, #ARGV do
        answer[#answer + 1] = sums[window] or 0
    end
end
return answer
