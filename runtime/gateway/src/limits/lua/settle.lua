-- Replaces a reservation by what was used; what is not here any more is left alone.
-- KEYS: windows, leases, held, sums.
-- ARGV: call, slot, day, month, cost, 1 if the call counts as a request; then reserved and used of requests, input, output, -1 for what has no limit.
local windows, leases, held, sums = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local call, slot, day, month = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]
local now_slot = tonumber(redis.call('TIME')[1])
for index, kind in ipairs({ 'r', 'i', 'o' }) do
  local reserved, used = tonumber(ARGV[5 + 2 * index]), tonumber(ARGV[6 + 2 * index])
  if reserved >= 0 and used ~= reserved then
    local at = used > reserved and now_slot or slot
    local field = kind .. ':' .. at
    if used > reserved or (slot >= now_slot - 60 and redis.call('HEXISTS', windows, field) == 1) then
      redis.call('HINCRBY', windows, field, string.format('%.0f', used - reserved))
      redis.call('PEXPIRE', windows, 62000)
    end
  end
end
redis.call('ZREM', leases, call)
redis.call('HDEL', held, call)
local function add(field, amount)
  if amount ~= '0' and redis.call('HEXISTS', sums, field) == 1 then redis.call('HINCRBY', sums, field, amount) end
end
add('d:' .. day, ARGV[5])
add('m:' .. month, ARGV[5])
if ARGV[6] == '0' then add('n:' .. day, '-1') end
return 1
