-- How channels stand, after retention. KEYS: the root, then seven of each channel. ARGV: nowMs, fresh, then five of each
-- channel. Answers the root's epoch, then the meta of each; false for one that is untouched.
local answers = { root }
for i = 1, (#KEYS - 1) / 7 do
  local first = 3 + (i - 1) * 5
  local channel = channelAt(2 + (i - 1) * 7, unpack(ARGV, first, first + 4))
  if channel.exists then
    trim(channel, true)
    if channel.changed then save(channel) end
  end
  answers[i + 1] = channel.exists and channel.text
end
return answers
