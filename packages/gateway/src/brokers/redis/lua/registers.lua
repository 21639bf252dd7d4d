-- Registers of a tenant. KEYS[2]: a field for each: VERSION OPEN OFFSET CHANNEL COUNTS and what a later version adds, a line
-- feed, the value; COUNTS with commas, `-` without any, `,` where they are none in number. KEYS[3]: names of all; KEYS[4]: of open ones; KEYS[5]: of closed ones by their last change.
local toldBytes = 8192
local mostCount = 9007199254740991
-- Looked at when another one changes: more than are added, so that none stays for long.
local forgottenAtOnce = 4

local function registerOf(key)
  local text = call('HGET', KEYS[2], key)
  if not text then return nil end
  local version, open, offset, channel, counts, more, value =
    string.match(text, '^(%d+) (%d) (%d+) (%S+) (%S+)([^\n]*)\n(.*)$')
  return {
    version = tonumber(version), open = open, offset = tonumber(offset), channel = channel, counts = counts, more = more,
    value = value,
  }
end

local function put(key, register)
  call('HSET', KEYS[2], key, string.format('%.0f %s %.0f %s %s%s\n', register.version, register.open,
    register.offset, register.channel, register.counts, register.more) .. register.value)
end

local function remove(key)
  call('HDEL', KEYS[2], key)
  call('ZREM', KEYS[3], key)
  call('ZREM', KEYS[4], key)
  call('ZREM', KEYS[5], key)
end

local function forgetClosed(keptMs)
  local oldest = call('ZRANGE', KEYS[5], 0, forgottenAtOnce - 1, 'WITHSCORES')
  for i = 1, #oldest, 2 do
    if nowMs - tonumber(oldest[i + 1]) < keptMs then return end
    remove(oldest[i])
  end
end

-- `change`: key, from, value (nil: none), open, counts ('' as they are). `found`: what is there, or nil.
local function changeRegister(change, found, channel, offset, keptMs)
  if change.value == nil then
    remove(change.key)
  else
    local counts = change.counts ~= '' and change.counts or (found and found.counts or '-')
    put(change.key, {
      version = change.from + 1, open = change.open, offset = offset, channel = channel.member, counts = counts,
      more = found and found.more or '', value = change.value,
    })
    if not found then call('ZADD', KEYS[3], 0, change.key) end
    if change.open == '1' then
      call('ZADD', KEYS[4], 0, change.key)
      call('ZREM', KEYS[5], change.key)
    else
      call('ZREM', KEYS[4], change.key)
      call('ZADD', KEYS[5], nowText, change.key)
    end
  end
  forgetClosed(keptMs)
end

local function addTo(key, amounts)
  local found = registerOf(key)
  if not found or found.counts == '-' then return end
  local sums, more = {}, string.gmatch(amounts, '%d+')
  for count in string.gmatch(found.counts, '%d+') do
    sums[#sums + 1] = string.format('%.0f', math.min(mostCount, tonumber(count) + tonumber(more() or 0)))
  end
  if #sums == 0 then return end
  found.counts = table.concat(sums, ',')
  put(key, found)
end
