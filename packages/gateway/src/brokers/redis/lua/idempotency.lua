-- Idempotency keys of a channel. A field for each: N MS OFFSET, N counting the channel's keys; and a list of them in their
-- order, by which old ones are found. A key counts by its own words: what is not removed yet does no harm.
local keysOver = 100

local function keptUnder(channel, key, windowMs, most)
  local text = call('HGET', channel.keys, key)
  if not text then return nil end
  local n, ms, offset = string.match(text, '^(%d+) (%d+) (%d+)')
  if tonumber(ms) <= nowMs - windowMs or tonumber(n) <= channel.keyed - most then return nil end
  return tonumber(offset)
end

local function rememberKey(channel, key, offset)
  channel.keyed = channel.keyed + 1
  channel.remembered = true
  call('HSET', channel.keys, key, string.format('%.0f %s %.0f', channel.keyed, nowText, offset))
  call('RPUSH', channel.order, key)
end

local function forgetKeys(channel, windowMs, most)
  if not channel.remembered then return end
  local over = call('LLEN', channel.order) - most
  if over > keysOver then
    for _, key in ipairs(call('LPOP', channel.order, over)) do
      local n = string.match(call('HGET', channel.keys, key) or '', '^%d+')
      -- Used again since, it is in the list once more.
      if n and tonumber(n) <= channel.keyed - most then call('HDEL', channel.keys, key) end
    end
  end
  -- For channels that fall silent. Twice, since the window is counted by the nodes' clocks.
  call('PEXPIRE', channel.keys, 2 * windowMs)
  call('PEXPIRE', channel.order, 2 * windowMs)
end
