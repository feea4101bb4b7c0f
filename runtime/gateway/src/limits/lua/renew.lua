-- Extends the leases of running calls; one that was lost, with the server's memory, is there again.
-- KEYS: leases, held. ARGV: lease in ms, then a call and its cost in turn.
local time = redis.call('TIME')
local ends = time[1] * 1000 + math.floor(time[2] / 1000) + tonumber(ARGV[1])
for index = 2, #ARGV, 2 do
  redis.call('ZADD', KEYS[1], ends, ARGV[index])
  redis.call('HSET', KEYS[2], ARGV[index], ARGV[index + 1])
end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
redis.call('PEXPIRE', KEYS[2], ARGV[1])
return 1
