-- Takes the books' sums over; what is here already may be newer, so the higher counts. Older days and months are dropped.
-- KEYS: sums. ARGV: day, month, requests of the day, cost of the day, cost of the month.
local fields = { 'n:' .. ARGV[1], 'd:' .. ARGV[1], 'm:' .. ARGV[2] }
for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
  local current = string.sub(field, 1, 2) == 'm:' and ARGV[2] or ARGV[1]
  if string.sub(field, 3) < current then redis.call('HDEL', KEYS[1], field) end
end
for index, field in ipairs(fields) do
  local told, here = tonumber(ARGV[2 + index]), tonumber(redis.call('HGET', KEYS[1], field) or '-1')
  if told > here then redis.call('HSET', KEYS[1], field, string.format('%.0f', told)) end
end
redis.call('PEXPIRE', KEYS[1], 2764800000)
return 1
