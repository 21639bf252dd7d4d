-- A page of registers. KEYS: the fields, and the names of all or of open ones. ARGV: bounds of names, limit, bytes of values.
-- Answers name and text of each, as lua/registers.lua keeps them.
local limit, mostBytes = tonumber(ARGV[3]), tonumber(ARGV[4])
local answers, bytes = {}, 0
for _, key in ipairs(redis.call('ZRANGEBYLEX', KEYS[2], ARGV[1], ARGV[2], 'LIMIT', 0, limit)) do
  local text = redis.call('HGET', KEYS[1], key)
  if text then
    bytes = bytes + #text
    if bytes > mostBytes and #answers > 0 then break end
    answers[#answers + 1], answers[#answers + 2] = key, text
  end
end
return answers
