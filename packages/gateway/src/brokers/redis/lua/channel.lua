-- One channel: its seven keys begin at KEYS[at], in the order of keys.ts.
--
-- Meta is text: EPOCH ROOT BORN TOP FLOOR BYTES CREATED UPDATED SNAPSHOT OLDEST KEYED, and whatever a later version adds
-- behind it. ROOT: the root's epoch when this one was made. BORN 0: no event was kept in this epoch yet. SNAPSHOT: its offset.
-- OLDEST: when the oldest event was kept. KEYED: number of events that came with an idempotency key.
local metaPattern = '^(%S+) (%S+) (%d) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+)(.*)$'
local metaFormat = '%s %s %d %.0f %.0f %.0f %s %s %.0f %s %.0f%s'

local function begin(channel, epoch)
  channel.epoch, channel.born, channel.top, channel.floor, channel.bytes = epoch, 0, 0, 1, 0
  channel.created, channel.updated, channel.snapshot, channel.oldest = nowText, nowText, 0, '0'
  channel.keyed, channel.more = 0, ''
end

local function save(channel)
  channel.changed = false
  channel.text = string.format(
    metaFormat, channel.epoch, root, channel.born, channel.top, channel.floor, channel.bytes,
    channel.created, channel.updated, channel.snapshot, channel.oldest, channel.keyed, channel.more
  )
  call('SET', channel.meta, channel.text)
end

-- Into being, with nothing left of one that was here before.
local function create(channel)
  call('DEL', channel.events, channel.keys, channel.order, channel.producers, channel.trims, channel.snapshots)
  call('ZADD', KEYS[1], 0, channel.member)
  channel.exists = true
end

-- Its events are gone, and were not trimmed: what was at these offsets can no longer be had.
local function loseEvents(channel)
  call('DEL', channel.events, channel.trims, channel.snapshots)
  channel.floor, channel.bytes, channel.snapshot, channel.born = channel.top + 1, 0, 0, 0
end

-- Options: events kept at most (negative: no limit of any kind), their bytes, their age, and 1 where snapshots spare events.
local function channelAt(at, member, count, bytes, ageMs, folds)
  local channel = {
    meta = KEYS[at], events = KEYS[at + 1], keys = KEYS[at + 2], order = KEYS[at + 3], producers = KEYS[at + 4],
    trims = KEYS[at + 5], snapshots = KEYS[at + 6], member = member, exists = true,
    most = tonumber(count), mostBytes = tonumber(bytes), ageMs = tonumber(ageMs), folds = folds == '1',
  }
  local text = call('GET', channel.meta)
  local epoch, madeUnder, born, top, floor, held, created, updated, snapshot, oldest, keyed, more
  if text then
    epoch, madeUnder, born, top, floor, held, created, updated, snapshot, oldest, keyed, more =
      string.match(text, metaPattern)
  end
  if not epoch then
    if not call('ZSCORE', KEYS[1], member) then
      begin(channel, root)
      channel.exists = false
    else
      -- The index knows it: somebody may have seen events of it.
      begin(channel, fresh)
      create(channel)
      save(channel)
    end
    return channel
  end
  channel.text, channel.epoch, channel.born = text, epoch, tonumber(born)
  channel.top, channel.floor, channel.bytes = tonumber(top), tonumber(floor), tonumber(held)
  channel.created, channel.updated, channel.snapshot = created, updated, tonumber(snapshot)
  channel.oldest, channel.keyed, channel.more = oldest, tonumber(keyed), more
  local isWhole = call('XLEN', channel.events) == channel.top - channel.floor + 1
  if madeUnder ~= root then
    channel.epoch, channel.born, channel.snapshot = root, 0, 0
    call('DEL', channel.snapshots)
    call('ZADD', KEYS[1], 0, member)
  elseif not isWhole then
    channel.epoch = fresh
  end
  if not isWhole then loseEvents(channel) end
  if channel.epoch ~= epoch then save(channel) end
  return channel
end
