-- A page of a channel. KEYS: the root, then the channel's seven. ARGV: nowMs, fresh, five of the channel, after, limit,
-- maxBytes. Answers the root's epoch and the meta (false: untouched), then header and body of each event.
local channel = channelAt(2, unpack(ARGV, 3, 7))
local after, limit, mostBytes = tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10])
if not channel.exists then return { root, false } end
trim(channel, true)
if channel.changed then save(channel) end

local answers = { root, channel.text }
local offset, taken, bytes = math.max(after + 1, channel.floor), 0, 0
while taken < limit and offset <= channel.top do
  local average = math.max(1, channel.bytes / (channel.top - channel.floor + 1))
  local want = math.min(limit - taken, 256, math.max(1, math.ceil((mostBytes - bytes) / average)))
  local rows = call('XRANGE', channel.events, string.format('%.0f-0', offset), '+', 'COUNT', want)
  for _, row in ipairs(rows) do
    local header, body = row[2][2], row[2][4]
    bytes = bytes + #body
    if bytes > mostBytes and taken > 0 then return answers end
    taken, offset = taken + 1, offset + 1
    answers[#answers + 1], answers[#answers + 2] = header, body
  end
end
return answers
