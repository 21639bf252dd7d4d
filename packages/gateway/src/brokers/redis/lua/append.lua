-- Entries of one tenant, in their order: each is kept with all that it changes, or not at all and costs the others nothing.
-- KEYS: those of the tenant (root, four of registers), then seven of each channel. ARGV: nowMs, fresh, node, the command that
-- publishes, the channel of notices, window of idempotency keys (ms, number), steeringKeptMs, number of channels; six of each
-- channel; then the entries, as append.ts packs them.
local node, publish, notices = ARGV[3], ARGV[4], ARGV[5]
local windowMs, keysMost, steeringKeptMs = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local at = 9

local function take()
  at = at + 1
  return ARGV[at]
end

-- A netstring: see messages.ts.
local function field(text)
  return #text .. ':' .. text .. ','
end

local channels = {}
for i = 1, tonumber(ARGV[9]) do
  local member, live = take(), take()
  channels[i] = channelAt(6 + (i - 1) * 7, member, take(), take(), take(), take())
  channels[i].live = live
end

local function takeRegister()
  local change = { key = take(), from = tonumber(take()) }
  local hasValue, value = take(), take()
  if hasValue == '1' then change.value = value end
  change.open, change.counts = take(), take()
  change.fenceEpoch, change.fenced = tonumber(take()), {}
  for i = 1, tonumber(take()) do change.fenced[i] = take() end
  return change
end

local function takeAdds()
  local adds = {}
  for i = 1, tonumber(take()) do adds[i] = { take(), take() } end
  return adds
end

local function tellRegister(change, found, channel, offset)
  local fields = { 'register', node, change.key, string.format('%.0f', change.from + 1), change.open,
    channel.member, channel.epoch, string.format('%.0f', offset) }
  if change.value == nil then
    fields[9], fields[10], fields[11] = 'deleted', '-', ''
  else
    local isTold = #change.value <= toldBytes
    fields[9] = isTold and 'told' or 'large'
    fields[10] = change.counts ~= '' and change.counts or (found and found.counts or '-')
    fields[11] = isTold and change.value or ''
  end
  for i = 1, #fields do fields[i] = field(fields[i]) end
  call(publish, notices, table.concat(fields))
end

local function keep(channel, line, body)
  if not channel.exists then create(channel) end
  local offset = channel.top + 1
  local id = string.format('%.0f', offset)
  call('XADD', channel.events, id .. '-0', 'h', nowText .. ' ' .. line, 'b', body)
  if channel.floor == offset then channel.oldest = nowText end
  channel.top, channel.bytes, channel.updated, channel.changed = offset, channel.bytes + #body, nowText, true
  if channel.born == 0 then
    channel.born = 1
    call(publish, notices, field('born') .. field(node) .. field(channel.member) .. field(channel.epoch) .. field(id))
  end
  local parts = channel.parts
  if not parts then
    parts = { field(channel.epoch), field(id) }
    channel.parts = parts
  end
  local n = #parts
  parts[n + 1], parts[n + 2], parts[n + 3], parts[n + 4] = field(line), #body .. ':', body, ','
  return offset
end

-- Why the entry is not kept, though it is no duplicate; nil if it is.
local function refusal(channel, expected, change, found)
  if expected and (expected.offset ~= channel.top or expected.epoch ~= channel.epoch) then
    return { 'moved', channel.epoch, string.format('%.0f', channel.top) }
  end
  if not change then return nil end
  local version = found and found.version or 0
  if version ~= change.from then return { 'conflict', string.format('%.0f', version), found and found.value } end
  local newest = -1
  for _, id in ipairs(change.fenced) do
    local state = producerOf(channel, id)
    if state then newest = math.max(newest, state.epoch) end
  end
  if newest >= change.fenceEpoch then return { 'fence', string.format('%.0f', newest) } end
end

local function append()
  local flags, channel, line, body = tonumber(take()), channels[tonumber(take())], take(), take()
  if flags == 0 then return keep(channel, line, body) end
  local key, producer, expected, change, adds
  if bit.band(flags, 1) ~= 0 then key = take() end
  if bit.band(flags, 2) ~= 0 then producer = { id = take(), epoch = tonumber(take()), seq = tonumber(take()) } end
  if bit.band(flags, 4) ~= 0 then expected = { epoch = take(), offset = tonumber(take()) } end
  if bit.band(flags, 16) ~= 0 then change = takeRegister() end
  if bit.band(flags, 32) ~= 0 then adds = takeAdds() end
  -- All of it is taken by now, so that the next entry begins where it should.
  if bit.band(flags, 8) ~= 0 and not channel.exists then return { 'absent' } end
  if producer then
    local verdict = judge(producerOf(channel, producer.id), producer.epoch, producer.seq)
    if verdict then return verdict end
  end
  local repeated = key and keptUnder(channel, key, windowMs, keysMost)
  local found
  if not repeated then
    found = change and registerOf(change.key)
    local refused = refusal(channel, expected, change, found)
    if refused then return refused end
  end
  local offset = repeated or keep(channel, line, body)
  if change and not repeated then
    for _, id in ipairs(change.fenced) do fence(channel, id, change.fenceEpoch, offset) end
  end
  if producer then advance(channel, producer.id, producer.epoch, producer.seq, offset) end
  if repeated then return { 'duplicate', string.format('%.0f', offset) } end
  if key then rememberKey(channel, key, offset) end
  if change then
    changeRegister(change, found, channel, offset, steeringKeptMs)
    tellRegister(change, found, channel, offset)
  end
  if adds then
    for _, one in ipairs(adds) do addTo(one[1], one[2]) end
  end
  return offset
end

local results, epochs = {}, {}
while at < #ARGV do results[#results + 1] = append() end
for i, channel in ipairs(channels) do
  saveProducers(channel)
  forgetKeys(channel, windowMs, keysMost)
  if channel.changed then trim(channel, false) end
  -- Also where nothing was kept: WAIT counts from this connection's last write, and a duplicate's first may be another's.
  if channel.exists then save(channel) end
  if channel.parts then call(publish, channel.live, table.concat(channel.parts)) end
  epochs[i] = channel.epoch
end
return { root, epochs, results }
