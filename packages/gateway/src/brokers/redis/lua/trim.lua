-- Retention: the rule of stores/retention.ts and the blocks of stores/trims.ts.
local eventsPerBlock, blocksKept, typesCounted = 256, 64, 200
-- Looked at in one call: a channel with more to trim is trimmed further by the next.
local trimmedAtOnce = 1000

local function addCounts(into, more)
  local names = 0
  for _ in pairs(into) do names = names + 1 end
  for kind, count in pairs(more) do
    local known = into[kind] ~= nil
    local name = (known or names < typesCounted) and kind or '*'
    into[name] = (into[name] or 0) + count
    if not known and name == kind then names = names + 1 end
  end
end

local function recordTrim(key, from, to, counts)
  local newest = call('LINDEX', key, -1)
  local block = newest and cjson.decode(newest)
  if block and block.to - block.from + 1 < eventsPerBlock then
    block.to = to
    addCounts(block.counts, counts)
    call('LSET', key, -1, cjson.encode(block))
    return
  end
  if call('RPUSH', key, cjson.encode({ from = from, to = to, counts = counts })) <= blocksKept then return end
  local oldest = call('LPOP', key, 2)
  local older, newer = cjson.decode(oldest[1]), cjson.decode(oldest[2])
  addCounts(older.counts, newer.counts)
  call('LPUSH', key, cjson.encode({ from = older.from, to = newer.to, counts = older.counts }))
end

local function factorAt(channel, offset)
  return (channel.folds and offset > channel.snapshot) and 2 or 1
end

-- As `isDue`, and for age too; `exact`: whatever little is over.
local function isDue(channel, exact)
  if channel.most < 0 or channel.floor > channel.top then return false end
  local factor = factorAt(channel, channel.floor)
  local excess = channel.top - channel.floor + 1 - channel.most * factor
  local excessBytes = channel.bytes - channel.mostBytes * factor
  if nowMs - tonumber(channel.oldest) > channel.ageMs * factor then return true end
  if exact then return excess > 0 or excessBytes > 0 end
  return excess > math.min(channel.most * 0.01, 999) or excessBytes > channel.mostBytes * 0.01
end

local function trim(channel, exact)
  if not isDue(channel, exact) then return end
  local from, counts, looked = channel.floor, {}, 0
  local bound = nil
  while not bound do
    local excess = channel.top - channel.floor + 1 - channel.most * factorAt(channel, channel.floor)
    local rows = call('XRANGE', channel.events, string.format('%.0f-0', channel.floor), '+', 'COUNT',
      math.max(1, math.min(100, excess)) + 1)
    for _, row in ipairs(rows) do
      local kept, kind = string.match(row[2][2], '^(%d+) %S+ (.*)$')
      local factor = factorAt(channel, channel.floor)
      looked = looked + 1
      if looked > trimmedAtOnce or not (
        channel.top - channel.floor + 1 > channel.most * factor
        or channel.bytes > channel.mostBytes * factor
        or nowMs - tonumber(kept) > channel.ageMs * factor
      ) then
        bound = kept
        break
      end
      channel.bytes = channel.bytes - #row[2][4]
      channel.floor = channel.floor + 1
      counts[kind] = (counts[kind] or 0) + 1
    end
    if channel.floor > channel.top then bound = '0' end
  end
  channel.oldest = bound
  if channel.floor == from then return end
  call('XTRIM', channel.events, 'MINID', '=', string.format('%.0f-0', channel.floor))
  recordTrim(channel.trims, from, channel.floor - 1, counts)
  channel.changed = true
end
